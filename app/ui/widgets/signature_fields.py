"""Who does something and why, as two fields of a form."""

from __future__ import annotations

from PyQt5.QtWidgets import QFormLayout, QLabel, QLineEdit

from app.i18n import tr

_LONGEST_NAME, _LONGEST_REASON = 80, 300


class SignatureFields(QFormLayout):
    """Name and reason; nothing that needs them may happen while one is empty.

    Args:
        by: Name to begin with.
        hint: What a reason might be (translated).
    """

    def __init__(self, by: str, hint: str) -> None:
        super().__init__()
        self.by, self.reason = QLineEdit(by), QLineEdit()
        self.by.setMaxLength(_LONGEST_NAME)
        self.reason.setMaxLength(_LONGEST_REASON)
        self.reason.setPlaceholderText(hint)
        self.setVerticalSpacing(10)
        for field, name in ((self.by, tr("Your name")), (self.reason, tr("Reason"))):
            field.setAccessibleName(name)
            self.addRow(QLabel(name), field)

    @property
    def is_complete(self) -> bool:
        """Whether both are filled in."""
        return all(self.values())

    def values(self) -> tuple[str, str]:
        """Return name and reason without blanks around them."""
        return self.by.text().strip(), self.reason.text().strip()

    def focus_first(self) -> None:
        """Put the cursor where something is missing first."""
        (self.reason if self.by.text().strip() else self.by).setFocus()
