"""Fields of a recipe that are typed or chosen: one row each, read back as the recipe's values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PyQt5.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, tr
from app.inspection.recipe import Recipe
from app.settings.recipe_words import FIELDS

_OF_CHECKPOINT = N_("empty: that of the checkpoint")
_NONE = N_("empty: none")


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """How a field is shown.

    Attributes:
        key: Its name in `Recipe`.
        kind: "text", "number", "whole", "share" (typed in percent), "yes", "list" (one a line),
            or "choice".
        unit: Behind the name, "" for none.
        empty: What an empty field means, English source text; "" if it must be filled in.
        choices: Values and their English texts.
    """

    key: str
    kind: str
    unit: str = ""
    empty: str = ""
    choices: tuple[tuple[str, str], ...] = ()


JUDGING = (
    FieldInfo("ng_limit", "number", "", _OF_CHECKPOINT),
    FieldInfo("review_limit", "number", "", _NONE),
    FieldInfo("map_limit", "number", "", _OF_CHECKPOINT),
    FieldInfo("min_area_px", "whole", "px"),
    FieldInfo("tile_mm", "number", "mm", N_("empty: no tiles of one size")),
    FieldInfo("golden_required", "yes"),
    FieldInfo("false_call_cost", "number", "", N_("empty: not given")),
    FieldInfo("escape_cost", "number", "", N_("empty: not given")),
)
KEEPING = (
    FieldInfo("keep_ok_every", "whole", N_("one in so many, 0: none")),
    FieldInfo("review_ok_share", "share", "%"),
    FieldInfo("second_opinion_share", "share", "%"),
    FieldInfo("keep_days_ok", "whole", N_("days"), N_("empty: as the disk has room")),
    FieldInfo("keep_days_doubtful", "whole", N_("days"), N_("empty: as the disk has room")),
    FieldInfo("keep_days_ng", "whole", N_("days"), N_("empty: as the disk has room")),
    FieldInfo("quota_gb", "number", "GB", N_("empty: no own limit")),
    FieldInfo("evidence_format", "choice", "", "", (("png", "PNG"), ("jpg", "JPEG"))),
)
NAMING = (
    FieldInfo("product", "text"),
    FieldInfo("defect_kinds", "list", N_("one a line, at most 9: keys 1 to 9")),
    FieldInfo("scan_codes", "list", N_("one a line, as the reader types it")),
)
TAKING = (
    FieldInfo("camera", "text"),
    FieldInfo(
        "trigger",
        "choice",
        "",
        "",
        (("free", N_("newest picture")), ("every", N_("every picture in order"))),
    ),
    FieldInfo("stale_after_s", "number", "s"),
)


class BadValue(Exception):
    """What is typed is no value of the field. The first argument is the field's key."""


class RecipeFields(QWidget):
    """A column of named fields.

    Signals:
        changed: Something was typed or chosen.

    Args:
        infos: The fields from top to bottom.
    """

    changed = pyqtSignal()

    def __init__(self, infos: Sequence[FieldInfo], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._infos = tuple(infos)
        self.widgets: dict[str, QWidget] = {info.key: _made(info) for info in infos}
        self._names = {info.key: QLabel() for info in infos}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        form = QFormLayout()
        form.setVerticalSpacing(8)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        for info in infos:
            widget, name = self.widgets[info.key], self._names[info.key]
            name.setProperty("role", "faint")
            if isinstance(widget, QCheckBox):
                form.addRow(widget)
            else:
                name.setBuddy(widget)
                form.addRow(name, widget)
            self._listen(widget)
        column.addLayout(form)
        self.retranslate()

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the values of a recipe without telling."""
        for info in self._infos:
            widget = self.widgets[info.key]
            with QSignalBlocker(widget):
                _show(widget, info, getattr(recipe, info.key))

    def values(self) -> dict[str, Any]:
        """Return what is typed, as a recipe keeps it.

        Raises:
            BadValue: A field holds no number, or is empty though it must not be.
        """
        return {info.key: _read(self.widgets[info.key], info) for info in self._infos}

    def retranslate(self) -> None:
        """Set all texts anew."""
        for info in self._infos:
            widget, text = self.widgets[info.key], tr(FIELDS[info.key])
            unit = tr(info.unit) if info.unit else ""
            self._names[info.key].setText(f"{text} ({unit})" if unit else text)
            widget.setAccessibleName(text)
            if isinstance(widget, QCheckBox):
                widget.setText(text)
            elif isinstance(widget, QLineEdit) and info.empty:
                widget.setPlaceholderText(tr(info.empty))
            elif isinstance(widget, QComboBox):
                for number, (_, choice) in enumerate(info.choices):
                    widget.setItemText(number, tr(choice))

    def _listen(self, widget: QWidget) -> None:
        if isinstance(widget, QLineEdit):
            widget.textEdited.connect(self._on_changed)
        elif isinstance(widget, QPlainTextEdit):
            widget.textChanged.connect(self._on_changed)
        elif isinstance(widget, QCheckBox):
            widget.toggled.connect(self._on_changed)
        elif isinstance(widget, QComboBox):
            widget.activated.connect(self._on_changed)

    def _on_changed(self) -> None:
        self.changed.emit()


def _made(info: FieldInfo) -> QWidget:
    if info.kind == "yes":
        return QCheckBox()
    if info.kind == "list":
        text = QPlainTextEdit()
        text.setTabChangesFocus(True)
        text.setFixedHeight(112)
        return text
    if info.kind == "choice":
        box = QComboBox()
        for value, _ in info.choices:
            box.addItem(value, value)
        return box
    field = QLineEdit()
    field.setMaxLength(200)
    if info.kind != "text":
        field.setAlignment(Qt.AlignmentFlag.AlignLeft)
    return field


def _show(widget: QWidget, info: FieldInfo, value: Any) -> None:
    if isinstance(widget, QCheckBox):
        widget.setChecked(bool(value))
    elif isinstance(widget, QPlainTextEdit):
        widget.setPlainText("\n".join(value))
    elif isinstance(widget, QComboBox):
        widget.setCurrentIndex(widget.findData(value))
    elif isinstance(widget, QLineEdit):
        if info.kind == "share":
            value = value * 100
        number = info.kind in ("number", "share")
        text = "" if value is None else f"{value:.9g}" if number else str(value)
        widget.setText(text)


def _read(widget: QWidget, info: FieldInfo) -> Any:
    if isinstance(widget, QCheckBox):
        return widget.isChecked()
    if isinstance(widget, QPlainTextEdit):
        lines = (line.strip() for line in widget.toPlainText().splitlines())
        return tuple(dict.fromkeys(line for line in lines if line))
    if isinstance(widget, QComboBox):
        return widget.currentData()
    if isinstance(widget, QLineEdit):
        return _number(widget.text().strip(), info)
    raise BadValue(info.key)


def _number(text: str, info: FieldInfo) -> Any:
    if info.kind == "text":
        return text
    if not text:
        if info.empty:
            return None
        raise BadValue(info.key)
    read: Callable[[str], float] = int if info.kind == "whole" else float
    try:
        value = read(text.replace(",", "."))
    except ValueError as error:
        raise BadValue(info.key) from error
    return value / 100 if info.kind == "share" else value
