"""Which verdicts would change: counted on a pool thread, shown with their pictures."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from PyQt5 import sip
from PyQt5.QtCore import QObject, QTimer
from PyQt5.QtGui import QImage
from PyQt5.QtWidgets import QWidget

from app import log
from app.i18n import tr
from app.quality.what_if import WhatIf, what_if
from app.station import tasks
from app.station.messages import sentence_of
from app.ui.facts import facts_of
from app.ui.ng_history import picture_of
from app.ui.qa_desk import QaDesk
from app.ui.screens import limits_words as words
from app.ui.screens.limits_loading import StoredPart, load_part, load_thumbnail
from app.ui.widgets.change_strip import ChangeStrip
from app.ui.widgets.record_dialog import RecordDialog

_AFTER_MS = 150
_TILES = 24
_KEPT = 300

Columns = Mapping[str, npt.NDArray[Any]]


class ChangeExplorer(QObject):
    """Fills the strip shortly after the limits stand still; pictures are kept for a while."""

    def __init__(self, desk: QaDesk, strip: ChangeStrip, page: QWidget) -> None:
        super().__init__(page)
        self._desk = desk
        self._strip = strip
        self._page = page
        self.outcome: WhatIf | None = None
        self._wanted: tuple[Columns, float, float | None] | None = None
        self._shown: Columns = {}
        self._asked = 0
        self._read: OrderedDict[str, QImage | None] = OrderedDict()
        self._waiting: set[str] = set()
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(_AFTER_MS)
        self._delay.timeout.connect(self._count)
        strip.chosen.connect(self._show)
        strip.opened.connect(self.open)

    def ask(self, week: Columns, limit: float, review: float | None) -> None:
        """Show what these limits would change in these records; the newest request holds."""
        self._wanted = (week, limit, review)
        self._delay.start()

    def rest(self) -> None:
        """Show nothing more until asked again."""
        self._delay.stop()
        self._asked += 1

    def open(self, record_id: str) -> None:
        """Show a record large."""
        tasks.run(
            partial(load_part, self._desk, record_id),
            self._on_part,
            partial(self._on_picture_failed, record_id),
        )

    def _count(self) -> None:
        if self._wanted is None:
            return
        week, limit, review = self._wanted
        self._asked += 1
        tasks.run(
            partial(what_if, week, limit, review),
            partial(self._on_counted, self._asked, week),
            self._on_count_failed,
        )

    def _on_counted(self, asked: int, week: Columns, outcome: WhatIf) -> None:
        if asked == self._asked and not sip.isdeleted(self):
            self.outcome, self._shown = outcome, week
            self._show(self._strip.current)

    def _on_count_failed(self, error: Exception) -> None:
        if not sip.isdeleted(self):
            self._strip.show_changes(sentence_of(error), (), "")

    def _show(self, current: str) -> None:
        outcome, week = self.outcome, self._shown
        if outcome is None:
            return
        found = {words.key_of(change): change for change in outcome.changes}
        current = current if current in found else next(iter(found), "")
        choices = words.choices_of(outcome)
        self._strip.show_changes(words.outcome_words(outcome), choices, current)
        shown = _worth_seeing(week, found[current].places) if current else []
        self._show_tiles([(str(week["id"][place]), _caption(week, place)) for place in shown])

    def _show_tiles(self, tiles: Sequence[tuple[str, str]]) -> None:
        if [one for one, _ in tiles] == list(self._strip.tiles):
            return
        self._strip.show_tiles(tiles)
        for record_id, _ in tiles:
            if record_id in self._read:
                self._put(record_id, self._read[record_id])
            elif record_id not in self._waiting:
                self._waiting.add(record_id)
                tasks.run(
                    partial(load_thumbnail, self._desk, record_id),
                    partial(self._on_read, record_id),
                    partial(self._on_picture_failed, record_id),
                )

    def _on_read(self, record_id: str, image: QImage | None) -> None:
        self._waiting.discard(record_id)
        self._read[record_id] = image
        while len(self._read) > _KEPT:
            self._read.popitem(last=False)
        self._put(record_id, image)

    def _on_picture_failed(self, record_id: str, error: Exception) -> None:
        self._waiting.discard(record_id)
        log.ui.info("no picture of record %s: %s", record_id, error)
        # The window may have been closed while the file was read.
        if not sip.isdeleted(self._strip):
            self._strip.set_image(record_id, None, sentence_of(error))

    def _put(self, record_id: str, image: QImage | None) -> None:
        if not sip.isdeleted(self._strip):
            problem = "" if image is not None else tr("No picture kept")
            self._strip.set_image(record_id, image, problem)

    def _on_part(self, part: StoredPart | None) -> None:
        if part is None or sip.isdeleted(self._page):
            return
        picture = None if part.preview is None else picture_of(part.preview)
        dialog = RecordDialog(facts_of(part.record), picture, self._page)
        window = self._page.window()
        dialog.resize((window or self._page).size() * 0.85)
        dialog.open()


def _worth_seeing(week: Columns, places: npt.NDArray[np.intp]) -> list[int]:
    """Return the newest of the reviewed records, of which pictures are kept, then of the rest."""
    newest = places[::-1]
    is_reviewed = np.array([part is not None for part in week["part"][newest]], np.bool_)
    return [*newest[is_reviewed].tolist(), *newest[~is_reviewed].tolist()][:_TILES]


def _caption(week: Columns, place: int) -> str:
    return f"{week['score'][place]:.3f}\n{words.part_words(week['part'][place])}"
