"""Draw regions, exclusions, anchor and scale on a picture, by mouse, finger or keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PyQt5.QtCore import QEvent, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.camera.frame import Image
from app.i18n import tr
from app.inspection.preview import pyramid
from app.ui import images
from app.ui.widgets.frame_canvas import FrameCanvas
from app.ui.widgets.frame_selection import FrameSelection
from app.ui.widgets.frame_shapes import Kind, Shapes
from app.ui.widgets.frame_tool_bar import FrameToolBar
from app.ui.widgets.frame_tools import TOOLS, Tool
from app.ui.widgets.zoom_view import ZoomPicture, ZoomView

__all__ = ["FrameEditor", "Tool"]

_LEAST_SIDE = 600
_STEP = 1.25
_PLAIN = {
    Qt.Key.Key_BracketLeft: "thinner",
    Qt.Key.Key_BracketRight: "thicker",
    Qt.Key.Key_Plus: "closer",
    Qt.Key.Key_Equal: "closer",
    Qt.Key.Key_Minus: "farther",
    Qt.Key.Key_0: "fit",
    Qt.Key.Key_F2: "ask",
}
_TOOL_KEYS = {facts.cap: tool for tool, facts in TOOLS.items()}


class FrameEditor(QWidget):
    """A picture with what is drawn on it, the tools above and a line that says what to do next.

    Args:
        tools: The tools that are offered.
        parent: Window that it belongs to.

    Attributes:
        view: Shows the picture.
        canvas: Lies above it; has the keyboard while one draws.
        bar: The buttons.
        selection: The field of what is selected.
        hint: The line that says what to do next.

    Signals:
        changed: The shapes are others, by drawing or undo; `set_shapes` does not tell.
        tool_changed: Another tool is in hand. arg: Tool.
    """

    changed = pyqtSignal()
    tool_changed = pyqtSignal(object)

    def __init__(self, tools: Sequence[Tool] = tuple(Tool), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = ZoomView()
        self.canvas = FrameCanvas(self.view)
        self.bar, self.selection, self.hint = FrameToolBar(), FrameSelection(), QLabel()
        self._told = Shapes()
        self._tools = tuple(tools)
        self._steps: dict[str, Callable[[], object]] = {
            "undo": lambda: self.canvas.sketch.undo(),
            "redo": lambda: self.canvas.sketch.redo(),
            "delete": lambda: self.canvas.sketch.delete(),
            "thinner": lambda: self.canvas.sketch.resize_brush(-1),
            "thicker": lambda: self.canvas.sketch.resize_brush(1),
            "closer": lambda: self.view.zoom_to(self.view.magnification * _STEP),
            "farther": lambda: self.view.zoom_to(self.view.magnification / _STEP),
            "fit": self.view.fit,
        }
        self._build()
        self.set_tools(tools)
        self.retranslate()

    @property
    def tool(self) -> Tool:
        """The tool in hand."""
        return self.canvas.sketch.tool

    def set_picture(self, image: Image | None, message: str = "") -> None:
        """Show a picture; shapes and magnification stay.

        Args:
            image: (H, W, 3) uint8 BGR; None shows `message` (translated) in its place.
            message: Why there is no picture.
        """
        if image is None:
            self.view.show_picture(None, message)
            self.canvas.update()
            return
        levels = tuple(images.base_image(level) for level in pyramid(image, _LEAST_SIDE))
        self.canvas.sketch.resize(image.shape[1], image.shape[0])
        self.view.show_picture(ZoomPicture(levels))
        self.canvas.update()

    def set_tools(self, tools: Sequence[Tool]) -> None:
        """Offer these tools only; another one in hand is put down."""
        self._tools = tuple(tools)
        self.bar.offer(self._tools)
        if self.tool not in self._tools:
            self.set_tool(self._tools[0] if self._tools else Tool.LOOK)

    def set_tool(self, tool: Tool) -> None:
        """Take a tool in hand."""
        self.canvas.sketch.use(tool)
        self.canvas.setFocus()
        self.canvas.tell()
        self.tool_changed.emit(tool)

    def shapes(self) -> Shapes:
        """Return what is drawn; an outline that is still open is not part of it."""
        return self.canvas.sketch.steps.present

    def set_shapes(self, shapes: Shapes) -> None:
        """Show other shapes; the steps so far cannot be taken back any more."""
        self.canvas.sketch.begin(shapes)
        self._told = shapes
        self.canvas.tell()

    def set_read_only(self, on: bool) -> None:
        """Show only, without tools."""
        self.canvas.read_only = on
        self.canvas.sketch.use(Tool.LOOK)
        self.canvas.sketch.select(None)
        for widget in (*self.bar.tools.values(), self.hint):
            widget.setVisible(not on)
        for name in ("undo", "redo", "delete"):
            self.bar.signs[name].setVisible(not on)
        if not on:
            self.set_tools(self._tools)
        self.canvas.tell()

    def undo(self) -> None:
        """Take the last step back."""
        self.act("undo")

    def redo(self) -> None:
        """Take the step again that was taken back last."""
        self.act("redo")

    def act(self, name: str) -> None:
        """Do what a button or a key does, by its name."""
        self._steps[name]()
        self.canvas.setFocus()
        self.canvas.tell()

    # -- events --------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Do what a key means, unless a field takes it."""
        if event is not None and not self._handled(event):
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.bar.retranslate()
        self.selection.retranslate()
        self._show_state()

    # -- the rest ------------------------------------------------------------------------

    def _build(self) -> None:
        self.hint.setProperty("role", "large")
        self.hint.setWordWrap(True)
        self.bar.second.addWidget(self.selection, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        rows.addWidget(self.bar)
        rows.addWidget(self.hint)
        rows.addWidget(self.view, 1)
        self.setFocusProxy(self.canvas)
        self.bar.chosen.connect(self.set_tool)
        self.bar.pressed.connect(self.act)
        self.canvas.changed.connect(self._show_state)
        self.selection.named.connect(self._on_named)
        self.selection.measured.connect(self._on_measured)
        self.selection.left.connect(self.canvas.setFocus)

    def _handled(self, event: QKeyEvent) -> bool:
        key, held = Qt.Key(event.key()), event.modifiers()
        if held & Qt.KeyboardModifier.ControlModifier:
            again = key == Qt.Key.Key_Y or bool(held & Qt.KeyboardModifier.ShiftModifier)
            if key not in (Qt.Key.Key_Z, Qt.Key.Key_Y) or self.canvas.read_only:
                return False
            self.act("redo" if again else "undo")
            return True
        name = _PLAIN.get(key, "")
        tool = _TOOL_KEYS.get(event.text().upper())
        if name == "ask":
            return self.selection.ask()
        if name:
            self.act(name)
        elif tool in self._tools and tool is not None and not self.canvas.read_only:
            self.set_tool(tool)
        return bool(name) or tool in self._tools

    def _on_named(self, name: str) -> None:
        self.canvas.sketch.rename(name)
        self.canvas.tell()

    def _on_measured(self, length_mm: float) -> None:
        self.canvas.sketch.set_length(length_mm)
        self.canvas.tell()

    def _show_state(self) -> None:
        sketch, shapes = self.canvas.sketch, self.shapes()
        self.bar.show_tool(sketch.tool)
        for name, on in (
            ("undo", sketch.steps.can_undo or sketch.is_open),
            ("redo", sketch.steps.can_redo),
            ("delete", sketch.is_open or sketch.selected is not None),
        ):
            self.bar.signs[name].setEnabled(on)
        self.hint.setText(tr(sketch.hint))
        self.selection.show_selected(shapes, sketch.selected)
        if shapes != self._told:
            self._told = shapes
            self._ask_length()
            self.changed.emit()

    def _ask_length(self) -> None:
        """Let the length be typed as soon as its line is drawn."""
        sketch, line = self.canvas.sketch, self.shapes().scale_line
        drawn = self.tool is Tool.SCALE and sketch.selected is not None
        if drawn and sketch.selected is not None and sketch.selected.kind is Kind.SCALE:
            if line is not None and not line.length_mm:
                self.selection.ask()
