"""What the line does, for whoever looks at another screen than the live one."""

from __future__ import annotations

from PyQt5.QtCore import QObject, pyqtSlot

from app.i18n import N_, tr
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.station.station import Station
from app.station.status import StationState, StationStatus
from app.ui import theme
from app.ui.liveness import STATE_WORDS
from app.ui.pages import LIVE
from app.ui.verdict_look import FAULT, LOOKS
from app.ui.widgets.page_bar import PageBar

_SHORT = 60
_FAULT = N_("FAULT: {sentence}")


class LineChip(QObject):
    """Shows state and newest verdict on the bar; nothing on the live screen, which says it all."""

    def __init__(self, station: Station, bar: PageBar, parent: QObject) -> None:
        super().__init__(parent)
        self._bar = bar
        self._is_live = True
        self._status = station.status()
        self._verdict: Verdict | None = None
        station.status_changed.connect(self._on_status_changed)
        station.inspected.connect(self._on_inspected)

    @pyqtSlot(str)
    def on_page_chosen(self, key: str) -> None:
        """Show or hide the words."""
        self._is_live = key == LIVE[0]
        self._refresh()

    @pyqtSlot(object)
    def _on_status_changed(self, status: StationStatus) -> None:
        self._status = status
        if status.phase is not StationState.RUNNING:
            self._verdict = None
        self._refresh()

    @pyqtSlot(object)
    def _on_inspected(self, record: InspectionRecord) -> None:
        if self._status.phase is StationState.RUNNING:
            self._verdict = record.verdict
            self._refresh()

    def _refresh(self) -> None:
        if self._is_live:
            self._bar.show_line("", "", "")
            return
        status = self._status
        if status.state is StationState.FAULT:
            sentence = status.fault
            if len(sentence) > _SHORT:
                sentence = sentence[: _SHORT - 1] + "…"
            text = tr(_FAULT).format(sentence=sentence)
            self._bar.show_line(text, theme.COLOURS[FAULT.colour], FAULT.ink)
            return
        text = tr(STATE_WORDS[status.state])
        if self._verdict is None:
            self._bar.show_line(text, theme.COLOURS["none"], "#FFFFFF")
            return
        look = LOOKS[self._verdict]
        self._bar.show_line(f"{text} · {tr(look.word)}", theme.COLOURS[look.colour], look.ink)
