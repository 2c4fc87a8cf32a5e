"""What stands until it is over: drift, and golden samples that a person has overridden."""

from __future__ import annotations

from PyQt5.QtCore import QObject, pyqtSlot

from app.station.drift_watch import DriftWatch
from app.station.station import Station
from app.ui.widgets.page_bar import PageBar


class StandingNotice(QObject):
    """Keeps the notice on the bar up to date; production goes on meanwhile."""

    def __init__(
        self, station: Station, drift: DriftWatch | None, bar: PageBar, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._station = station
        self._drift = drift
        self._bar = bar
        self._shown: tuple[str, ...] = ()
        station.status_changed.connect(self.refresh)
        if drift is not None:
            drift.changed.connect(self.refresh)

    @pyqtSlot()
    @pyqtSlot(object)
    def refresh(self, _news: object = None) -> None:
        """Say what stands now, in the language in use."""
        mark = self._station.golden.status.mark
        drifting = self._drift.sentences if self._drift is not None else ()
        sentences = ((mark,) if mark else ()) + drifting
        if sentences != self._shown:
            self._shown = sentences
            self._bar.show_notice(sentences)
