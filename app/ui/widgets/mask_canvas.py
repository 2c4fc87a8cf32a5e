"""The sheet above the picture on which a defect is drawn."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QEvent, QObject, QPoint, QPointF, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PyQt5.QtWidgets import QWidget

from app.inspection.review import Polygon
from app.review.mask_sketch import MaskSketch, Tool
from app.ui.widgets.mask_painter import GRIP_PX, View, paint_sketch, px_per_frame_px

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_CLOSE = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_DELETE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class MaskCanvas(QWidget):
    """Lies over a view while a mask is drawn; takes its mouse and keys, not its wheel.

    Everything that the mouse does can be done by keyboard: arrows move a cross or the selected
    point (with Shift ten pixels at a time), Space sets a point or puts the brush down and lifts
    it, Tab goes from point to point.

    While it is there no plain key is taken for a shortcut of the screen behind: a slip must not
    decide a part. Keys that mean nothing here go to the screen, which minds that one draws.

    Args:
        view: Shows the picture, at any magnification.

    Attributes:
        take_key: Is offered the keys that mean nothing to the sheet; True if it took one.

    Signals:
        changed: The drawing, or what is open.
        finished: Enter was pressed with nothing open.
        abandoned: Escape was pressed with nothing open.
    """

    changed = pyqtSignal()
    finished = pyqtSignal()
    abandoned = pyqtSignal()

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view: View = view
        self._under = view
        self._panned_from: QPoint | None = None
        self.take_key: Callable[[QKeyEvent], bool] = lambda _: False
        self.sketch = MaskSketch()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.BlankCursor)
        view.installEventFilter(self)
        self.hide()

    def begin(self, width: int, height: int, outlines: tuple[Polygon, ...]) -> None:
        """Start on a frame with outlines that are there already."""
        self.sketch.begin(width, height, outlines)
        self.setGeometry(self._under.rect())
        self.show()
        self.raise_()
        self.setFocus()
        self.tell()

    def tell(self) -> None:
        """Draw anew and say that something has changed."""
        self.update()
        self.changed.emit()

    # -- mouse ---------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Draw with the left button, move the picture with the others."""
        if event is None:
            return
        self.setFocus()
        if event.button() == Qt.MouseButton.LeftButton:
            self.sketch.press(self._place(event), self._reach())
            self.tell()
        else:
            self._panned_from = event.pos()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Go on with a stroke or a point, or move the picture."""
        if event is None:
            return
        if self._panned_from is not None:
            moved, self._panned_from = self._panned_from - event.pos(), event.pos()
            self._view.pan(moved.x(), moved.y())
        self.sketch.move(self._place(event))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Let go."""
        if event is None:
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self.sketch.release()
            self.tell()
        else:
            self._panned_from = None

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Close the outline, or set a further point on a line."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self.sketch.press_twice(self._place(event), self._reach())
            self.tell()

    # -- keys ----------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Draw by keyboard; other keys go to the editor and to the screen."""
        if event is None:
            return
        key = Qt.Key(event.key())
        step = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        if key in _ARROWS:
            dx, dy = _ARROWS[key]
            self.sketch.go(dx * step, dy * step)
        elif not self._act(key) and not self.take_key(event):
            event.ignore()
            return
        event.accept()
        self.tell()

    def _act(self, key: Qt.Key) -> bool:
        """Do what a key means; False if it means nothing here."""
        if key == Qt.Key.Key_Space:
            self.sketch.press_by_key()
        elif key in _DELETE:
            self.sketch.delete()
        elif key in _CLOSE and self.sketch.is_open:
            self.sketch.close()
        elif key in _CLOSE:
            self.finished.emit()
        elif key == Qt.Key.Key_Escape:
            if not self.sketch.drop():
                self.abandoned.emit()
        else:
            return False
        return True

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Go through the points of the outlines with Tab; beyond the last leave the sheet."""
        if self.sketch.tool is Tool.POLYGON and self.sketch.next_grip(1 if forward else -1):
            self.tell()
            return True
        self.tell()
        return bool(super().focusNextPrevChild(forward))

    # -- the rest ------------------------------------------------------------------------

    def event(self, event: QEvent | None) -> bool:
        """Keep the keys that draw from being taken as shortcuts of the screen."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            undoes = event.key() in (Qt.Key.Key_Z, Qt.Key.Key_Y)
            if _is_plain(event) or undoes:
                event.accept()
                return True
        return bool(super().event(event))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Stay as large as the view."""
        if event is not None and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._under.rect())
        return False

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the mask, what is being drawn, and the pointer."""
        if getattr(self._under, "is_raw", False):
            return
        painter = QPainter(self)
        paint_sketch(painter, self.sketch, self._view)
        painter.end()

    def _place(self, event: QMouseEvent) -> tuple[float, float]:
        found = self._view.to_picture(QPointF(event.pos()))
        return found.x(), found.y()

    def _reach(self) -> float:
        return GRIP_PX / px_per_frame_px(self._view)


def _is_plain(event: QKeyEvent) -> bool:
    """Tell whether a key is one of those that write or draw, without Ctrl or Alt."""
    held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    is_function = Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F35
    return not event.modifiers() & held and not is_function
