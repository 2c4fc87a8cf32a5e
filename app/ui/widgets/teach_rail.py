"""The list of the steps: where one is, what is done, what is left."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr, trn
from app.teaching.steps import STEPS


class TeachRail(QFrame):
    """A button per step; a sign and a word say how far it is.

    Signals:
        chosen: The person wants to go to a step. arg: its number, from 0.
    """

    chosen = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("teachRail")
        self.setProperty("panel", True)
        self.product = QLabel()
        self.product.setProperty("role", "large")
        self.product.setWordWrap(True)
        self.left_ = QLabel()
        self.left_.setProperty("role", "faint")
        self.left_.setWordWrap(True)
        self.buttons = [QPushButton() for _ in STEPS]
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(6)
        column.addWidget(self.product)
        for number, button in enumerate(self.buttons):
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setProperty("role", "step")
            button.clicked.connect(partial(self._on_clicked, number))
            column.addWidget(button)
        column.addWidget(self.left_)
        column.addStretch(1)
        self._shown: tuple[str, int, int, frozenset[int]] = ("", 0, 0, frozenset())

    def show_steps(self, product: str, here: int, last: int, skipped: Sequence[int] = ()) -> None:
        """Show how far it is.

        Args:
            product: Name of the product; "" while it has none.
            here: Number of the step that is shown, from 0.
            last: Number of the last step that can be gone to.
            skipped: Numbers of steps before `last` that need not be done and are not.
        """
        self._shown = (product, here, last, frozenset(skipped))
        self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        product, here, last, skipped = self._shown
        self.product.setText(product or tr("New product"))
        for number, (button, step) in enumerate(zip(self.buttons, STEPS, strict=True)):
            is_done = number < last and number not in skipped
            # a sign and a word: colour alone says nothing to some
            sign = "▶" if number == here else "✓" if is_done else "–" if number < last else " "
            button.setText(f"{sign}  {number + 1}  {tr(step.text)}")
            button.setChecked(number == here)
            button.setEnabled(number <= last)
            button.setToolTip(self._word(number, is_done))
            button.setAccessibleDescription(self._word(number, is_done))
        open_ = len(STEPS) - here - 1
        text = trn("{count} step left", "{count} steps left", open_).format(count=open_)
        self.left_.setText(text if open_ else "")

    def _word(self, number: int, is_done: bool) -> str:
        if number == self._shown[1]:
            return tr("You are here")
        if is_done:
            return tr("Done")
        return tr("May be left out") if STEPS[number].may_skip else tr("To do")

    def _on_clicked(self, number: int) -> None:
        self.buttons[number].setChecked(number == self._shown[1])
        self.chosen.emit(number)
