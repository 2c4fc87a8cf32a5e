"""A candidate that judges the line's frames beside the checkpoint in force, without a say."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PyQt5.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from app import log
from app.i18n import tr
from app.station import tasks
from app.station.in_force import InForce
from app.station.offer import Offer
from app.station.services import Services
from app.station.shadow_events import (
    begun_event,
    disagreement_event,
    ended_event,
    stored_disagreements,
)
from app.station.shadow_status import Disagreement, ShadowPair, ShadowState, ShadowStatus
from app.station.shadow_thread import ShadowThread
from app.station.swapping import Swapped, Swapping
from model.types import CheckpointInfo

__all__ = ["REMEMBERED", "Disagreement", "Shadow", "ShadowPair", "ShadowState", "ShadowStatus"]

REMEMBERED = 200
"""So many disagreements stay in memory; the list in the store is longer."""

EVENTS_AT_MOST = 1000
"""So many disagreements of one candidate become events; more would say nothing new."""

PAIRS_REMEMBERED = 2000
_LOOK_EVERY_MS = 500

# A thread that does not end may not be destroyed: Qt would end the process.
_unending: list[ShadowThread] = []


class Shadow(QObject):
    """Lets a candidate judge what the line judges, in the time that the line leaves.

    It touches no verdict, output or record, may let parts go by, and never lets one wait. All
    methods but `offer` are called in the thread it lives in and return at once.

    ::

        OFF, ENDED --start--> PREPARING --warm--> WATCHING --promote--> PROMOTING
            ^                     |                 |  ^                 |  |
            +--- stop, failure ---+-----------------+  +---- refused ----+  |
            +---------------------------------------- in force now ---------+

    Signals:
        changed: `status` says something else; at most a few times a second.
        disagreed: The candidate found otherwise. arg: the Disagreement.
        ended: The candidate judges no longer. arg: why, one sentence.
        happened: Something to be kept. arg: Event.

    Args:
        services: For the check and the model of the candidate.
        in_force: What judges.
        swapping: Puts the candidate in force.
    """

    changed = pyqtSignal()
    disagreed = pyqtSignal(object)
    ended = pyqtSignal(str)
    happened = pyqtSignal(object)

    def __init__(
        self,
        services: Services,
        in_force: InForce,
        swapping: Swapping,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._services, self._in_force, self._swapping = services, in_force, swapping
        self._status = self._told = ShadowStatus()
        self._thread: ShadowThread | None = None
        self._ending: list[ShadowThread] = []
        self._number = 0
        self._path = Path()
        self._by = ""
        self._judge: CheckpointInfo | None = None
        self._kept = 0
        self._pairs: deque[ShadowPair] = deque(maxlen=PAIRS_REMEMBERED)
        self._found: deque[Disagreement] = deque(maxlen=REMEMBERED)
        self._clock = QTimer(self)
        self._clock.setInterval(_LOOK_EVERY_MS)
        self._clock.timeout.connect(self._tell)
        swapping.done.connect(self._on_swapped)
        swapping.refused.connect(self._on_refused)

    # -- what is known -------------------------------------------------------------------

    @property
    def status(self) -> ShadowStatus:
        """How it stands."""
        thread = self._thread
        if thread is None:
            return self._status
        return replace(self._status, skipped=thread.skipped, model_ms=thread.median_ms)

    @property
    def pairs(self) -> tuple[ShadowPair, ...]:
        """The newest parts that both have judged, oldest first; at most `PAIRS_REMEMBERED`."""
        return tuple(self._pairs)

    # -- requests ------------------------------------------------------------------------

    def start(self, path: Path, by: str = "") -> None:
        """Check and load a candidate and let it judge beside; one that judges is ended.

        Args:
            path: The candidate.
            by: Who wants it, for the record.
        """
        self._end(tr("Another candidate takes its place."))
        judge, recipe = self._in_force.predictor, self._in_force.recipe
        if judge is None:
            sentence = tr("No model is loaded yet; wait or choose a checkpoint.")
            self._set(ShadowStatus(ShadowState.ENDED, sentence=sentence))
            self.ended.emit(sentence)
            return
        self._number += 1
        self._path, self._by, self._judge, self._kept = Path(path), by, judge.info, 0
        self._pairs.clear()
        self._found.clear()
        thread = ShadowThread(
            self._number, self._path, recipe, judge.info.sha256, self._services, self
        )
        thread.prepared.connect(self._on_prepared)
        thread.judged.connect(self._on_judged)
        thread.failed.connect(self._on_failed)
        thread.finished.connect(self._on_finished)
        self._thread = thread
        text = tr("Candidate {name} is being checked and loaded.").format(name=self._path.name)
        self._set(ShadowStatus(ShadowState.PREPARING, sentence=text, recipe=recipe.name))
        self._clock.start()
        thread.start(ShadowThread.Priority.LowPriority)

    def stop(self) -> None:
        """End the candidate; its figures stay."""
        self._end(tr("The shadow was ended."))

    def promote(self, by: str, why: str) -> None:
        """Put the candidate in force; it is warm already. `Station.swapping` says how it goes.

        Args:
            by: Who wants it; needed.
            why: Why; needed.
        """
        thread = self._thread
        candidate = thread.candidate if thread else None
        if thread is None or candidate is None or self._status.state is not ShadowState.WATCHING:
            self._swapping.refuse(tr("No candidate judges beside; there is nothing to promote."))
            return
        self.hold(True)
        self._set(replace(self._status, state=ShadowState.PROMOTING, sentence=""))
        self._swapping.activate(self._path, by, why, candidate)

    def hold(self, held: bool) -> None:
        """Let the candidate judge nothing for a while, or go on."""
        if self._thread is not None:
            self._thread.hold(held)

    def offer(self, offer: Offer) -> None:
        """Offer a part that the line has judged; called on the line's thread, never waits."""
        thread = self._thread
        if thread is not None:
            thread.offer(offer)

    def restore(self) -> None:
        """Look up the disagreements that earlier runs of the program have kept."""
        store = self._services.store
        tasks.run(lambda: stored_disagreements(store), self._on_restored, self._on_not_restored)

    def close(self, timeout_s: float = 10.0) -> bool:
        """End everything; blocks, for the exit. False if a thread hangs."""
        self._end(tr("The program was closed."))
        ended = True
        for thread in self._ending:
            if not thread.wait(int(timeout_s * 1000)):
                log.station.critical("the thread of a candidate does not end")
                thread.setParent(None)
                _unending.append(thread)
                ended = False
        self._ending.clear()
        return ended

    @pyqtSlot()
    def follow(self) -> None:
        """End the candidate if what it is compared with judges no longer."""
        if not self._status.is_on or self._status.state is ShadowState.PROMOTING:
            return
        recipe, judge = self._in_force.recipe, self._in_force.predictor
        if recipe.name != self._status.recipe:
            text = tr("Recipe {name} is in force now; the shadow has ended.")
            self._end(text.format(name=recipe.name))
        elif judge is not None and self._judge and judge.info.sha256 != self._judge.sha256:
            text = tr("Checkpoint {name} is in force now; the shadow has ended.")
            self._end(text.format(name=judge.info.name))

    # -- what the thread says ------------------------------------------------------------

    @pyqtSlot(int, object)
    def _on_prepared(self, number: int, candidate: CheckpointInfo) -> None:
        judge = self._judge
        if number != self._number or self._thread is None or judge is None:
            return
        if candidate.sha256 == judge.sha256:
            text = tr("Checkpoint {name} judges already; nothing was changed.")
            self._end(text.format(name=candidate.name))
            return
        state, now = ShadowState.WATCHING, datetime.now(UTC)
        self._set(replace(self._status, state=state, candidate=candidate, sentence="", since=now))
        recipe, station = self._status.recipe, self._in_force.context.station
        self.happened.emit(begun_event(candidate, judge, recipe, station, self._by))

    @pyqtSlot(int, object)
    def _on_judged(self, number: int, pair: ShadowPair) -> None:
        if number != self._number or self._thread is None:
            return
        status = self._status
        self._pairs.append(pair)
        if not pair.agrees:
            self._note(pair)
        agreed, found = status.agreed + pair.agrees, tuple(self._found)
        self._status = replace(status, judged=status.judged + 1, agreed=agreed, disagreements=found)

    def _note(self, pair: ShadowPair) -> None:
        candidate, judge = self._status.candidate, self._judge
        if candidate is None or judge is None:
            return
        found = Disagreement(
            record_id=pair.record_id,
            taken_utc=pair.taken_utc,
            verdict=pair.verdict,
            score=pair.score,
            candidate_verdict=pair.candidate_verdict,
            candidate_score=pair.candidate_score,
            recipe=self._status.recipe,
            checkpoint=judge.name,
            checkpoint_sha256=judge.sha256,
            candidate=candidate.name,
            candidate_sha256=candidate.sha256,
        )
        self._found.appendleft(found)
        if self._kept < EVENTS_AT_MOST:
            self._kept += 1
            self.happened.emit(disagreement_event(found, self._in_force.context.station))
        self.disagreed.emit(found)

    @pyqtSlot(int, str)
    def _on_failed(self, number: int, sentence: str) -> None:
        if number == self._number:
            self._end(sentence)

    @pyqtSlot()
    def _on_finished(self) -> None:
        for thread in [one for one in self._ending if one.isFinished()]:
            self._ending.remove(thread)
            thread.deleteLater()

    # -- promotion -----------------------------------------------------------------------

    @pyqtSlot(object)
    def _on_swapped(self, swapped: Swapped) -> None:
        if self._status.state is ShadowState.PROMOTING:
            text = tr("Candidate {name} was promoted; it judges now.")
            self._end(text.format(name=swapped.after.name))

    @pyqtSlot(str)
    def _on_refused(self, sentence: str) -> None:
        if self._status.state is not ShadowState.PROMOTING:
            return
        self.hold(False)
        self._set(replace(self._status, state=ShadowState.WATCHING, sentence=sentence))
        self.follow()

    # -- telling -------------------------------------------------------------------------

    def _end(self, sentence: str) -> None:
        """End the candidate if there is one, and say why."""
        thread = self._thread
        if thread is None:
            return
        self._clock.stop()
        last = replace(self.status, state=ShadowState.ENDED, sentence=sentence)
        self._thread = None
        self._ending.append(thread)
        thread.stop()
        self._on_finished()
        if last.since is not None:
            self.happened.emit(ended_event(last, self._in_force.context.station, self._kept))
        self._set(last)
        self.ended.emit(sentence)

    @pyqtSlot()
    def _tell(self) -> None:
        if self.status != self._told:
            self._told = self.status
            self.changed.emit()

    def _set(self, status: ShadowStatus) -> None:
        self._status = status
        self._tell()

    def _on_restored(self, found: tuple[Disagreement, ...]) -> None:
        if self._status.state is ShadowState.OFF:
            self._set(replace(self._status, disagreements=found[:REMEMBERED]))

    def _on_not_restored(self, error: Exception) -> None:
        # The station says by itself that its database does not work.
        log.station.info("earlier disagreements cannot be read: %s", error)
