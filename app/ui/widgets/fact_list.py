"""The facts of a record: names at the left, values at the right."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QEvent, Qt
from PyQt5.QtWidgets import QFormLayout, QFrame, QLabel, QScrollArea, QWidget

from app.i18n import tr

Facts = Sequence[tuple[str, str]]


class FactList(QScrollArea):
    """As many lines as there are facts; the labels are used again for the next record."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setObjectName("factScroll")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._facts: Facts = ()
        self._labels: list[tuple[QLabel, QLabel]] = []
        inner = QWidget()
        inner.setObjectName("factList")
        self._form = QFormLayout(inner)
        self._form.setContentsMargins(4, 4, 4, 4)
        self._form.setVerticalSpacing(3)
        self.setWidget(inner)

    def show_facts(self, facts: Facts) -> None:
        """Show (English name, value) in this order."""
        self._facts = tuple(facts)
        while len(self._labels) < len(facts):
            self._add_line()
        for number, (name, value) in enumerate(self._labels):
            used = number < len(facts)
            name.setVisible(used)
            value.setVisible(used)
            value.setText(facts[number][1] if used else "")
        self.retranslate()

    def retranslate(self) -> None:
        """Set the names anew."""
        for (label, _), (name, _) in zip(self._labels, self._facts, strict=False):
            label.setText(tr(name))

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _add_line(self) -> None:
        name, value = QLabel(), QLabel()
        name.setProperty("role", "faint")
        value.setWordWrap(True)
        value.setTextFormat(Qt.TextFormat.PlainText)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._form.addRow(name, value)
        self._labels.append((name, value))
