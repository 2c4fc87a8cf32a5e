"""Fields of the training form: each with its name, what it means, and what is wrong with it."""

from __future__ import annotations

from PyQt5.QtCore import QTimer, pyqtSignal
from PyQt5.QtGui import QFocusEvent, QValidator, QWheelEvent
from PyQt5.QtWidgets import (
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr


class NumberField(QDoubleSpinBox):
    """A number, or nothing: then the field says what happens without one.

    The lowest value stands for nothing. A wheel that was meant for the form changes no number.

    Args:
        most: Largest number.
        decimals: Digits after the point.
        least: Smallest number; one step below it means nothing, unless `always`.
        always: There is always a number.
    """

    def __init__(
        self, most: float, decimals: int = 0, least: float = 0.0, always: bool = False
    ) -> None:
        super().__init__()
        self._always = always
        self.setDecimals(decimals)
        self.setSingleStep(10.0**-decimals)
        self.setRange(least if always else least - 10.0**-decimals, most)
        self.setValue(self.minimum())
        self.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.setMinimumHeight(40)

    def number(self) -> float | None:
        """Return the number; None for nothing."""
        return None if not self._always and self.value() == self.minimum() else self.value()

    def whole(self) -> int | None:
        """Return the number as a whole one; None for nothing."""
        number = self.number()
        return None if number is None else round(number)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Mark the words or the number, so that typing replaces them."""
        super().focusInEvent(event)
        QTimer.singleShot(0, self.selectAll)

    def validate(self, text: str | None, at: int) -> tuple[QValidator.State, str, int]:
        """Take an emptied field too: it stands for nothing."""
        if text == "" and not self._always:
            return QValidator.State.Acceptable, "", at
        return super().validate(text, at)

    def valueFromText(self, text: str | None) -> float:
        """Return the number that stands for the text."""
        return self.minimum() if text == "" else super().valueFromText(text)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Leave the wheel to the form."""
        if event is not None:
            event.ignore()


class FolderField(QWidget):
    """A folder, typed or chosen.

    Signals:
        changed: arg: the text.
    """

    changed = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self.path, self.browse = QLineEdit(), QPushButton()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.path, 1)
        row.addWidget(self.browse)
        self.setFocusProxy(self.path)
        self.path.textChanged.connect(self.changed)
        self.browse.clicked.connect(self._on_browse)

    def retranslate(self) -> None:
        """Set the text of the button anew."""
        self.browse.setText(tr("Choose…"))

    def _on_browse(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self, tr("Folder with labelled pictures"), self.path.text()
        )
        if chosen:
            self.path.setText(chosen)


class Explained(QWidget):
    """A field below its name and above its explanation; a problem replaces the explanation.

    Args:
        name: English source text.
        explanation: English source text; "" for none.
        field: What is explained.
    """

    def __init__(self, name: str, explanation: str, field: QWidget) -> None:
        super().__init__()
        self._texts = (name, explanation)
        self._problem = ""
        self.field = field
        self._name, self._below = QLabel(), QLabel()
        self._name.setBuddy(field)
        self._name.setWordWrap(True)
        self._below.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for widget in (self._name, field, self._below):
            column.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.retranslate()

    @property
    def problem(self) -> str:
        """What is wrong with the field, "" if nothing is."""
        return self._problem

    def explain(self, explanation: str) -> None:
        """Explain it otherwise (English source text)."""
        self._texts = (self._texts[0], explanation)
        self.retranslate()

    def show_problem(self, sentence: str) -> None:
        """Say what is wrong (translated); "" for nothing."""
        self._problem = sentence
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts anew."""
        name, explanation = self._texts
        self._name.setText(tr(name))
        self._name.setVisible(bool(name))
        if name:
            self.field.setAccessibleName(tr(name))
        shown = tr("Not yet right: {problem}").format(problem=self._problem)
        self._below.setText(shown if self._problem else tr(explanation))
        self._below.setVisible(bool(self._below.text()))
        self._below.setProperty("role", "problem" if self._problem else "faint")
        style = self._below.style()
        if style is not None:
            style.unpolish(self._below)
            style.polish(self._below)
