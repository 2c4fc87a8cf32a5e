"""The kinds of defects on the keys 1 to 9."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PyQt5.QtCore import QEvent, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.i18n import tr
from app.ui.widgets.key_button import KeyButton

_MOST = 9


class KindKeys(QWidget):
    """At most nine named keys in a row, with what the model thinks; one or none is chosen.

    Signals:
        chosen: A kind was chosen. arg: its name, "" if it was taken back.
    """

    chosen = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kinds: tuple[str, ...] = ()
        self._likely: Mapping[str, float] = {}
        self._chosen = ""
        self.buttons = [KeyButton(str(number + 1)) for number in range(_MOST)]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for number, button in enumerate(self.buttons):
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(partial(self._on_clicked, number))
            row.addWidget(button, 1)
        self._refresh()

    @property
    def kind(self) -> str:
        """The chosen kind, "" if none."""
        return self._chosen

    def show_kinds(self, kinds: Sequence[str], likely: Mapping[str, float]) -> None:
        """Offer kinds; none is chosen.

        Args:
            kinds: Their names; more than nine have no key.
            likely: How probable the model finds each, 0 .. 1, as far as it does.
        """
        self._kinds, self._likely, self._chosen = tuple(kinds[:_MOST]), dict(likely), ""
        self._refresh()

    def press(self, number: int) -> None:
        """Choose the kind of a key, 1 .. 9, or take it back if it is chosen."""
        if 1 <= number <= len(self._kinds):
            name = self._kinds[number - 1]
            self.choose("" if name == self._chosen else name)

    def choose(self, kind: str) -> None:
        """Choose a kind by name; an unknown one or "" chooses none."""
        self._chosen = kind if kind in self._kinds else ""
        self._refresh()
        self.chosen.emit(self._chosen)

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self._refresh()
        super().changeEvent(event)

    def _on_clicked(self, number: int, checked: bool = False) -> None:
        self.press(number + 1)

    def _refresh(self) -> None:
        self.setVisible(bool(self._kinds))
        for number, button in enumerate(self.buttons):
            button.setVisible(number < len(self._kinds))
            if number < len(self._kinds):
                name = self._kinds[number]
                share = self._likely.get(name)
                text = name if share is None else f"{name} {share:.2f}"
                button.set_label(text, tr("Kind of defect: {name}").format(name=name))
                button.setChecked(name == self._chosen)
