"""Exposure, gain, white balance and size of a camera, and what the camera answered."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt5.QtCore import QSignalBlocker, pyqtSignal
from PyQt5.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QWidget,
)

from app.i18n import N_, tr
from app.inspection.recipe_parts import CameraSettings

SIZES = (
    (640, 480),
    (1280, 720),
    (1280, 1024),
    (1920, 1080),
    (2048, 1536),
    (2592, 1944),
    (3840, 2160),
)
_AS_IT_IS = N_("As it is")
_NAMES = {
    "size": N_("Picture size"),
    "exposure": N_("Exposure"),
    "gain": N_("Gain"),
    "white": N_("White balance"),
    "focus": N_("Focus"),
}
_MODES: tuple[tuple[str, bool | None], ...] = (
    (_AS_IT_IS, None),
    (N_("Automatic"), True),
    (N_("Fixed"), False),
)
_LOWEST = -100_000.0
# A row of settings -> the fields of `CameraSettings` that a camera's answer is looked up by.
_ANSWERS = {
    "size": ("width_px", "height_px"),
    "exposure": ("exposure",),
    "gain": ("gain",),
    "white": ("white_balance_k",),
    "focus": ("focus",),
}


class CameraFields(QWidget):
    """One row for each setting: what is wanted, and what the camera says it has.

    Signals:
        changed: Another setting is wanted.
    """

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.size_box = QComboBox()
        self.modes = {name: QComboBox() for name in ("exposure", "white", "focus")}
        self.values = {name: _spin() for name in ("exposure", "gain", "white", "focus")}
        self.answers = {name: QLabel() for name in _NAMES}
        self._labels = {name: QLabel() for name in _NAMES}
        self._head, self._answer_head = QLabel(), QLabel()
        self._kept = CameraSettings()
        self._answer: Mapping[str, float | bool | None] | None = None
        self._build()
        self.retranslate()

    @property
    def settings(self) -> CameraSettings:
        """What is wanted; fields that have no row here stay as they were set."""
        size = self.size_box.currentData() or (None, None)
        changes = {
            "width_px": size[0],
            "height_px": size[1],
            "gain": self._value("gain"),
            "auto_exposure": self.modes["exposure"].currentData(),
            "exposure": self._value("exposure"),
            "auto_white_balance": self.modes["white"].currentData(),
            "white_balance_k": self._value("white"),
            "autofocus": self.modes["focus"].currentData(),
            "focus": self._value("focus"),
        }
        return CameraSettings.model_validate(self._kept.model_dump() | changes)

    def set_settings(self, settings: CameraSettings) -> None:
        """Show what is wanted; tells nobody."""
        self._kept = settings
        blockers = [QSignalBlocker(field) for field in self._fields()]
        size = (settings.width_px, settings.height_px)
        if None not in size and self.size_box.findData(size) < 0:
            self.size_box.addItem(f"{size[0]} × {size[1]}", size)
        self.size_box.setCurrentIndex(max(0, self.size_box.findData(size)))
        for name, mode, value in (
            ("exposure", settings.auto_exposure, settings.exposure),
            ("white", settings.auto_white_balance, settings.white_balance_k),
            ("focus", settings.autofocus, settings.focus),
            ("gain", None, settings.gain),
        ):
            spin = self.values[name]
            spin.setValue(spin.minimum() if value is None else value)
            if name in self.modes:
                wanted = [known for _, known in _MODES].index(mode)
                self.modes[name].setCurrentIndex(wanted)
        del blockers
        self._show_modes()

    def show_answer(self, answer: Mapping[str, float | bool | None] | None) -> None:
        """Show what the camera says it has.

        Args:
            answer: By the field names of `CameraSettings`; a missing one or None is what this
                camera cannot tell. None: nothing is known of it.
        """
        self._answer = answer
        for name, keys in _ANSWERS.items():
            self.answers[name].setText(self._answered(keys))

    def retranslate(self) -> None:
        """Set all texts anew."""
        for name, text in _NAMES.items():
            self._labels[name].setText(tr(text))
        self._head.setText(tr("Wanted"))
        self._answer_head.setText(tr("The camera says"))
        self.size_box.setItemText(0, tr(_AS_IT_IS))
        self.size_box.setAccessibleName(tr("Picture size"))
        for name, box in self.modes.items():
            box.setAccessibleName(tr(_NAMES[name]))
            for row, (text, _) in enumerate(_MODES):
                box.setItemText(row, tr(text))
        for name, spin in self.values.items():
            spin.setAccessibleName(tr(_NAMES[name]))
            spin.setSpecialValueText(tr(_AS_IT_IS))
        self.show_answer(self._answer)

    # -- the rest ------------------------------------------------------------------------

    def _fields(self) -> tuple[QWidget, ...]:
        return (self.size_box, *self.modes.values(), *self.values.values())

    def _build(self) -> None:
        self.values["white"].setRange(0.0, 20_000.0)
        self.values["white"].setSuffix(" K")
        self.size_box.addItem("", None)
        for width, height in SIZES:
            self.size_box.addItem(f"{width} × {height}", (width, height))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        for column, label in ((1, self._head), (3, self._answer_head)):
            label.setProperty("role", "faint")
            grid.addWidget(label, 0, column)
        for row, name in enumerate(_NAMES, start=1):
            grid.addWidget(self._labels[name], row, 0)
            grid.addWidget(self.answers[name], row, 3)
            self.answers[name].setProperty("role", "faint")
            first = self.size_box if name == "size" else self.modes.get(name)
            if first is not None:
                grid.addWidget(first, row, 1, 1, 1 if name in self.values else 2)
            if name in self.values:
                column = 1 if first is None else 2
                grid.addWidget(self.values[name], row, column, 1, 3 - column)
        grid.setColumnStretch(3, 1)
        for box in (self.size_box, *self.modes.values()):
            box.currentIndexChanged.connect(self._on_changed)
        for mode in self.modes.values():
            for text, known in _MODES:
                mode.addItem(text, known)
        for spin in self.values.values():
            spin.valueChanged.connect(self._on_changed)

    def _value(self, name: str) -> float | None:
        spin = self.values[name]
        return None if spin.value() == spin.minimum() else spin.value()

    def _on_changed(self) -> None:
        self._show_modes()
        self.changed.emit()

    def _show_modes(self) -> None:
        """A value that the camera chooses by itself cannot be typed."""
        for name, mode in self.modes.items():
            self.values[name].setEnabled(mode.currentData() is not True)

    def _answered(self, keys: tuple[str, ...]) -> str:
        if self._answer is None:
            return ""
        values = [self._answer.get(key) for key in keys]
        if any(value is None for value in values):
            return tr("says nothing")
        return " × ".join(f"{float(value):g}" for value in values if value is not None)


def _spin() -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setRange(_LOWEST, 100_000.0)
    spin.setDecimals(2)
    spin.setValue(spin.minimum())
    spin.setKeyboardTracking(False)
    spin.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
    spin.setMinimumWidth(110)
    return spin
