"""Thousands of pictures to be labelled, as a grid that is moved through by keys."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from PyQt5.QtCore import QRect, Qt, pyqtSignal, pyqtSlot
from PyQt5.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PyQt5.QtWidgets import QAbstractScrollArea, QWidget

from app.ui.widgets.label_cell import Cell, draw_cell
from app.ui.widgets.label_geometry import LabelGeometry

CELLS_PX = (72, 96, 128, 168, 224, 300)
_MOST_KEPT = 1500
_MANY = 200


class LabelGrid(QAbstractScrollArea):
    """Shows pictures by name and marks some of them; what is said of them is kept elsewhere.

    Only what is in sight is painted and asked for, so the number of pictures does not matter.

    Signals:
        moved: Other pictures are marked.
        wanted: Other pictures are in sight, some without their image. See `missing`.
        resized_by_wheel: Ctrl and the wheel were turned. arg: +1 for larger, -1 for smaller.
    """

    moved = pyqtSignal()
    wanted = pyqtSignal()
    resized_by_wheel = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("labelGrid")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._names: tuple[str, ...] = ()
        self._places: dict[str, int] = {}
        self._state_of: Callable[[str], str] = lambda _: ""
        self._images: OrderedDict[str, QImage] = OrderedDict()
        self._problems: dict[str, str] = {}
        self._cursor, self._anchor = 0, 0
        self._cell = CELLS_PX[2]
        bar = self.verticalScrollBar()
        if bar is not None:
            bar.valueChanged.connect(self._on_scrolled)

    # -- what it shows -------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """All pictures, in order."""
        return self._names

    @property
    def cell_px(self) -> int:
        """Least side of a cell."""
        return self._cell

    def show_names(self, names: Sequence[str], state_of: Callable[[str], str]) -> None:
        """Show other pictures from their start.

        Args:
            names: In order, each once.
            state_of: Tells what was said of a picture; asked when it is painted.
        """
        self._names, self._state_of = tuple(names), state_of
        self._places = {name: place for place, name in enumerate(self._names)}
        self._cursor = self._anchor = 0
        self._fit()
        self._scroll_to(0)
        self.moved.emit()
        self.wanted.emit()

    def set_cell(self, side: int) -> None:
        """Set the least side of a cell in pixels."""
        self._cell = side
        self._fit()
        self.go_to(self._cursor)
        self.wanted.emit()

    def forget_images(self) -> None:
        """Ask for all images anew, such as after files were moved or in another size."""
        self._images.clear()
        self._problems.clear()
        self._update()
        self.wanted.emit()

    def set_image(self, name: str, image: QImage | None, problem: str = "") -> None:
        """Take the image of a picture, or why there is none."""
        if image is None:
            self._problems[name] = problem
        else:
            self._images[name] = image
            self._images.move_to_end(name)
        while len(self._images) > _MOST_KEPT:
            self._images.popitem(last=False)
        self.refresh((name,))

    def refresh(self, names: Sequence[str]) -> None:
        """Paint some pictures anew: something else was said of them."""
        if len(names) > _MANY:
            self._update()
            return
        for name in names:
            place = self._places.get(name, -1)
            if place >= 0:
                self._update(self._box(place))

    def missing(self) -> tuple[str, ...]:
        """Return the pictures in sight, and those of the next page, that have no image yet."""
        geometry, first = self._geometry(), self._first_row
        here, after = geometry.page(first), geometry.page(first + geometry.page_rows)
        found = dict.fromkeys(self._names[place] for place in (*here, *after))
        return tuple(name for name in found if not self.is_known(name))

    def is_known(self, name: str) -> bool:
        """Whether the image of a picture is there, or why it never will be."""
        return name in self._images or name in self._problems

    def is_seen(self, name: str) -> bool:
        """Whether the person can see a picture: only then may it be called good."""
        return name in self._images

    def problem_of(self, name: str) -> str:
        """Return why a picture cannot be shown; "" if it can."""
        return self._problems.get(name, "")

    # -- what is marked ------------------------------------------------------------------

    @property
    def current(self) -> str:
        """Name of the picture under the cursor; "" if there is none."""
        return self._names[self._cursor] if self._names else ""

    def marked(self) -> tuple[str, ...]:
        """Return the marked pictures in order: the one under the cursor, or a stretch."""
        low, high = sorted((self._anchor, self._cursor))
        return self._names[low : high + 1]

    def page(self) -> tuple[str, ...]:
        """Return the pictures in sight."""
        sight = self._geometry().page(self._first_row)
        return self._names[sight.start : sight.stop]

    def go_to(self, place: int, *, stretch: bool = False) -> None:
        """Move the cursor and bring it into sight.

        Args:
            place: Number of a picture; the first or last one if there is none of it.
            stretch: Mark everything from where the stretch began.
        """
        if not self._names:
            return
        before = self.marked()
        self._cursor = min(max(0, place), len(self._names) - 1)
        if not stretch:
            self._anchor = self._cursor
        self._scroll_to(self._geometry().first_row_for(self._cursor, self._first_row))
        self.refresh((*before, *self.marked()))
        self.moved.emit()

    def go_to_name(self, name: str) -> None:
        """Move the cursor to a picture, if it is shown."""
        if name in self._places:
            self.go_to(self._places[name])

    def place_of_next(self, wanted: Callable[[str], bool], after: int) -> int:
        """Return the first place behind another one whose picture is wanted, -1 if none is."""
        for place in range(after + 1, len(self._names)):
            if wanted(self._names[place]):
                return place
        return -1

    @property
    def last_marked(self) -> int:
        """Place of the last marked picture."""
        return max(self._anchor, self._cursor)

    @property
    def last_of_page(self) -> int:
        """Place of the last picture in sight, -1 without pictures."""
        return self._geometry().page(self._first_row).stop - 1

    # -- keys and mouse ------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Move by arrows, pages and ends; all other keys go to the screen."""
        if event is None:
            return
        place = self._moved_by(event.key())
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_plain = modifiers in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        if place is None or not is_plain:
            event.ignore()
            return
        self.go_to(place, stretch=modifiers == Qt.KeyboardModifier.ShiftModifier)
        event.accept()

    def _moved_by(self, key: int) -> int | None:
        geometry = self._geometry()
        columns, page = geometry.columns, geometry.columns * geometry.page_rows
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -len(self._names),
            Qt.Key.Key_End: len(self._names),
        }
        step = steps.get(Qt.Key(key))
        return None if step is None else self._cursor + step

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Put the cursor where was clicked; with Shift mark a stretch."""
        if event is None:
            return
        place = self._geometry().place_at(event.x(), event.y(), self._first_row)
        if place >= 0:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.go_to(place, stretch=shift)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Mark a stretch by dragging."""
        if event is not None and event.buttons() & Qt.MouseButton.LeftButton:
            place = self._geometry().place_at(event.x(), event.y(), self._first_row)
            if place >= 0 and place != self._cursor:
                self.go_to(place, stretch=True)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Scroll by rows; with Ctrl change the size."""
        if event is None:
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.resized_by_wheel.emit(1 if event.angleDelta().y() > 0 else -1)
            return
        self._scroll_to(self._first_row + (-1 if event.angleDelta().y() > 0 else 1))

    # -- painting ------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the cells that are in sight."""
        view = self.viewport()
        if view is None or event is None:
            return
        painter = QPainter(view)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        low, high = sorted((self._anchor, self._cursor))
        for place in self._geometry().page(self._first_row):
            box = self._box(place)
            if not box.intersects(event.rect()):
                continue
            name = self._names[place]
            draw_cell(
                painter,
                box,
                Cell(
                    self._images.get(name),
                    self._state_of(name),
                    is_current=place == self._cursor,
                    is_marked=low <= place <= high,
                    is_broken=name in self._problems,
                ),
                has_focus=self.hasFocus(),
            )
        painter.end()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Lay the cells out anew; the cursor stays in sight."""
        super().resizeEvent(event)
        self._fit()
        self._scroll_to(self._geometry().first_row_for(self._cursor, self._first_row))
        self.wanted.emit()

    # -- the rest ------------------------------------------------------------------------

    @property
    def _first_row(self) -> int:
        bar = self.verticalScrollBar()
        return 0 if bar is None else bar.value()

    def _geometry(self) -> LabelGeometry:
        view = self.viewport()
        width, height = (1, 1) if view is None else (view.width(), view.height())
        return LabelGeometry(len(self._names), self._cell, max(1, width), max(1, height))

    def _box(self, place: int) -> QRect:
        geometry = self._geometry()
        return QRect(*geometry.corner(place, self._first_row), *geometry.cell)

    def _fit(self) -> None:
        geometry, bar = self._geometry(), self.verticalScrollBar()
        if bar is not None:
            bar.setPageStep(geometry.page_rows)
            bar.setRange(0, geometry.last_first_row)
        self._update()

    def _scroll_to(self, row: int) -> None:
        bar = self.verticalScrollBar()
        if bar is not None:
            bar.setValue(row)

    @pyqtSlot(int)
    def _on_scrolled(self, _: int) -> None:
        self._update()
        self.wanted.emit()

    def _update(self, box: QRect | None = None) -> None:
        view = self.viewport()
        if view is not None:
            view.update() if box is None else view.update(box)
