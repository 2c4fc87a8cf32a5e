"""Reports: choose what to report on, see it, save it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from PyQt5 import sip
from PyQt5.QtCore import QDate, QTimer, pyqtSignal
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QWidget

from app import i18n
from app.i18n import speaking, tr
from app.report.asking import Ask, Choices, choices, scope_of
from app.report.facts import Facts
from app.report.gathering import gather
from app.report.preview import Preview, to_preview
from app.report.saving import Format
from app.report.scope import of_shift
from app.station import tasks
from app.station.messages import sentence_of
from app.store.base import Query
from app.ui.qa_desk import QaDesk
from app.ui.screens.page import Page
from app.ui.screens.reports_layout import ReportsLayout
from app.ui.screens.reports_saving import ReportSaver

_PAUSE_MS = 300
_NEWEST = Query(limit=1)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A report that can be shown and saved.

    Attributes:
        ask: What was asked for.
        facts: What it says.
        preview: How it looks.
    """

    ask: Ask
    facts: Facts
    preview: Preview


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """What there is to report on, and the shift to begin with.

    Attributes:
        found: The choices.
        shift: Name of the newest shift.
        day: Day on which it began.
    """

    found: Choices
    shift: str = ""
    day: QDate | None = None


class ReportsPage(Page):
    """A column of fields and buttons beside the report itself.

    Signals:
        shown: A report is on the screen.
    """

    shown = pyqtSignal()

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.layout_ = ReportsLayout(self)
        self.saver = ReportSaver(desk, self.layout_, self)
        self.made: Made | None = None
        self._facts: tuple[Ask, Facts] | None = None
        self._is_making = self._is_wanted = self._began = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._make)
        self._connect()
        self.layout_.show_message(tr("The records are being read …"))
        self.layout_.can_save(False)

    def title(self) -> str:
        """Return its name on the bar."""
        return tr("Reports")

    def entered(self) -> None:
        """Read anew what there is to report on, then the report."""
        if not self._began:
            self.layout_.made_by.setText(self.desk.reviewer)
            language = self.layout_.language
            language.setCurrentIndex(max(0, language.findData(i18n.language())))
        tasks.run(
            partial(_offer, self.desk, first=not self._began), self._on_offer, self._on_offer_failed
        )

    def left(self) -> None:
        """Make nothing more; what is being written is written."""
        self._pause.stop()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Draw the charts anew for the new width."""
        super().resizeEvent(event)
        if self.made is not None:
            self._ask()

    def set_scale(self, scale: float) -> None:
        """Fit column and letters to the window's size."""
        self.layout_.set_scale(scale)

    def retranslate(self) -> None:
        """Set all texts anew; the report keeps its own language."""
        self.layout_.retranslate()

    def _connect(self) -> None:
        layout = self.layout_
        layout.kind.activated.connect(self._on_kind)
        for box in (layout.lot, layout.shift, layout.checkpoint, layout.recipe, layout.language):
            box.activated.connect(self._ask)
        layout.made_by.editingFinished.connect(self._ask)
        for field in (layout.day, layout.since, layout.until):
            field.editingFinished.connect(self._ask)
            field.dateChanged.connect(self._ask)
        layout.reload.clicked.connect(self._on_reload)
        self.saver.wanted.connect(self._on_save_wanted)

    # -- what there is -------------------------------------------------------------------

    def _on_offer(self, offer: Offer) -> None:
        if sip.isdeleted(self):
            return
        if offer.found.newest is None:
            text = tr(
                "No part has been judged yet; start the line, then there is something to report."
            )
            self.layout_.show_message(text)
            return
        self.layout_.show_choices(offer.found)
        if not self._began:
            self._began = True
            day = offer.day or QDate.currentDate()
            self.layout_.show_times(offer.shift, day, offer.found.newest)
        self._make()

    def _on_offer_failed(self, error: Exception) -> None:
        if not sip.isdeleted(self):
            self.layout_.show_message(sentence_of(error))

    def _on_kind(self, _: int) -> None:
        self.layout_.show_kind()
        self._ask()

    def _on_reload(self) -> None:
        self._facts = None
        self.entered()

    # -- the report ----------------------------------------------------------------------

    def _ask(self, *_: object) -> None:
        """Make the report when the person has paused."""
        self._pause.start()

    def _make(self) -> None:
        if not self._began:
            return
        if self._is_making:
            # One at a time: a large report takes seconds, and only the last one is wanted.
            self._is_wanted = True
            return
        self._is_making, self._is_wanted = True, False
        self.layout_.show_busy(True)
        ask, layout = self.layout_.ask(), self.layout_
        known = self._facts[1] if self._facts is not None and self._facts[0] == ask else None
        language, width = layout.language.currentData(), layout.picture_width
        job = partial(_make, self.desk, ask, known, self._maker, language, width)
        tasks.run(job, self._on_made, self._on_failed)

    def _on_made(self, made: Made) -> None:
        if sip.isdeleted(self):
            return
        self.made = made
        self._facts = (made.ask, made.facts)
        self.layout_.view.show_preview(made.preview)
        self.layout_.show_message("")
        self._ended(can_save=True)
        self.shown.emit()

    def _on_failed(self, error: Exception) -> None:
        if sip.isdeleted(self):
            return
        self.made = None
        self.layout_.show_message(sentence_of(error))
        self._ended(can_save=False)

    def _ended(self, can_save: bool) -> None:
        self._is_making = False
        self.layout_.show_busy(False)
        if not self.saver.is_busy:
            self.layout_.can_save(can_save)
        if self._is_wanted:
            self._make()

    # -- files ---------------------------------------------------------------------------

    def _on_save_wanted(self, file_format: Format) -> None:
        if self.made is not None:
            language = self.layout_.language.currentData()
            # The name may have been typed a moment ago.
            facts = replace(self.made.facts, made_by=self._maker)
            self.saver.save(facts, file_format, language)

    @property
    def _maker(self) -> str:
        return self.layout_.made_by.text().strip()


def _offer(desk: QaDesk, first: bool) -> Offer:
    found = choices(desk.store)
    if not first or not found.shifts:
        return Offer(found)
    newest = desk.store.find(_NEWEST)[0].context.shift
    day = of_shift(desk.store, newest).day
    return Offer(found, newest, None if day is None else QDate(day.year, day.month, day.day))


def _make(
    desk: QaDesk, ask: Ask, known: Facts | None, maker: str, language: str, width: int
) -> Made:
    from app.report.composing import compose

    with speaking(language):
        facts = known or gather(desk.store, scope_of(desk.store, ask))
        facts = replace(facts, made_by=maker)
        preview = to_preview(compose(facts, desk.evidence), width)
    return Made(ask, facts, preview)
