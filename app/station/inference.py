"""The thread that judges: one frame at a time, away from the GUI thread."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, assert_never

from PyQt5.QtCore import QObject, QThread, pyqtSignal

from app import log
from app.camera.buffer import FrameBuffer
from app.camera.frame import BadFrame, Frame
from app.inspection import judgement
from app.inspection.judgement import Inspection, Origin
from app.inspection.pipeline import inspect, inspect_missing
from app.inspection.preview import preview
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.station.offer import Offer
from app.station.picture import Picture, PictureSlot, live_picture

_POLL_S = 0.1
_LIVE_PERIOD_S = 1 / 15
_DRAIN_S = 1.0


class Predictor(judgement.Predictor, Protocol):
    """What the station needs of a predictor beyond the pipeline."""

    @property
    def device_name(self) -> str:
        """Where it runs, for people."""


@dataclass(frozen=True, slots=True, eq=False)
class Setup:
    """What judges the next frame; replaced as a whole, between two frames."""

    predictor: Predictor | None
    recipe: Recipe
    context: Context


@dataclass(frozen=True, slots=True)
class Progress:
    """How the judging goes.

    Attributes:
        judged: Frames judged by this thread.
        per_second: Frames judged per second over the last few.
        model_ms: Time of the last prediction, milliseconds.
        taken: When the last judged frame was taken, seconds, monotonic; None before the first.
    """

    judged: int = 0
    per_second: float = 0.0
    model_ms: float = 0.0
    taken: float | None = None


class Mode(Enum):
    """What happens to the next frame: judged, only shown, or judged once and then shown."""

    JUDGE = "judge"
    WATCH = "watch"
    SHOOT = "shoot"


class InferenceThread(QThread):
    """Takes frames from a buffer, judges them, hands them on. One loop, never terminated.

    It ends when `stop` is called, when the buffer is closed and empty, or after `quota`
    frames. Whatever fails for one frame ends in an ERROR record or in `failed`, and the
    loop goes on.

    Signals:
        shot_judged: The single shot has its record.
        failed: A judged part could not be handed on. arg: What went wrong, for people.

    Args:
        frames: Where frames come from.
        setup: What judges the first frame.
        keep: Takes every judged part; blocks while it has no room.
        is_live: False if frames are read at our pace: then none is taken while paused.
        counts_triggers: True if every frame must end in a record, also those that wait
            when `stop` is called.
        pictures: Where pictures for the window go; None for no pictures.
        picture_side: Their longer side, pixels.
        quota: End after this many judged frames; 0 for no end.
        beside: Is offered every judged part when all is done with it; must return at once.
    """

    shot_judged = pyqtSignal()
    failed = pyqtSignal(str)

    def __init__(
        self,
        frames: FrameBuffer,
        setup: Setup,
        keep: Callable[[Inspection], None],
        *,
        is_live: bool = True,
        counts_triggers: bool = False,
        pictures: PictureSlot | None = None,
        picture_side: int = 1280,
        quota: int = 0,
        beside: Callable[[Offer], None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("inference")
        self._pictures = pictures
        self._progress = Progress()
        self._frames = frames
        self._setup = setup
        self._keep = keep
        self._is_live = is_live
        self._counts_triggers = counts_triggers
        self._picture_side = picture_side
        self._quota = quota
        self._beside = beside
        self._mode = Mode.WATCH
        self._shot_after = 0.0
        self._stopping = False
        self._wake = threading.Event()
        self._ended_at: deque[float] = deque(maxlen=20)
        self._shown_at = 0.0

    @property
    def progress(self) -> Progress:
        """How it goes; may be read from any thread."""
        return self._progress

    def swap(self, setup: Setup) -> None:
        """Judge with another setup from the next frame on."""
        self._setup = setup

    def judge(self) -> None:
        """Judge every frame from now on."""
        self._set_mode(Mode.JUDGE)

    def watch(self) -> None:
        """Judge nothing; a live source is still shown."""
        self._set_mode(Mode.WATCH)

    def shoot(self) -> None:
        """Judge exactly one frame that is newer than this call, then watch."""
        self._shot_after = time.monotonic()
        self._set_mode(Mode.SHOOT)

    def stop(self) -> None:
        """Ask the loop to end after the frame in hand; returns at once."""
        self._stopping = True
        self._wake.set()

    def run(self) -> None:
        """Judge until there is nothing more to judge; Qt calls it."""
        while not self._stopping and not self._quota_is_met():
            if self._mode is Mode.WATCH and not self._is_live:
                # Frames of files would be lost if they were only looked at.
                self._wake.wait(_POLL_S)
                self._wake.clear()
                continue
            item = self._frames.get(timeout=_POLL_S)
            if item is not None:
                self._take(item)
            elif self._frames.ended:
                return
        if self._counts_triggers and self._mode is Mode.JUDGE and not self._quota_is_met():
            self._drain()

    def _set_mode(self, mode: Mode) -> None:
        self._mode = mode
        self._wake.set()

    def _quota_is_met(self) -> bool:
        return 0 < self._quota <= self._progress.judged

    def _take(self, item: Frame | BadFrame) -> None:
        try:
            match self._mode:
                case Mode.JUDGE:
                    self._judge(item)
                case Mode.WATCH:
                    self._show_live(item)
                case Mode.SHOOT:
                    if self._is_live and item.taken < self._shot_after:
                        self._show_live(item)
                    else:
                        self._shoot(item)
                case never:
                    assert_never(never)
        except Exception as error:  # noqa: BLE001 - reported below
            # One part's fault must not end the shift; the station shows it as a FAULT.
            log.station.exception("frame %s could not be handed on", item.number)
            self.failed.emit(f"A part could not be handled: {str(error) or type(error).__name__}.")

    def _shoot(self, item: Frame | BadFrame) -> None:
        # The mode falls back first: whatever happens, one request judges one frame.
        if self._mode is Mode.SHOOT:
            self._mode = Mode.WATCH
        try:
            self._judge(item)
        finally:
            self.shot_judged.emit()

    def _judge(self, item: Frame | BadFrame) -> None:
        setup = self._setup
        inspection = self._inspected(item, setup)
        self._keep(inspection)
        self._note(inspection)
        if self._pictures is not None:
            self._show(preview(inspection, self._picture_side))
        if self._beside is not None:
            self._beside(Offer(inspection, self._frames, can_wait=not self._is_live))

    def _inspected(self, item: Frame | BadFrame, setup: Setup) -> Inspection:
        if isinstance(item, BadFrame):
            origin = Origin(item.number, item.taken, item.taken_utc, item.source)
            # A camera has no damaged files: what it lacks is a trigger that met a full buffer.
            code = "trigger-lost" if self._is_live else "frame-unreadable"
            fault = f"{code}: {item.message}"
            return inspect_missing(origin, fault, setup.predictor, setup.recipe, setup.context)
        return inspect(item, setup.predictor, setup.recipe, setup.context, is_live=self._is_live)

    def _note(self, inspection: Inspection) -> None:
        now = time.monotonic()
        self._ended_at.append(now)
        span = now - self._ended_at[0]
        self._progress = Progress(
            judged=self._progress.judged + 1,
            per_second=(len(self._ended_at) - 1) / span if span > 0 else 0.0,
            model_ms=inspection.record.latencies.model,
            taken=inspection.record.taken_monotonic,
        )

    def _show_live(self, item: Frame | BadFrame) -> None:
        now = time.monotonic()
        if isinstance(item, BadFrame) or self._pictures is None:
            return
        if now - self._shown_at < _LIVE_PERIOD_S:
            return
        self._shown_at = now
        setup = self._setup
        self._show(live_picture(item, setup.recipe, setup.context, self._picture_side))

    def _show(self, picture: Picture | None) -> None:
        if picture is not None and self._pictures is not None:
            self._pictures.put(picture)

    def _drain(self) -> None:
        """Give every waiting trigger its record: judged while there is time, else ERROR."""
        deadline = time.monotonic() + _DRAIN_S
        while (item := self._frames.get(timeout=0)) is not None:
            if time.monotonic() < deadline:
                self._take(item)
            else:
                self._refuse(item)

    def _refuse(self, item: Frame | BadFrame) -> None:
        setup = self._setup
        origin = Origin(item.number, item.taken, item.taken_utc, item.source)
        fault = "not-judged: the station was stopped"
        try:
            self._keep(inspect_missing(origin, fault, setup.predictor, setup.recipe, setup.context))
        except Exception as error:  # noqa: BLE001 - reported below
            log.station.exception("trigger %s has no record", item.number)
            self.failed.emit(f"A trigger could not be recorded: {error}.")
