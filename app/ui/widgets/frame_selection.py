"""The field for what is selected in the frame editor: a region's name, a line's length."""

from __future__ import annotations

from PyQt5.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedWidget,
    QWidget,
)

from app.i18n import tr, trn
from app.ui.widgets.frame_shapes import Kind, Shapes, Target

_LONGEST_MM = 100_000.0
_RIGHT = Qt.Alignment() | Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class FrameSelection(QStackedWidget):
    """Shows a summary, or the field of the shape that is selected.

    Signals:
        named: Another name was typed. arg: It.
        measured: The known length was typed. arg: Millimetres.
        left: Enter was pressed: the picture gets the keyboard back.
    """

    named = pyqtSignal(str)
    measured = pyqtSignal(float)
    left = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.summary, self.name, self.length = QLabel(), QLineEdit(), QDoubleSpinBox()
        self._name_label, self._length_label = QLabel(), QLabel()
        self._told_name = ""
        self.summary.setAlignment(_RIGHT)
        self.name.setMaxLength(80)
        self.length.setRange(0.0, _LONGEST_MM)
        self.length.setDecimals(3)
        self.length.setKeyboardTracking(False)
        self.length.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        for field in (self.name, self.length):
            field.setMaximumWidth(260)
        self.addWidget(self.summary)
        self.addWidget(_row(self._name_label, self.name))
        self.addWidget(_row(self._length_label, self.length))
        self.name.editingFinished.connect(self._on_named)
        self.name.returnPressed.connect(self.left)
        self.length.valueChanged.connect(self._on_measured)
        typed = self.length.lineEdit()
        if typed is not None:
            typed.returnPressed.connect(self.left)
        self.retranslate()

    def show_selected(self, shapes: Shapes, selected: Target | None) -> None:
        """Show the field of a shape, or the summary for None."""
        kind = selected.kind if selected is not None else None
        if selected is not None and kind is Kind.REGION:
            self._told_name = shapes.regions[selected.number].name
            if not self.name.hasFocus() or self.currentIndex() != 1:
                self.name.setText(self._told_name)
            self.setCurrentIndex(1)
        elif kind is Kind.SCALE and shapes.scale_line is not None:
            with QSignalBlocker(self.length):
                self.length.setValue(shapes.scale_line.length_mm or 0.0)
            self.setCurrentIndex(2)
        else:
            self.summary.setText(summary(shapes))
            self.setCurrentIndex(0)

    def ask(self) -> bool:
        """Give the keyboard to the field that is shown; False if none is."""
        fields: dict[int, QLineEdit | QDoubleSpinBox] = {1: self.name, 2: self.length}
        field = fields.get(self.currentIndex())
        if field is not None:
            field.setFocus()
            field.selectAll()
        return field is not None

    def retranslate(self) -> None:
        """Set all texts anew."""
        self._name_label.setText(tr("Name of the region"))
        self._length_label.setText(tr("Known length"))
        self.length.setSuffix(" mm")
        self.name.setAccessibleName(tr("Name of the region"))
        self.length.setAccessibleName(tr("Known length"))

    def _on_named(self) -> None:
        if self.name.text().strip() not in ("", self._told_name):
            self.named.emit(self.name.text())
        else:
            self.name.setText(self._told_name)

    def _on_measured(self, value: float) -> None:
        if value > 0:
            self.measured.emit(value)


def summary(shapes: Shapes) -> str:
    """Return in words what is drawn."""
    count = len(shapes.regions)
    told = [trn("{count} region", "{count} regions", count).format(count=count)]
    if not count:
        told = [tr("The whole picture is judged")]
    if shapes.exclusions:
        count = len(shapes.exclusions)
        told.append(trn("{count} exclusion", "{count} exclusions", count).format(count=count))
    if shapes.anchor_box is not None:
        told.append(tr("Anchor"))
    if shapes.mm_per_px is not None:
        told.append(tr("{scale:.4g} mm per pixel").format(scale=shapes.mm_per_px))
    return " · ".join(told)


def _row(label: QLabel, field: QWidget) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(label)
    row.addWidget(field, 2)
    label.setBuddy(field)
    return box
