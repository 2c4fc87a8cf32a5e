"""Draw regions, exclusions, anchor and scale on a picture, by mouse, finger or keyboard."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QVBoxLayout, QWidget

from app.camera.frame import Image
from app.ui import images
from app.ui.widgets.frame_shapes import Shapes
from app.ui.widgets.frame_tools import Tool
from app.ui.widgets.zoom_view import ZoomPicture, ZoomView

__all__ = ["FrameEditor", "Tool"]


class FrameEditor(QWidget):
    """A picture with what is drawn on it, the tools above and a line that says what to do next.

    Args:
        tools: The tools that are offered, in this order.
        parent: Window that it belongs to.

    Signals:
        changed: The shapes are others, by drawing or undo; `set_shapes` does not tell.
        tool_changed: Another tool is in hand. arg: Tool.
    """

    changed = pyqtSignal()
    tool_changed = pyqtSignal(object)

    def __init__(self, tools: Sequence[Tool] = tuple(Tool), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = ZoomView()
        self._shapes = Shapes()
        self._tool = Tool.LOOK
        rows = QVBoxLayout(self)
        rows.addWidget(self.view)

    @property
    def tool(self) -> Tool:
        """The tool in hand."""
        return self._tool

    def set_picture(self, image: Image | None, message: str = "") -> None:
        """Show a picture; the shapes stay.

        Args:
            image: (H, W, 3) uint8 BGR; None shows `message` (translated) in its place.
            message: Why there is no picture.
        """
        picture = None if image is None else ZoomPicture((images.base_image(image),))
        self.view.show_picture(picture, message)

    def set_tools(self, tools: Sequence[Tool]) -> None:
        """Offer these tools only; another one in hand is put down."""

    def set_tool(self, tool: Tool) -> None:
        """Take a tool in hand."""
        self._tool = tool
        self.tool_changed.emit(tool)

    def shapes(self) -> Shapes:
        """Return what is drawn; an outline that is still open is not part of it."""
        return self._shapes

    def set_shapes(self, shapes: Shapes) -> None:
        """Show other shapes; the steps so far cannot be taken back any more."""
        self._shapes = shapes

    def set_read_only(self, on: bool) -> None:
        """Show only, without tools."""

    def undo(self) -> None:
        """Take the last step back."""

    def redo(self) -> None:
        """Take the step again that was taken back last."""
