"""The sheet above the picture on which regions, exclusions, anchor and scale are drawn."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PyQt5.QtWidgets import QWidget

from app.inspection.recipe_parts import Point
from app.ui.widgets.frame_painter import paint_shapes
from app.ui.widgets.frame_sketch import FrameSketch
from app.ui.widgets.frame_tools import Tool
from app.ui.widgets.mask_painter import px_per_frame_px
from app.ui.widgets.zoom_view import ZoomView

# A finger covers more than a pointer: the square in which a grip is hit is 44 pixels wide.
REACH_PX = 22.0
_CLICK_PX = 5
_PAN_PX = 40
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_CLOSE = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_DELETE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class FrameCanvas(QWidget):
    """Lies over a view; takes its mouse and keys, not its wheel.

    Everything that the mouse does can be done by keyboard: with a drawing tool arrows move a
    cross and Space sets a corner there; Tab goes from shape to shape, arrows then move that
    (with Shift ten pixels at a time), comma and full stop take its grips one by one.

    Args:
        view: Shows the picture, at any magnification.

    Attributes:
        sketch: The shapes and what is open.
        read_only: Nothing can be changed; the picture can be moved.

    Signals:
        changed: The shapes, what is open or what is selected.
    """

    changed = pyqtSignal()

    def __init__(self, view: ZoomView) -> None:
        super().__init__(view)
        self._view = view
        self._grabbed: QPoint | None = None
        self._moved = False
        self.sketch = FrameSketch()
        self.read_only = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        view.installEventFilter(self)

    def tell(self) -> None:
        """Draw anew and say that something has changed."""
        looking = self.sketch.tool is Tool.LOOK or self.read_only
        self.setCursor(Qt.CursorShape.ArrowCursor if looking else Qt.CursorShape.BlankCursor)
        self.update()
        self.changed.emit()

    # -- mouse ---------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Draw or take hold with the left button; move the picture with the others."""
        if event is None or self._view.picture is None:
            return
        self.setFocus()
        self._moved = False
        drawn = event.button() == Qt.MouseButton.LeftButton and not self.read_only
        if not (drawn and self.sketch.press(self._place(event), self._reach())):
            self._grabbed = event.pos()
        self.tell()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Go on with what was begun, or move the picture."""
        if event is None or self._view.picture is None:
            return
        if self._grabbed is not None:
            moved = self._grabbed - event.pos()
            if self._moved or moved.manhattanLength() > _CLICK_PX:
                self._moved, self._grabbed = True, event.pos()
                self._view.pan(moved.x(), moved.y())
        self.sketch.move(self._place(event))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Let go; a click that moved nothing selects what is under it."""
        if event is None or self._view.picture is None:
            return
        grabbed, self._grabbed = self._grabbed, None
        if grabbed is None:
            self.sketch.move(self._place(event))
            self.sketch.release(self._reach())
        elif not self._moved and event.button() == Qt.MouseButton.LeftButton:
            if not self.read_only:
                self.sketch.select_at(self._place(event), self._reach())
        self.tell()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Close the outline, or set a further corner on a side."""
        if event is None or self.read_only or event.button() != Qt.MouseButton.LeftButton:
            return
        self.sketch.press_twice(self._place(event), self._reach())
        self.tell()

    # -- keys ----------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Draw by keyboard; other keys go to the editor."""
        if event is None:
            return
        key = Qt.Key(event.key())
        if key in _ARROWS:
            self._go(key, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif self.read_only or not self._act(key):
            event.ignore()
            return
        event.accept()
        self.tell()

    def _go(self, key: Qt.Key, far: bool) -> None:
        dx, dy = _ARROWS[key]
        step = 10 if far else 1
        if self.read_only or not self.sketch.go(dx * step, dy * step):
            self._view.pan(dx * _PAN_PX, dy * _PAN_PX)

    def _act(self, key: Qt.Key) -> bool:
        """Do what a key means; False if it means nothing here."""
        sketch = self.sketch
        if key == Qt.Key.Key_Space:
            sketch.press_by_key()
        elif key in _DELETE and (sketch.is_open or sketch.selected is not None):
            sketch.delete()
        elif key in _CLOSE and sketch.is_open:
            sketch.close()
        elif key == Qt.Key.Key_Escape:
            return sketch.drop()
        elif key in (Qt.Key.Key_Comma, Qt.Key.Key_Period):
            sketch.next_grip(-1 if key == Qt.Key.Key_Comma else 1)
        else:
            return False
        return True

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Go through the shapes with Tab; beyond the last leave the sheet."""
        if not self.read_only and self.sketch.next_target(1 if forward else -1):
            self.tell()
            return True
        self.tell()
        return bool(super().focusNextPrevChild(forward))

    # -- the rest ------------------------------------------------------------------------

    def event(self, event: QEvent | None) -> bool:
        """Keep the keys that draw from being taken as shortcuts of the screen."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            plain = not event.modifiers() & (
                Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
            )
            function = Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F35
            # With nothing open Enter and Escape belong to the screen: next and back.
            idle = event.key() in (*_CLOSE, Qt.Key.Key_Escape) and not self._is_busy()
            if (plain and not function and not idle) or _undoes(event):
                event.accept()
                return True
        return bool(super().event(event))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Stay as large as the view."""
        if event is not None and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._view.rect())
        return False

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the shapes, what is being drawn, and the pointer."""
        if self._view.picture is None:
            return
        painter = QPainter(self)
        paint_shapes(painter, self.sketch, self._view, QRectF(self.rect()))
        painter.end()

    def _is_busy(self) -> bool:
        return self.sketch.is_open or self.sketch.selected is not None

    def _place(self, event: QMouseEvent) -> Point:
        found = self._view.to_picture(QPointF(event.pos()))
        return found.x(), found.y()

    def _reach(self) -> float:
        return REACH_PX / px_per_frame_px(self._view)


def _undoes(event: QKeyEvent) -> bool:
    return event.key() in (Qt.Key.Key_Z, Qt.Key.Key_Y)
