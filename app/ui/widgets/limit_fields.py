"""The two limits as numbers, and whether there is a REVIEW band."""

from __future__ import annotations

import math

from PyQt5.QtCore import QSignalBlocker, pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QWidget,
)

from app.i18n import tr

_STEPS = 500


class LimitFields(QWidget):
    """Shows both limits; what is typed holds.

    Signals:
        limit_typed: The NG limit was changed here. arg: raw unit.
        review_typed: The review limit was changed here. arg: raw unit.
        band_wanted: The REVIEW band was switched. arg: bool.
    """

    limit_typed = pyqtSignal(float)
    review_typed = pyqtSignal(float)
    band_wanted = pyqtSignal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self.limit = QLabel(), QDoubleSpinBox()
        self._name.setProperty("role", "large")
        self._name.setBuddy(self.limit)
        self.band, self.review = QCheckBox(), QDoubleSpinBox()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        grid.addWidget(self._name, 0, 0)
        grid.addWidget(self.limit, 0, 1)
        grid.addWidget(self.band, 1, 0)
        grid.addWidget(self.review, 1, 1)
        for field in (self.limit, self.review):
            field.setRange(-1e9, 1e9)
            field.setKeyboardTracking(False)
            field.setMinimumWidth(130)
            field.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.limit.valueChanged.connect(self.limit_typed)
        self.review.valueChanged.connect(self.review_typed)
        self.band.toggled.connect(self._on_band)
        self.retranslate()

    def set_span(self, low: float, high: float) -> None:
        """Fit steps and digits to the span of the scores."""
        step = max(high - low, 1e-9) / _STEPS
        digits = min(9, max(0, math.ceil(-math.log10(step)) + 1))
        for field in (self.limit, self.review):
            with QSignalBlocker(field):
                field.setDecimals(digits)
                field.setSingleStep(step)

    def show_limits(self, limit: float, review: float | None) -> None:
        """Show the limits; nothing is emitted."""
        with QSignalBlocker(self.limit), QSignalBlocker(self.review), QSignalBlocker(self.band):
            self.limit.setValue(limit)
            self.band.setChecked(review is not None)
            self.review.setEnabled(review is not None)
            self.review.setValue(limit if review is None else review)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self._name.setText(tr("NG from score"))
        self.band.setText(tr("REVIEW from score"))
        self.band.setToolTip(tr("Parts between the two limits are looked at by a person"))
        self.limit.setAccessibleName(tr("NG from score"))
        self.review.setAccessibleName(tr("REVIEW from score"))

    @pyqtSlot(bool)
    def _on_band(self, wanted: bool) -> None:
        self.review.setEnabled(wanted)
        self.band_wanted.emit(wanted)
