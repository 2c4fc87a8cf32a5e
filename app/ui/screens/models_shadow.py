"""A candidate in shadow: its agreement so far and the parts on which it found otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal, pyqtSlot
from PyQt5.QtGui import QImage
from PyQt5.QtWidgets import QWidget

from app.i18n import N_, tr
from app.review.decisions import person
from app.review.queue import is_secret
from app.station import tasks
from app.station.messages import sentence_of
from app.station.shadow_events import disagreement_of
from app.station.shadow_status import Disagreement, ShadowPair, ShadowState, ShadowStatus
from app.station.status import StationStatus
from app.store.base import Query
from app.store.listing import RecordRow
from app.ui.qa_desk import QaDesk
from app.ui.review_words import finding_word
from app.ui.screens import models_shadow_words as words
from app.ui.screens import models_words
from app.ui.screens.models_pictures import PartPictures
from app.ui.verdict_look import LOOKS
from app.ui.widgets.checkpoint_sign_dialog import SignDialog
from app.ui.widgets.checkpoint_table import short_name
from app.ui.widgets.compare_plot import Mark
from app.ui.widgets.fact_list import Facts
from app.ui.widgets.shadow_panel import ShadowPanel

_EARLIER = 200
# More would hide each other, and take time to draw twice a second.
_MARKS = 500


class ShadowPart(QObject):
    """Shows what the station's shadow says; starts, stops and promotes it.

    Signals:
        titled: The tab has another name. arg: it.
        review_wanted: The parts shall be opened in Review. arg: record ids, the chosen one first.
    """

    titled = pyqtSignal(str)
    review_wanted = pyqtSignal(object)

    def __init__(
        self, desk: QaDesk, panel: ShadowPanel, pictures: PartPictures, page: QWidget
    ) -> None:
        super().__init__(page)
        self._desk, self._panel, self._page, self._pictures = desk, panel, page, pictures
        self._earlier: tuple[Disagreement, ...] = ()
        self._asked_for: set[str] = set()
        self._connect()
        self.show()

    def start(self, path: Path) -> None:
        """Let a checkpoint judge beside the line."""
        if self._desk.station is not None:
            self._panel.show_problem("")
            self._desk.station.shadow.start(path, self._desk.reviewer)

    def read(self) -> None:
        """Read what earlier candidates disagreed on; the station remembers only this run's."""
        self._asked_for = set()
        station = self._desk.station
        if station is not None:
            tasks.run(
                partial(read_earlier, self._desk, station.status().context.station),
                self._on_read,
                self._on_not_read,
            )
        self.show()

    def ask_promotion(self) -> SignDialog | None:
        """Ask who promotes the candidate and why; None where it cannot be, which is said."""
        station, status = self._desk.station, self._status
        obstacle = "" if status.state is ShadowState.WATCHING else self._no_promotion(status)
        self._panel.show_problem(obstacle)
        if obstacle or station is None:
            return None
        current = station.status().checkpoint
        facts = words.promotion_facts(status, "" if current is None else current.name)
        name = "" if status.candidate is None else status.candidate.name
        title = tr("Promote {name}").format(name=short_name(name))
        reasons = models_words.activation_reasons()
        dialog = SignDialog(title, facts, reasons, self._desk.reviewer, self._page)
        dialog.signed.connect(station.shadow.promote)
        dialog.open()
        return dialog

    def show(self) -> None:
        """Show all anew, in the language in use."""
        panel, status, station = self._panel, self._status, self._desk.station
        line = None if station is None else station.status()
        panel.show_state(words.state_words(status), words.state_sentence(status, line))
        panel.show_figures(*words.figures(status))
        panel.stop_button.setVisible(status.is_on)
        panel.promote_button.setVisible(status.is_on)
        panel.choose_button.setVisible(not status.is_on and station is not None)
        is_new = bool(status.disagreements) or status.state is not ShadowState.OFF
        rows = status.disagreements if is_new else self._earlier
        panel.model.show_rows(rows)
        earlier = "" if is_new or not rows else rows[0].candidate
        panel.show_list(words.list_heading(status, len(rows), earlier), words.list_empty(status))
        if rows and panel.chosen is None:
            panel.table.selectRow(0)
        self._show_marks(status, line)
        self._want_pictures()
        self._want_words()
        self.titled.emit(words.tab_title(status))

    # -- its own -------------------------------------------------------------------------

    @property
    def _status(self) -> ShadowStatus:
        station = self._desk.station
        return ShadowStatus() if station is None else station.shadow.status

    def _show_marks(self, status: ShadowStatus, line: StationStatus | None) -> None:
        plot, station = self._panel.plot, self._desk.station
        marks = [] if station is None else marks_of(station.shadow.pairs, status, line)
        names = ("", "")
        if marks and line is not None and line.checkpoint is not None and status.candidate:
            names = (line.checkpoint.name, status.candidate.name)
        plot.setVisible(bool(marks))
        plot.show_marks(marks, names)

    def _no_promotion(self, status: ShadowStatus) -> str:
        if status.state is ShadowState.PREPARING:
            return tr("The candidate is still being prepared; wait a moment.")
        return tr("No candidate judges in shadow now.")

    def _connect(self) -> None:
        panel, station = self._panel, self._desk.station
        panel.promote_button.clicked.connect(self._on_promote)
        panel.stop_button.clicked.connect(self._on_stop)
        panel.review_button.clicked.connect(self._on_review)
        panel.large_button.clicked.connect(self._on_large)
        panel.table.doubleClicked.connect(self._on_large)
        panel.plot.opened.connect(self._on_mark)
        bar = panel.table.verticalScrollBar()
        if bar is not None:
            bar.valueChanged.connect(self._want_pictures)
        self._pictures.read.connect(self._on_picture)
        if station is not None:
            station.shadow.changed.connect(self._on_changed)
            station.shadow.ended.connect(self._on_ended)

    @pyqtSlot()
    def _on_changed(self) -> None:
        # The table need not follow while nobody sees it; the name of the tab must.
        if self._page.isVisible():
            self.show()

    @pyqtSlot(str)
    def _on_ended(self, _: str) -> None:
        self.read()

    def _on_read(self, found: tuple[Disagreement, ...]) -> None:
        if not sip.isdeleted(self):
            self._earlier = found
            self.show()

    def _on_not_read(self, error: Exception) -> None:
        if not sip.isdeleted(self):
            self._panel.show_problem(sentence_of(error))

    def _want_pictures(self) -> None:
        model = self._panel.model
        for row in self._panel.table.visible_rows():
            if row < len(model.rows) and not model.has_picture(model.rows[row].record_id):
                self._pictures.want_part(model.rows[row].record_id)

    @pyqtSlot(str, object, str)
    def _on_picture(self, key: str, image: QImage | None, problem: str) -> None:
        if not sip.isdeleted(self._panel):
            self._panel.model.set_picture(key, image, problem)

    def _want_words(self) -> None:
        """Read what persons said of the parts of the list meanwhile."""
        rows = self._panel.model.rows
        ids = [one.record_id for one in rows if one.record_id not in self._asked_for]
        if ids:
            self._asked_for = {one.record_id for one in rows}
            tasks.run(partial(read_words, self._desk, ids), self._on_words, self._on_not_read)

    def _on_words(self, words: dict[str, str]) -> None:
        if not sip.isdeleted(self):
            self._panel.model.set_words(words)

    def _on_promote(self) -> None:
        self.ask_promotion()

    def _on_stop(self) -> None:
        if self._desk.station is not None:
            self._desk.station.shadow.stop()

    def _on_review(self) -> None:
        chosen = self._panel.chosen
        if chosen is not None:
            ids = [one.record_id for one in self._panel.model.rows]
            place = ids.index(chosen.record_id)
            self.review_wanted.emit((*ids[place:], *ids[:place]))

    @pyqtSlot(object)
    def _on_mark(self, one: ShadowPair) -> None:
        self._pictures.open_part(one.record_id)

    def _on_large(self) -> None:
        chosen = self._panel.chosen
        if chosen is not None:
            self._pictures.open_part(chosen.record_id, facts_of(chosen))


def marks_of(
    pairs: Sequence[ShadowPair], status: ShadowStatus, line: StationStatus | None
) -> list[Mark]:
    """Return the parts that both judged as marks, each score on the scale of its checkpoint.

    Args:
        pairs: Of the shadow.
        status: Of the shadow.
        line: Of the station; empty list without limits in force.
    """
    candidate = status.candidate
    if line is None or line.checkpoint is None or line.limits is None or candidate is None:
        return []
    across = (line.checkpoint.calibration.typical, line.limits.ng)
    up = (candidate.calibration.typical, candidate.calibration.limit)
    if not all(map(math.isfinite, (*across, *up))) or across[0] >= across[1] or up[0] >= up[1]:
        return []
    return [
        Mark(
            (one.score - across[0]) / (across[1] - across[0]),
            (one.candidate_score - up[0]) / (up[1] - up[0]),
            "same" if one.agrees else "other",
            one,
        )
        for one in pairs[-_MARKS:]
        if one.score is not None and one.candidate_score is not None
    ]


def facts_of(one: Disagreement) -> Facts:
    """Return what both said of a part, (English name, value)."""
    score = "–" if one.candidate_score is None else f"{one.candidate_score:.4g}"
    text = tr("{verdict}: score {score}").format(
        verdict=tr(LOOKS[one.candidate_verdict].word), score=score
    )
    return ((N_("Candidate"), one.candidate), (N_("Candidate says"), text))


def read_words(desk: QaDesk, record_ids: Sequence[str]) -> dict[str, str]:
    """Return what persons said of parts, by record id, translated. Blocks.

    Raises:
        StoreError: The database fails.
    """
    found = {}
    for record_id in record_ids:
        # The place after it, so that the record itself comes first.
        rows = desk.store.rows(Query(after_id=f"{record_id}~", limit=1))
        if rows and rows[0].id == record_id:
            found[record_id] = _word_of(rows[0], person(desk.reviewer))
    return found


def _word_of(row: RecordRow, by: str) -> str:
    if is_secret(row, by):
        return tr("1 of 2")
    return tr("not reviewed") if row.finding is None else finding_word(row.finding)


def read_earlier(desk: QaDesk, station: str) -> tuple[Disagreement, ...]:
    """Return the disagreements of the candidate that ran last, the newest first. Blocks.

    Raises:
        StoreError: The database fails.
    """
    events = desk.store.events.find(kinds=("disagreement",), station=station, limit=_EARLIER)
    found = [one for one in map(disagreement_of, events) if one is not None]
    return tuple(one for one in found if one.candidate_sha256 == found[0].candidate_sha256)
