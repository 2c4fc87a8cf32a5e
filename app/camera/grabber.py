"""Keeps frames coming from a camera that may stall, die and return.

Liveness is judged by new frames, never by return values: a read that hangs is given up
after a deadline of our own, its reader thread is left to release its source by itself, and
a new reader with a new source takes its place.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from app.camera.buffer import BufferFull, FrameBuffer
from app.camera.frame import BadFrame, Frame
from app.camera.picture_watch import PictureFault, PictureWatch
from app.camera.reader import Outcome, Reader
from app.camera.source import FrameSource, PacedSource, SettableSource
from app.camera.status import CameraState, CameraStatus
from app.errors import ExpectedError
from app.i18n import N_, tr

log = logging.getLogger("camera")

__all__ = ["CameraState", "CameraStatus", "Grabber"]

READ_DEADLINE_S = 1.5
"""A live camera that shows nothing new for this long is lost; announced within 2 s."""

OPEN_DEADLINE_S = 6.0
FILE_DEADLINE_S = 30.0
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 1.0
"""Longer pauses between attempts would break the promise of 3 s until recovery."""

MOST_HANGING = 4
"""Readers that hang in the driver at the same time; more would only add to the trouble."""

_LOOK_EVERY_S = 0.05
_TELL_EVERY_S = 1.0
_RATE_OVER_S = 2.0
_PICTURE_WORDS = {
    "black": N_("The camera sends black pictures; check light, lens cap and exposure."),
    "frozen": N_("The camera sends the same picture again and again; restart the camera."),
}


class Grabber:
    """Thread that hands every frame of a camera to the buffers and minds the connection.

    A live source that fails is opened anew for ever. A file or folder that fails is not:
    it would begin again at the first picture; it ends as LOST, with its reason. Frames are
    numbered across reconnections. A trigger that meets a full buffer, and a picture that
    cannot be read, reach the consumer as a `BadFrame`.

    Args:
        make_source: Returns a fresh source; called for each connection.
        buffers: Where every frame goes. They are closed when no more frames will come.
        on_status: Told of every change of state at once, and once a second besides; called
            in the grabber's thread, must not block.
    """

    def __init__(
        self,
        make_source: Callable[[], FrameSource],
        buffers: Sequence[FrameBuffer],
        on_status: Callable[[CameraStatus], None],
    ) -> None:
        self._make_source, self._buffers, self._on_status = make_source, tuple(buffers), on_status
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="grabber", daemon=True)
        self._readers: list[Reader] = []
        self._reader: Reader | None = None
        self._watch = PictureWatch()
        self._arrivals: deque[float] = deque()
        self._count = 0
        self._picture_fault: PictureFault = ""
        self._refused = ""
        self._state, self._message, self._reconnects = CameraState.CLOSED, "", 0
        self._told: tuple[object, ...] = ()
        self._told_at = 0.0

    @property
    def status(self) -> CameraStatus:
        """The state of this moment; from any thread."""
        now = time.monotonic()
        with self._lock:
            recent = [at for at in self._arrivals if now - at <= _RATE_OVER_S]
            span = recent[-1] - recent[0] if len(recent) > 1 else 0.0
            away = self._state is not CameraState.STREAMING
            message = self._message
            if self._picture_fault and not away:
                message = tr(_PICTURE_WORDS[self._picture_fault])
            return CameraStatus(
                state=self._state,
                message=message,
                fps=(len(recent) - 1) / span if span > 0 and not away else 0.0,
                frames=self._count,
                dropped=sum(buffer.dropped for buffer in self._buffers),
                reconnects=self._reconnects,
                last_frame_at=self._arrivals[-1] if self._arrivals else None,
                picture_fault=self._picture_fault,
                refused="" if away else self._refused,
            )

    def start(self) -> None:
        """Begin; a grabber is started once."""
        self._thread.start()

    def stop(self, timeout_s: float = 1.0) -> bool:
        """End and close the buffers, even while a read hangs.

        Returns:
            False if a reader still hangs in the driver; it releases its source by itself.
        """
        until = time.monotonic() + timeout_s
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(max(0.0, until - time.monotonic()))
        for buffer in self._buffers:
            buffer.close()
        for reader in self._readers:
            reader.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in (self._thread, *self._readers))

    # --- grabber thread ---

    def _run(self) -> None:
        try:
            self._keep_connected()
        except Exception:
            log.exception("the grabber failed")
            self._change(CameraState.LOST, tr("The camera connection failed: see the log."))
        finally:
            for buffer in self._buffers:
                buffer.close()
            if self._stopping.is_set():
                self._change(CameraState.CLOSED, "")

    def _keep_connected(self) -> None:
        """Connect, watch, pause, again; until stopped or a finite source is through."""
        self._change(CameraState.CONNECTING, "")
        pause = FIRST_PAUSE_S
        while not self._stopping.is_set():
            reader, outcome = self._connect()
            if reader is not None:
                outcome = self._mind(reader)
                self._leave(reader)
            if self._stopping.is_set():
                return
            if outcome.ended:
                self._change(CameraState.ENDED, "")
                return
            self._lose(outcome)
            if reader is not None and not reader.source.is_live:
                return
            pause = FIRST_PAUSE_S if reader is not None and reader.was_steady else pause
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _connect(self) -> tuple[Reader | None, Outcome]:
        """Start a reader on a fresh source, unless too many hang already."""
        self._readers = [reader for reader in self._readers if reader.is_alive()]
        if len(self._readers) >= MOST_HANGING:
            text = tr("The camera driver hangs; unplug the camera or restart the computer.")
            return None, Outcome(message=text)
        try:
            source = self._make_source()
        except ExpectedError as error:
            return None, Outcome(message=str(error))
        reader = Reader(source, self._take)
        with self._lock:
            self._reader = reader
            self._watch = PictureWatch()
        self._readers.append(reader)
        reader.start()
        return reader, Outcome()

    def _mind(self, reader: Reader) -> Outcome:
        """Watch one reader until it ends, hangs or is no longer wanted."""
        while not self._stopping.is_set():
            reader.news.wait(_LOOK_EVERY_S)
            reader.news.clear()
            if reader.started_streaming and reader.outcome is None:
                self._found(reader)
            if reader.outcome is not None:
                return reader.outcome
            stuck = reader.stuck_for(time.monotonic())
            if stuck > _deadline(reader):
                text = tr("{name} has sent nothing for {seconds:.1f} s; check cable and power.")
                name = reader.source.description
                return Outcome(message=text.format(name=name, seconds=stuck))
            self._tell()
        return Outcome()

    def _leave(self, reader: Reader) -> None:
        """Take no more frames of this reader; it ends in its own time."""
        with self._lock:
            self._reader = None
            self._picture_fault = ""
        reader.cancel()

    def _found(self, reader: Reader) -> None:
        """The first frame of a connection is there."""
        if self._state is CameraState.STREAMING:
            return
        came_back = self._state is CameraState.LOST
        with self._lock:
            self._reconnects += came_back
            source = reader.source
            self._refused = source.refused if isinstance(source, SettableSource) else ""
        log.info("streaming from %s", source.description)
        if self._refused:
            log.warning("camera settings: %s", self._refused)
        self._change(CameraState.STREAMING, "")

    def _lose(self, outcome: Outcome) -> None:
        """Announce a fault; further failed attempts to connect are not worth a line."""
        if self._state is not CameraState.LOST:
            log.warning("camera lost: %s", outcome.message, exc_info=outcome.bug)
        self._change(CameraState.LOST, outcome.message)

    def _change(self, state: CameraState, message: str) -> None:
        with self._lock:
            self._state, self._message = state, message
        self._tell()

    def _tell(self) -> None:
        """Call `on_status` if something changed or a second has passed."""
        status, now = self.status, time.monotonic()
        seen = (status.state, status.message, status.picture_fault)
        if seen == self._told and now - self._told_at < _TELL_EVERY_S:
            return
        fault_before = self._told[2] if self._told else ""
        if status.picture_fault != fault_before and status.state is CameraState.STREAMING:
            log.warning("camera picture: %s", status.picture_fault or "good again")
        self._told, self._told_at = seen, now
        try:
            self._on_status(status)
        except Exception:
            log.exception("a listener of the camera failed")

    # --- reader threads ---

    def _take(self, reader: Reader, item: Frame | BadFrame) -> None:
        """Number one frame and hand it to the buffers, unless its reader was given up."""
        now = time.monotonic()
        with self._lock:
            if reader is not self._reader:
                return
            number, self._count = self._count, self._count + 1
            self._arrivals.append(now)
            while now - self._arrivals[0] > _RATE_OVER_S:
                self._arrivals.popleft()
            if isinstance(item, Frame) and reader.source.is_live:
                self._picture_fault = self._watch.look(item.image, item.taken)
        numbered = dataclasses.replace(item, number=number)
        for buffer in self._buffers:
            self._hand_over(reader, buffer, numbered)

    def _hand_over(self, reader: Reader, buffer: FrameBuffer, item: Frame | BadFrame) -> None:
        try:
            while not buffer.put(item, timeout=0.1):
                if reader.cancelled or self._stopping.is_set() or buffer.closed:
                    return
        except BufferFull:
            text = tr("Part {number} was not inspected: the station is too slow for the line.")
            now, message = datetime.now(UTC), text.format(number=item.number)
            buffer.put(BadFrame(item.number, item.taken, now, item.source, message))


def _deadline(reader: Reader) -> float:
    """How long a call into the source may last before the camera counts as lost, seconds."""
    source = reader.source
    if not source.is_live:
        return FILE_DEADLINE_S
    if reader.is_opening:
        return OPEN_DEADLINE_S
    return READ_DEADLINE_S + (source.period_s if isinstance(source, PacedSource) else 0.0)
