"""One opening of the camera: grabber, buffer and inference thread, made and ended together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal

from app import log
from app.camera.buffer import FrameBuffer
from app.camera.frame import Frame
from app.camera.grabber import Grabber
from app.camera.source import FrameSource
from app.camera.status import CameraStatus
from app.i18n import tr
from app.inspection.judgement import Inspection
from app.inspection.recipe import Recipe
from app.station import tasks
from app.station.inference import InferenceThread, Setup
from app.station.messages import sentence_of
from app.station.offer import Offer
from app.station.picture import PictureSlot

TRIGGERS_WAITING = 64
GRABBER_STOP_S = 1.5
INFERENCE_STOP_S = 60.0

# A thread that does not end may not be destroyed: Qt would end the process. Such a thread
# is kept here until it ends or the process does.
_unending: list[InferenceThread] = []


@dataclass(frozen=True, slots=True)
class Plan:
    """How frames come to the judge.

    Attributes:
        is_live: Frames come by themselves.
        every: Every frame is judged in order; otherwise the newest wins.
        waits: The source waits for the judge instead of overflowing.
    """

    is_live: bool
    every: bool
    waits: bool

    @classmethod
    def of(cls, source: FrameSource, recipe: Recipe, every: bool = False) -> Plan:
        """Return the plan of a recipe.

        Args:
            source: An unopened source of the recipe's camera.
            recipe: Its trigger mode counts for live sources; files are always judged whole.
            every: Judge every frame of a source that can wait, whatever the recipe says.
        """
        can_wait = not source.is_live or (every and recipe.camera.startswith("sim:"))
        return cls(source.is_live and not can_wait, can_wait or recipe.trigger == "every", can_wait)

    def buffer(self) -> FrameBuffer:
        """Return the buffer whose overflow policy fits."""
        if self.waits:
            return FrameBuffer(2, wait=True)
        if self.every:
            return FrameBuffer(TRIGGERS_WAITING, overwrite=False)
        return FrameBuffer(1, overwrite=True)


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """Where pictures for the window go.

    Attributes:
        pictures: Takes the newest picture.
        side: Longer side of the pictures, pixels.
    """

    pictures: PictureSlot
    side: int


class Line(QObject):
    """Runs from `open` to the end of `close`; a new one is made for the next opening.

    Signals:
        camera_changed: What the camera does. arg: CameraStatus.
        ended: The judging has ended, because it was asked to or frames have run out.
        failed: A judged part could not be handed on. arg: A sentence.
        closed: Asked for by `end`: everything is closed.
            arg: list[str], sentences on what went wrong with it.

    Args:
        plan: How frames come to the judge.
        setup: What judges the first frame.
        keep: Takes every judged part; called on the inference thread.
        make_source: Makes an unopened source of a camera URI, also for reconnections.
        screen: Where pictures go; None for no pictures.
        quota: End after this many judged frames; 0 for no end.
        beside: Is offered every judged part.
    """

    camera_changed = pyqtSignal(object)
    ended = pyqtSignal()
    failed = pyqtSignal(str)
    closed = pyqtSignal(object)

    def __init__(
        self,
        plan: Plan,
        setup: Setup,
        keep: Callable[[Inspection], None],
        make_source: Callable[[str], FrameSource],
        screen: Screen | None = None,
        quota: int = 0,
        beside: Callable[[Offer], None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        uri = setup.recipe.source_uri
        self._runs = (uri, plan)
        self._frames = plan.buffer()
        # The status is emitted on the capture thread; Qt queues it into this one.
        self._grabber = Grabber(lambda: make_source(uri), [self._frames], self._tell_camera)
        self.inference = InferenceThread(
            self._frames,
            setup,
            keep,
            is_live=plan.is_live,
            counts_triggers=plan.is_live and plan.every,
            pictures=screen.pictures if screen else None,
            picture_side=screen.side if screen else 0,
            quota=quota,
            beside=beside,
            parent=self,
        )
        self.inference.failed.connect(self.failed)
        self.inference.finished.connect(self.ended)

    @property
    def camera(self) -> CameraStatus:
        """What the capture thread says now."""
        return self._grabber.status

    @property
    def newest_frame(self) -> Frame | None:
        """The newest frame that has come, judged or not; None before the first."""
        return self._frames.newest

    @property
    def superseded(self) -> int:
        """Frames that a newer one has replaced before they were judged."""
        return self._frames.dropped

    @property
    def lost_triggers(self) -> int:
        """Triggers that met a full buffer; each one has an ERROR record."""
        return self._frames.dropped if self._runs[1].every else 0

    def runs(self, recipe: Recipe, plan: Plan) -> bool:
        """Return whether this line can go on with another recipe, without a new camera."""
        return self._runs == (recipe.source_uri, plan)

    def open(self) -> None:
        """Start both threads; returns at once, the camera is opened on the capture thread."""
        self.inference.start()
        self._grabber.start()

    def end(self) -> None:
        """Close everything in the background; `closed` follows, whatever fails."""
        self.inference.stop()
        tasks.run(self.close, self._on_closed, self._on_close_failed)

    def _tell_camera(self, status: CameraStatus) -> None:
        # A camera that hangs may outlive the line; a bare `emit` would not keep it in memory.
        if not sip.isdeleted(self):
            self.camera_changed.emit(status)

    def _on_closed(self, problems: list[str]) -> None:
        self.closed.emit(problems)

    def close(self) -> list[str]:
        """Close everything. Blocks, so not on the GUI thread.

        Returns:
            What could not be ended in time, in sentences for people; empty if all is well.
        """
        problems: list[str] = []
        self.inference.stop()
        try:
            if not self._grabber.stop(GRABBER_STOP_S):
                problems.append(
                    tr("The camera did not answer when it was closed; check its cable.")
                )
        finally:
            # The inference thread must end even if closing the camera raises.
            self._frames.close()
            if not self.inference.wait(int(INFERENCE_STOP_S * 1000)):
                log.station.critical("the inference thread does not end")
                problems.append(tr("The model does not answer; restart the program."))
        return problems

    def dispose(self) -> None:
        """Free the closed line; one whose thread does not end is kept, or Qt would abort."""
        if self.inference.isRunning():
            self.inference.setParent(None)
            _unending.append(self.inference)
        self.deleteLater()

    def _on_close_failed(self, error: Exception) -> None:
        self.closed.emit([sentence_of(error)])
