"""The thread of a candidate: judges what the line has judged, in the time the line leaves."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from PyQt5.QtCore import QObject, QThread, pyqtSignal

from app import log
from app.i18n import tr
from app.inspection.judgement import Inspection
from app.inspection.pipeline import inspect
from app.inspection.recipe import Recipe
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.station.inference import Predictor
from app.station.low_priority import lower_this_thread
from app.station.messages import sentence_of
from app.station.offer import Offer
from app.station.services import Services
from app.station.shadow_pace import OwnTime, Pace
from app.station.shadow_status import ShadowPair
from app.station.swap_preparing import check_candidate, prepare_candidate

OUT_OF_MEMORY = "out-of-memory"
"""How the reason of an ERROR begins whose cause was the memory, see `app.inspection.pipeline`."""


@dataclass(frozen=True, slots=True, eq=False)
class _Chance:
    """An offer, and when the line's next frame is due, seconds, monotonic; 0: not known."""

    offer: Offer
    due: float


class _Useless(Exception):
    """The candidate gave nothing to compare; the message is a reason with its code."""


class ShadowThread(QThread):
    """Loads a candidate and judges offers, one at a time, the newest; never the line's thread.

    It begins with a part only if the line has nothing to do until it will be done: no frame
    waits, and the next one is due later than the candidate is expected to take. Sources that
    wait for the judge are never late, so there it may always begin. Its thread has a low
    priority, for the times when a prediction was wrong.

    Signals (the first argument is `number`):
        prepared: The candidate is warm. arg: its CheckpointInfo.
        judged: A part was judged. arg: ShadowPair.
        failed: The candidate cannot be used (any more). arg: a sentence.

    Args:
        number: Told with every signal, so that late ones can be known.
        path: The candidate.
        recipe: Recipe in force.
        judge_sha256: Hash of the checkpoint in force; parts of another one are passed over.
        services: For the check and the model.
    """

    prepared = pyqtSignal(int, object)
    judged = pyqtSignal(int, object)
    failed = pyqtSignal(int, str)

    def __init__(
        self,
        number: int,
        path: Path,
        recipe: Recipe,
        judge_sha256: str,
        services: Services,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("shadow")
        self._number, self._path, self._services = number, path, services
        self._judge_sha256 = judge_sha256
        self._base = recipe
        self._recipe = recipe.with_checkpoint(str(path))
        self._candidate: Predictor | None = None
        self._pace = Pace()
        self._own = OwnTime()
        self._newest: deque[_Chance] = deque(maxlen=1)
        self._wake = threading.Event()
        self._stopping = self._held = self._is_busy = False
        # Two counters, each counted up by one thread alone: no lock.
        self._passed_by = self._declined = 0

    @property
    def candidate(self) -> Predictor | None:
        """The model once it is warm; None before and after."""
        return self._candidate

    @property
    def skipped(self) -> int:
        """Parts that were let go by; may be read from any thread."""
        return self._passed_by + self._declined

    @property
    def median_ms(self) -> float:
        """Median time for a part lately, milliseconds."""
        return self._own.median_ms

    def offer(self, offer: Offer) -> None:
        """Take a part that the line has judged, or let it go by; the line's thread calls it."""
        frame, record = offer.inspection.frame, offer.inspection.record
        if frame is None:
            return
        self._pace.arrived(frame.number, frame.taken)
        if self._candidate is None or not self._is_comparable(record):
            return
        if self._held or self._is_busy or self._newest:
            self._passed_by += 1
            return
        self._newest.append(_Chance(offer, self._pace.next_due()))
        self._wake.set()

    def hold(self, held: bool) -> None:
        """Judge nothing, or go on."""
        self._held = held

    def stop(self) -> None:
        """Ask the thread to end after the part in hand; returns at once."""
        self._stopping = True
        self._wake.set()

    def run(self) -> None:
        """Load, then judge until `stop` or a failure; Qt calls it."""
        try:
            self._prepare()
            while not self._stopping:
                self._wake.wait()
                self._wake.clear()
                if not self._stopping:
                    self._take()
        except _Useless as reason:
            self._fail(str(reason))
        except MemoryError:
            self._fail(OUT_OF_MEMORY)
        except Exception as error:  # noqa: BLE001 - told below
            # Whatever a candidate does, the line judges on.
            if not self._stopping:
                self.failed.emit(self._number, sentence_of(error))
        finally:
            self._candidate = None
            self._newest.clear()

    def _prepare(self) -> None:
        lower_this_thread()
        checked = check_candidate(self._path, self._services, lambda: self._stopping)
        self._own = OwnTime(checked.model_ms / 1000)
        found = prepare_candidate(self._recipe, None, self._services, checked=checked)
        self._candidate = found.predictor
        self.prepared.emit(self._number, found.predictor.info)

    def _take(self) -> None:
        try:
            chance = self._newest.popleft()
        except IndexError:
            return
        self._is_busy = True
        try:
            left = self._time_left(chance)
            spent = chance.offer.inspection.record.latencies
            if left > 0 and self._own.fits(left, (spent.model + spent.decide) / 1000):
                self._judge(chance.offer.inspection, left)
            else:
                self._declined += 1
        finally:
            self._is_busy = False

    def _time_left(self, chance: _Chance) -> float:
        """Return the seconds until the line needs the processor; none while a frame waits."""
        if chance.offer.can_wait:
            return math.inf
        if not chance.offer.frames.is_empty:
            return 0.0
        return chance.due - time.monotonic()

    def _judge(self, inspection: Inspection, left: float) -> None:
        frame, candidate, known = inspection.frame, self._candidate, inspection.record
        if frame is None or candidate is None:
            return
        started = time.monotonic()
        recipe = self._recipe_for(inspection.recipe)
        found = inspect(frame, candidate, recipe, known.context, is_live=False).record
        took = time.monotonic() - started
        if found.verdict is Verdict.ERROR:
            raise _Useless("; ".join(found.decision.reasons))
        self._own.took(took, left)
        pair = ShadowPair(
            known.id,
            known.taken_utc,
            known.verdict,
            known.score,
            found.verdict,
            found.score,
            took * 1000,
        )
        self.judged.emit(self._number, pair)

    def _is_comparable(self, record: InspectionRecord) -> bool:
        return (
            record.verdict is not Verdict.ERROR
            and record.recipe == self._base.name
            and record.checkpoint_sha256 == self._judge_sha256
        )

    def _recipe_for(self, used: Recipe) -> Recipe:
        """Return the recipe that a part was judged by, with the candidate and its limits."""
        if used is not self._base:
            self._base, self._recipe = used, used.with_checkpoint(str(self._path))
        return self._recipe

    def _fail(self, reason: str) -> None:
        log.station.warning("the shadow has ended: %s", reason)
        if reason.startswith(OUT_OF_MEMORY):
            text = tr("Memory does not suffice for a second checkpoint; the shadow has ended.")
        else:
            text = tr("The candidate gave no usable result ({reason}); the shadow has ended.")
        self.failed.emit(self._number, text.format(reason=reason))
