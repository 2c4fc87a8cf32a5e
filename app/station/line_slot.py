"""The line that is open, if one is, and what was last known of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PyQt5.QtCore import QObject, pyqtSignal, pyqtSlot

from app.camera.frame import Frame
from app.camera.status import CameraState, CameraStatus
from app.station.inference import InferenceThread, Progress, Setup
from app.station.ledger import Ledger
from app.station.line import Line, Plan, Screen
from app.station.offer import Offer
from app.station.services import Services

_STALE_RATE_S = 2.0


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of the line.

    Attributes:
        camera: What the capture thread says, or said last.
        progress: How the judging goes, or went.
        superseded: Frames dropped because a newer one came.
        age_ms: How long ago the last judged frame was taken, milliseconds; 0 before the first.
        judged_fps: Frames judged per second; 0 when none came for two seconds.
    """

    camera: CameraStatus
    progress: Progress
    superseded: int
    age_ms: float
    judged_fps: float


class LineSlot(QObject):
    """Opens one line at a time and passes its signals on.

    Signals:
        ready: The first frame of this opening has come.
        changed: The camera does something else.
        ended: The judging has ended, asked to or because frames have run out.
        overflowed: Triggers met a full buffer. arg: How many in this opening.
        failed: A judged part could not be handed on. arg: A sentence.
        closed: The slot is empty and what was judged is stored. args: list[str], what went
            wrong with closing, in sentences; False if records still wait for the database.

    Args:
        services: For the camera sources.
        ledger: Takes every judged part.
        screen: Where pictures go; None for no pictures.
        quota: End after this many judged frames; 0 for no end.
        beside: Is offered every judged part, on the inference thread; must return at once.
    """

    ready = pyqtSignal()
    changed = pyqtSignal()
    ended = pyqtSignal()
    overflowed = pyqtSignal(int)
    failed = pyqtSignal(str)
    closed = pyqtSignal(object, bool)

    def __init__(
        self,
        services: Services,
        ledger: Ledger,
        screen: Screen | None,
        quota: int,
        beside: Callable[[Offer], None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._ledger = ledger
        self._screen = screen
        self._quota = quota
        self._beside = beside
        self._line: Line | None = None
        self._had_frame = False
        self._lost_told = 0
        self._camera = CameraStatus()
        self._progress = Progress()
        self._superseded = 0
        self._problems: list[str] = []
        ledger.settled.connect(self._on_settled)

    @property
    def inference(self) -> InferenceThread | None:
        """The thread that judges; None while no line is open."""
        return self._line.inference if self._line else None

    @property
    def has_ended(self) -> bool:
        """True if no thread judges any longer."""
        return self.inference is None or not self.inference.isRunning()

    def look(self) -> Look:
        """Return what is known of the line now."""
        self._remember()
        taken = self._progress.taken
        age_s = 0.0 if taken is None else max(0.0, time.monotonic() - taken)
        rate = self._progress.per_second if age_s < _STALE_RATE_S else 0.0
        return Look(self._camera, self._progress, self._superseded, age_s * 1000, rate)

    def newest_frame(self) -> Frame | None:
        """Return the newest frame of the open camera, read-only; None without one."""
        return self._line.newest_frame if self._line else None

    def check(self) -> None:
        """Look for lost triggers; called now and then."""
        lost = self._line.lost_triggers if self._line else 0
        if lost > self._lost_told:
            self._lost_told = lost
            self.overflowed.emit(lost)

    def runs(self, setup: Setup, plan: Plan) -> bool:
        """Return whether the open line can go on with another setup."""
        return self._line is not None and self._line.runs(setup.recipe, plan)

    def open(self, plan: Plan, setup: Setup, *, watch_only: bool) -> None:
        """Open a line; returns at once. It judges from the first frame, or only watches."""
        keep = self._ledger.keep if plan.is_live else self._ledger.keep_unhurried
        make_source, screen, quota = self._services.make_source, self._screen, self._quota
        line = Line(plan, setup, keep, make_source, screen, quota, self._beside, self)
        line.camera_changed.connect(self._on_camera_changed)
        line.ended.connect(self.ended)
        line.failed.connect(self.failed)
        line.closed.connect(self._on_closed)
        self._line, self._had_frame, self._lost_told = line, False, 0
        if not watch_only:
            line.inference.judge()
        line.open()

    def end(self) -> None:
        """Close the line in the background; `closed` follows, also if none is open."""
        if self._line is None:
            self._settle([])
        else:
            self._line.end()

    def close(self) -> list[str]:
        """Close the line; blocks, for the exit. Returns what went wrong, in sentences."""
        return self._line.close() if self._line else []

    def _remember(self) -> None:
        if self._line is not None:
            self._camera = self._line.camera
            self._progress = self._line.inference.progress
            self._superseded = self._line.superseded

    @pyqtSlot(object)
    def _on_camera_changed(self, status: CameraStatus) -> None:
        # ENDED too: a folder of one image may have been read before we look.
        if not self._had_frame and status.state in (CameraState.STREAMING, CameraState.ENDED):
            self._had_frame = True
            self.ready.emit()
        self.changed.emit()

    @pyqtSlot(object)
    def _on_closed(self, problems: list[str]) -> None:
        self._remember()
        self.check()
        if self._line is not None:
            self._line.dispose()
            self._line = None
        self._settle(problems)

    def _settle(self, problems: list[str]) -> None:
        self._problems = problems
        self._ledger.settle()

    @pyqtSlot(bool)
    def _on_settled(self, complete: bool) -> None:
        self.closed.emit(self._problems, complete)
