"""Tries what was learned on live frames, in a process of its own: the line keeps its pace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PyQt5.QtCore import QObject, pyqtSignal, pyqtSlot

from app import i18n, log
from app.camera.frame import Frame
from app.paths import Home
from app.station import tasks
from app.station.frame_feed import FrameFeed
from app.station.job_process import JobProcess
from app.station.messages import sentence_of
from app.teaching.draft import DraftPlace
from app.teaching.outcome import Tried
from app.teaching.trial_files import FRAMES, clear, put


@dataclass(frozen=True, slots=True)
class LiveTried:
    """A live frame that was judged.

    Attributes:
        tried: What came of it.
        overlay: File of the picture with its heatmap; None if there is none.
        ms: Time that cutting, judging and drawing took, milliseconds.
    """

    tried: Tried
    overlay: Path | None
    ms: float


class LiveTrial(QObject):
    """Gives the newest frame to the process, one at a time, and takes what it says.

    Args:
        feed: Brings frames while it is watched.
        home: Of the station.
        parent: Qt owner.

    Signals:
        judged: A frame was judged. arg: `LiveTried`.
        failed: It has ended. arg: why, one sentence; "" if it was asked to.
        changed: It runs, is ready, or has ended.
    """

    judged = pyqtSignal(object)
    failed = pyqtSignal(str)
    changed = pyqtSignal()

    def __init__(self, feed: FrameFeed, home: Home, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._feed, self._home = feed, home
        self._place: DraftPlace | None = None
        self._number, self._waits = 0, False
        self.is_ready = False
        self.process = JobProcess(self)
        self.process.told.connect(self._on_told)
        self.process.succeeded.connect(self._on_ended)
        self.process.failed.connect(self._on_failed)

    @property
    def is_running(self) -> bool:
        """Whether it runs or is being loaded."""
        return self.process.is_running

    def start(self, place: DraftPlace, device: str = "auto") -> None:
        """Load what was learned and judge frames from then on."""
        if self.is_running:
            return
        self._place, self._waits, self.is_ready = place, False, False
        clear(place.trial.glob(FRAMES))
        words = ["lesson", "try", place.root.name, "--home", str(self._home.root)]
        words += ["--device", device, "--language", i18n.language(), "--progress-lines"]
        self.process.start(words)
        self._feed.arrived.connect(self._on_arrived)
        self.changed.emit()

    def stop(self) -> None:
        """Judge no more; `failed` follows with no words."""
        self.process.stop()

    @pyqtSlot()
    def _on_arrived(self) -> None:
        frame = self._feed.take()
        if frame is None or not self.is_ready or self._waits or self._place is None:
            return
        self._give(frame, self._place)

    def _give(self, frame: Frame, place: DraftPlace) -> None:
        self._waits = True
        self._number += 1
        number, image = self._number, frame.image
        tasks.run(lambda: put(place.trial, number, image), lambda _: None, self._on_not_given)

    def _on_not_given(self, error: Exception) -> None:
        self._waits = False
        log.station.warning("a frame cannot be tried: %s", sentence_of(error))

    @pyqtSlot(object)
    def _on_told(self, told: dict[str, Any]) -> None:
        if "ready" in told:
            self.is_ready = True
            self.changed.emit()
            return
        self._waits = False
        try:
            tried, spent = Tried(**told["tried"]), float(told["ms"])
        except (KeyError, TypeError, ValueError):
            log.station.warning("the trial said something that is not understood: %r", told)
            return
        overlay = None
        if tried.overlay and self._place is not None:
            overlay = self._place.trial / tried.overlay
        self.judged.emit(LiveTried(tried, overlay, spent))

    @pyqtSlot(object)
    def _on_ended(self, _: object) -> None:
        self._on_failed("")

    @pyqtSlot(str)
    def _on_failed(self, sentence: str) -> None:
        self.is_ready = self._waits = False
        self._feed.arrived.disconnect(self._on_arrived)
        self.changed.emit()
        self.failed.emit(sentence)
