"""How one moves on the review screen: in the list, in the lot, over the picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt5.QtCore import QModelIndex, QObject, QPointF, pyqtSlot
from PyQt5.QtWidgets import QWidget

from app.i18n import tr
from app.ui.review_walk import ReviewWalk
from app.ui.screens.review_layout import ReviewLayout
from app.ui.screens.review_part import PartView

_PAN_SHARE = 0.15
_ZOOM_STEP = 1.25
_REGION_ZOOM = 2.0


class ReviewMoves(QObject):
    """Steps through parts and over the picture; changes nothing."""

    def __init__(
        self, layout: ReviewLayout, walk: ReviewWalk, part_view: PartView, page: QWidget
    ) -> None:
        super().__init__(page)
        self._layout = layout
        self._walk = walk
        self._part_view = part_view
        layout.table.clicked.connect(self._on_row_clicked)
        layout.regions.wanted.connect(self._on_region_wanted)
        layout.history.record_wanted.connect(self._on_record_wanted)
        walk.moved.connect(self._on_moved)

    def doings(self) -> dict[str, Callable[[], object]]:
        """Return what the keys of `review_keys` do, by name, as far as they only move."""
        view, part_view = self._layout.view, self._part_view
        return {
            "previous": partial(self._step, -1),
            "next": partial(self._step, 1),
            "earlier": partial(self._go_beside, -1),
            "later": partial(self._go_beside, 1),
            "blink": partial(view.set_raw, True),
            "heat": part_view.toggle_heat,
            "contours": part_view.toggle_contours,
            "fit": view.fit,
            "one": partial(view.zoom_to, 1.0),
            "eight": partial(view.zoom_to, 8.0),
            "zoom_in": partial(self._zoom, _ZOOM_STEP),
            "zoom_out": partial(self._zoom, 1 / _ZOOM_STEP),
            "pan_left": partial(self._pan, -1, 0),
            "pan_right": partial(self._pan, 1, 0),
            "pan_up": partial(self._pan, 0, -1),
            "pan_down": partial(self._pan, 0, 1),
            "region": self._layout.regions.step,
            "why": partial(part_view.show_side, "why"),
            "facts": partial(part_view.show_side, "facts"),
            "history": partial(part_view.show_side, "history"),
        }

    def _zoom(self, factor: float) -> None:
        view = self._layout.view
        view.zoom_to(view.magnification * factor)

    def _pan(self, right: int, down: int) -> None:
        view = self._layout.view
        view.pan(right * view.width() * _PAN_SHARE, down * view.height() * _PAN_SHARE)

    def _step(self, rows: int) -> None:
        if not self._walk.step(rows):
            first = rows < 0
            self._part_view.say(
                tr("This is the first part.") if first else tr("This is the last part.")
            )

    def _go_beside(self, step: int) -> None:
        """Show the neighbour in the lot."""
        part = self._walk.part
        if part is None:
            return
        beside = part.dossier.before if step < 0 else part.dossier.after
        if beside:
            self._walk.show_record(beside[0].id)
        else:
            self._part_view.say(tr("The lot has no further part on this side."))

    @pyqtSlot(QModelIndex)
    def _on_row_clicked(self, index: QModelIndex) -> None:
        self._walk.go(index.row())

    @pyqtSlot(str)
    def _on_record_wanted(self, record_id: str) -> None:
        if not self._walk.go(self._layout.model.place_of(record_id)):
            self._walk.show_record(record_id)

    @pyqtSlot(int)
    def _on_region_wanted(self, number: int) -> None:
        part = self._walk.part
        regions = part.record.decision.regions if part is not None else ()
        if 0 <= number < len(regions):
            x0, y0, x1, y1 = regions[number].box
            view = self._layout.view
            if view.fits:
                view.zoom_to(max(_REGION_ZOOM, view.magnification))
            view.look_at(QPointF((x0 + x1) / 2, (y0 + y1) / 2))

    @pyqtSlot()
    def _on_moved(self) -> None:
        """Mark the row in the table and keep it in sight."""
        table, place = self._layout.table, self._walk.place
        if not self._walk.record_id:
            table.clearSelection()
        elif not self._walk.is_beside:
            table.selectRow(place)
            table.scrollTo(self._layout.model.index(place, 0))
