"""Draw or correct the mask of a defect over the picture, by mouse or by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PyQt5.QtCore import QEvent, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.i18n import N_, tr, trn
from app.inspection.record import InspectionRecord
from app.inspection.review import Polygon
from app.review.mask import machine_outlines
from app.review.mask_sketch import Tool
from app.ui.widgets.mask_canvas import MaskCanvas

_HINTS = {
    Tool.POLYGON: N_(
        "Click around the defect; the first point closes it. Drag points, double-click lines. "
        "Keys: arrows, Space, Tab, Delete."
    ),
    Tool.BRUSH: N_("Paint over the defect. Keys: arrows move, Space puts the brush down."),
    Tool.ERASER: N_("Rub out what is not defective. Keys: arrows move, Space puts it down."),
}


@dataclass(frozen=True, slots=True)
class _Key:
    """A button of the editor: its text, its key as shown, and what it does in full."""

    name: str
    text: str
    key: str
    row: int
    tip: str = ""


_KEYS = (
    _Key("polygon", N_("Polygon"), "P", 0),
    _Key("brush", N_("Brush"), "B", 0),
    _Key("eraser", N_("Eraser"), "E", 0),
    _Key("smaller", "−", "[", 0, N_("Smaller brush")),
    _Key("larger", "+", "]", 0, N_("Larger brush")),
    _Key("undo", "↶", "Ctrl+Z", 0, N_("Undo")),
    _Key("redo", "↷", "Ctrl+Y", 0, N_("Redo")),
    _Key("machine", N_("Machine's"), "M", 1, N_("Start from the areas that the machine found")),
    _Key("clear", N_("Clear"), "C", 1, N_("Remove everything that was drawn")),
    _Key("nothing", N_("No defect"), "N", 1, N_("Nothing on this part is defective")),
    _Key("cancel", N_("Cancel"), "Esc", 1, N_("Leave the mask as it was")),
    _Key("done", N_("Use mask"), "Enter", 1, N_("Keep this mask with your decision")),
)
_PLAIN = {
    Qt.Key.Key_P: "polygon",
    Qt.Key.Key_B: "brush",
    Qt.Key.Key_E: "eraser",
    Qt.Key.Key_BracketLeft: "smaller",
    Qt.Key.Key_Minus: "smaller",
    Qt.Key.Key_BracketRight: "larger",
    Qt.Key.Key_Plus: "larger",
    Qt.Key.Key_Equal: "larger",
    Qt.Key.Key_M: "machine",
    Qt.Key.Key_C: "clear",
    Qt.Key.Key_N: "nothing",
}
_SIGNS = ("−", "+", "↶", "↷")
_WITH_CONTROL = {Qt.Key.Key_Z: "undo", Qt.Key.Key_Y: "redo"}


class MaskEditor(QWidget):
    """The buttons beside the picture while a mask is drawn on it; hidden otherwise.

    Args:
        view: Shows the picture (`app.ui.widgets.mask_painter.View`).
        parent: Window that it belongs to.

    Signals:
        done: A mask was drawn. arg: tuple of outlines, pixels of the whole frame; empty if
            the person says that nothing is defective. As `Review.mask` wants it.
        cancelled: The person changed nothing.
    """

    done = pyqtSignal(object)
    cancelled = pyqtSignal()

    def __init__(self, view: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = MaskCanvas(view)
        self._machine: tuple[Polygon, ...] = ()
        self.buttons = {key.name: QPushButton() for key in _KEYS}
        self.state, self.hint = QLabel(), QLabel()
        self._build()
        self._steps: dict[str, Callable[[], None]] = {
            "polygon": lambda: self.canvas.sketch.use(Tool.POLYGON),
            "brush": lambda: self.canvas.sketch.use(Tool.BRUSH),
            "eraser": lambda: self.canvas.sketch.use(Tool.ERASER),
            "smaller": lambda: self.canvas.sketch.resize_brush(-1),
            "larger": lambda: self.canvas.sketch.resize_brush(1),
            "machine": self._take_machines,
            "undo": lambda: self.canvas.sketch.undo(),
            "redo": lambda: self.canvas.sketch.redo(),
            "clear": lambda: self.canvas.sketch.change(lambda drawing: drawing.cleared()),
            "nothing": lambda: self._end(()),
            "cancel": self.cancel,
            "done": self.finish,
        }
        self.canvas.take_key = self.handle_key
        self.canvas.changed.connect(self._show_state)
        self.canvas.finished.connect(self.finish)
        self.canvas.abandoned.connect(self.cancel)
        self.retranslate()
        self.hide()

    @property
    def is_active(self) -> bool:
        """Whether a mask is being drawn."""
        return not self.canvas.isHidden()

    @property
    def outlines(self) -> tuple[Polygon, ...]:
        """The outlines as they are now."""
        return self.canvas.sketch.drawing.outlines

    def begin(self, record: InspectionRecord, mask: tuple[Polygon, ...] | None = None) -> None:
        """Start to draw.

        Args:
            record: Whose picture the view shows; its regions are offered.
            mask: What was drawn before; None starts empty.
        """
        self.begin_on(record.frame_width, record.frame_height, mask, machine_outlines(record))

    def begin_on(
        self,
        width: int,
        height: int,
        mask: tuple[Polygon, ...] | None = None,
        machine: tuple[Polygon, ...] = (),
    ) -> None:
        """Start to draw on a picture that was not judged.

        Args:
            width: Of the picture, pixels.
            height: Of the picture, pixels.
            mask: What was drawn before; None starts empty.
            machine: Areas that are offered.
        """
        self._machine = machine
        self.show()
        self.canvas.begin(width, height, mask or ())

    def act(self, name: str) -> None:
        """Do what a button does, by its name."""
        if self.is_active and self.buttons[name].isEnabled():
            self._steps[name]()
            if self.is_active:
                self.canvas.setFocus()
                self.canvas.tell()

    def finish(self) -> None:
        """Take the mask as it is; an empty one has to be said (nothing is defective)."""
        self.canvas.sketch.close()
        if self.outlines:
            self._end(self.outlines)
        else:
            self._show_state()

    def cancel(self) -> None:
        """End without a mask."""
        if self.is_active:
            self._leave()
            self.cancelled.emit()

    def _end(self, mask: tuple[Polygon, ...]) -> None:
        self._leave()
        self.done.emit(mask)

    def _leave(self) -> None:
        self.canvas.hide()
        self.hide()

    def _take_machines(self) -> None:
        self.canvas.sketch.change(lambda drawing: drawing.with_outlines(self._machine))

    # -- events --------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Do what a key means, also while a button has the focus."""
        if event is not None and not self.handle_key(event):
            super().keyPressEvent(event)

    def handle_key(self, event: QKeyEvent) -> bool:
        """Do what a key means; False if it means nothing here."""
        key = Qt.Key(event.key())
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            name = _WITH_CONTROL.get(key, "")
            if name == "undo" and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                name = "redo"
        else:
            name = "cancel" if key == Qt.Key.Key_Escape else _PLAIN.get(key, "")
        if not name:
            return False
        self.act(name)
        event.accept()
        return True

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        for key in _KEYS:
            button, text = self.buttons[key.name], tr(key.text)
            # Signs that everybody knows leave room for the picture; their words are in the tip.
            button.setText(text if key.text in _SIGNS else f"{text} ({key.key})")
            button.setToolTip(f"{tr(key.tip or key.text)} ({key.key})")
            button.setAccessibleName(tr(key.tip or key.text))
        self._show_state()

    # -- the rest ------------------------------------------------------------------------

    def _build(self) -> None:
        self.setObjectName("maskEditor")
        lines = (QHBoxLayout(), QHBoxLayout())
        for key in _KEYS:
            button = self.buttons[key.name]
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setCheckable(key.name in {tool.value for tool in Tool})
            button.setAutoDefault(False)
            if key.text in _SIGNS:
                button.setMinimumWidth(44)
            button.clicked.connect(lambda _, name=key.name: self.act(name))
            lines[key.row].addWidget(button, 1 if key.text in _SIGNS else 3)
        self.hint.setWordWrap(True)
        self.hint.setProperty("role", "faint")
        top = QHBoxLayout()
        top.addWidget(self.hint, 1)
        top.addWidget(self.state)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addLayout(top)
        for line in lines:
            line.setSpacing(6)
            rows.addLayout(line)

    def _show_state(self) -> None:
        sketch = self.canvas.sketch
        for tool in Tool:
            self.buttons[tool.value].setChecked(tool is sketch.tool)
        brushing = sketch.tool is not Tool.POLYGON
        for name, on in (
            ("smaller", brushing), ("larger", brushing), ("machine", bool(self._machine)),
            ("undo", sketch.history.can_undo or sketch.is_open), ("redo", sketch.history.can_redo),
            ("clear", bool(self.outlines)), ("done", bool(self.outlines) or len(sketch.points) > 2),
        ):  # fmt: skip
            self.buttons[name].setEnabled(on)
        self.hint.setText(tr(_HINTS[sketch.tool]))
        count = len(self.outlines)
        areas = trn("{count} outline", "{count} outlines", count).format(count=count)
        if not count:
            areas = tr("Nothing drawn yet")
        width = tr("Brush {px} px").format(px=sketch.brush_px)
        self.state.setText(f"{width} · {areas}" if brushing else areas)
