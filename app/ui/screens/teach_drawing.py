"""What the steps share in which something is drawn on the reference picture."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import pyqtSlot
from PyQt5.QtWidgets import QWidget

from app.camera.frame import Frame
from app.errors import ExpectedError
from app.i18n import tr
from app.inspection.placement import anchor_from
from app.inspection.recipe_parts import Anchor
from app.ui.screens.teach_state import TeachState
from app.ui.screens.teach_step import TeachStep
from app.ui.widgets.frame_editor import FrameEditor, Tool
from app.ui.widgets.frame_fields import shapes_of, with_shapes
from app.ui.widgets.frame_shapes import Box


class DrawingStep(TeachStep):
    """The editor, kept the same as the draft.

    Args:
        state: The draft and its frames.
        tools: What can be drawn here.
        first: The tool in hand when the step is shown.
        parent: The flow.
    """

    needs_frames = True

    def __init__(
        self, state: TeachState, tools: Sequence[Tool], first: Tool, parent: QWidget | None = None
    ) -> None:
        super().__init__(state, parent)
        self.editor = FrameEditor(tools)
        self.first = first
        self.newest: Frame | None = None
        self.editor.changed.connect(self._on_drawn)

    def entered(self) -> None:
        """Show what is drawn so far, and watch the camera."""
        self.newest = None
        self.show_reference()
        self.editor.set_tool(self.first)
        self.state.feed.arrived.connect(self._on_arrived)
        self.state.feed.failed.connect(self.said)

    def left(self) -> None:
        """Watch no longer."""
        self.state.feed.arrived.disconnect(self._on_arrived)
        self.state.feed.failed.disconnect(self.said)

    def show_reference(self) -> None:
        """Show the picture and what is drawn on it."""
        waiting = tr("Waiting for a picture of the camera …")
        self.editor.set_picture(self.state.reference, waiting)
        self.editor.set_shapes(shapes_of(self.state.recipe))

    def take_reference(self) -> None:
        """Draw on the newest picture of the camera from now on."""
        if self.newest is not None:
            self.state.set_reference(self.newest.image)
            self.show_reference()

    def came(self, frame: Frame) -> None:
        """Do something with a new frame."""

    def method(self) -> str:
        """Return how an anchor is to be found, "template" or "edge"."""
        anchor = self.state.recipe.anchor
        return "template" if anchor is None else anchor.method

    def keep(self) -> None:
        """Bring what is drawn into the draft; what a recipe cannot hold is said and not kept."""
        try:
            recipe = with_shapes(self.state.recipe, self.editor.shapes(), self._anchor)
        except ExpectedError as error:
            self.said.emit(str(error))
            self.editor.set_shapes(shapes_of(self.state.recipe))
            return
        self.said.emit("")
        self.state.change_recipe(recipe)

    @pyqtSlot()
    def _on_drawn(self) -> None:
        self.keep()

    @pyqtSlot()
    def _on_arrived(self) -> None:
        frame = self.state.feed.take()
        if frame is None:
            return
        self.newest = frame
        if self.state.reference is None:
            self.take_reference()
        self.came(frame)

    def _anchor(self, box: Box) -> Anchor:
        assert self.state.reference is not None
        method = "edge" if self.method() == "edge" else "template"
        made = anchor_from(self.state.reference, box, method)  # type: ignore[arg-type]
        return made
