"""No part is judged before the golden samples were right, if the recipe wants that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from PyQt5.QtCore import QObject, pyqtSignal

from app import log
from app.errors import ExpectedError, StoreError
from app.golden.check import GoldenCheck, check, unread
from app.golden.details import check_event, override_event
from app.golden.set import GoldenSet
from app.i18n import tr
from app.inspection.golden import GoldenSample
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.station import tasks
from app.station.golden_status import GoldenState, GoldenStatus
from app.station.inference import Predictor
from app.station.machine import Request
from app.station.messages import sentence_of

Why = Literal["start", "shift", "recipe", "checkpoint", "request"]
Result = TypeVar("Result")
Samples = tuple[GoldenSample, ...]


class _Cancelled(Exception):
    """Nobody waits for this check any longer."""


@dataclass(frozen=True, slots=True, eq=False)
class Used:
    """What judges the parts, or would."""

    recipe: Recipe
    predictor: Predictor
    context: Context


class GoldenGate(QObject):
    """Judges the golden samples off the GUI thread and says whether parts may be judged.

    ::

        NONE --> CHECKING --> PASSED           shut: NONE, CHECKING, MOVED
                  ^   |                        open: PASSED, OVERRIDDEN, and always
                  |   +-----> MOVED --+              if the recipe does not want them
                  |             |     | a named person, with a reason
                  +-------------+     v
                  +----------- OVERRIDDEN      any new check ends PASSED and OVERRIDDEN

    A check begins when the recipe or its checkpoint changes (the program's start too), when
    the shift changes, and on request. While the gate is shut, a request to judge parts waits
    here and is given back by `opened`.

    Signals:
        opened: Parts may be judged. arg: the Request that has waited, None if none has.
        closed: No part may be judged from now on; `opened` or `refused` follows.
        refused: The samples are not right; parts may not be judged. arg: a sentence.
        changed: `status` says something else.
        happened: A check or an override, to be kept. arg: Event.

    Args:
        golden: The samples; None where there are none: then a recipe that wants them blocks.
    """

    opened = pyqtSignal(object)
    closed = pyqtSignal()
    refused = pyqtSignal(str)
    changed = pyqtSignal()
    happened = pyqtSignal(object)

    def __init__(self, golden: GoldenSet | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._golden = golden
        self._used: Used | None = None
        self._status = GoldenStatus()
        self._held: Request | None = None
        self._cancelled = threading.Event()
        self._leaving = threading.Event()
        self._known: dict[str, Samples] = {}

    @property
    def status(self) -> GoldenStatus:
        """How it stands."""
        return self._status

    @property
    def is_open(self) -> bool:
        """True if parts may be judged."""
        return self._used is not None and not self._status.blocks

    def use(self, recipe: Recipe, predictor: Predictor, context: Context) -> None:
        """Take note of what judges from now on; `opened` comes at once or after a check."""
        before, self._used = self._used, Used(recipe, predictor, context)
        why = _why(before, self._used)
        if why is not None:
            # Whatever was found before is of another recipe or model.
            self._cancelled.set()
            self._set(GoldenStatus(required=recipe.golden_required))
        if self.is_open:
            self.opened.emit(self._taken())
        elif self._status.state is not GoldenState.CHECKING:
            self._check(why or "request")

    def try_out(
        self,
        recipe: Recipe,
        predictor: Predictor,
        tried: Callable[[GoldenCheck | None], None],
        passed: GoldenCheck | None = None,
    ) -> None:
        """Judge the samples with what does not judge parts yet; the gate stays as it is.

        Args:
            recipe: The recipe that would be in force.
            predictor: Its model.
            tried: Gets the check, in this thread; None if the recipe neither wants nor has
                samples. Nothing is recorded before `adopt`.
            passed: A check that the same recipe and model have passed; given back as it is if
                the samples are still the same.
        """
        golden, known, leaving = self._golden, self._known.get(recipe.name), self._leaving
        used = Used(recipe, predictor, self._used.context if self._used else Context())

        def judged(found: tuple[GoldenCheck, Samples | None]) -> None:
            check = found[0]
            tried(check if recipe.golden_required or check.samples else None)

        def failed(error: Exception) -> None:
            if not isinstance(error, _Cancelled):
                tried(unread(sentence_of(error), predictor, recipe))

        tasks.run(lambda: _judged(golden, known, used, leaving, passed), judged, failed)

    def adopt(
        self,
        recipe: Recipe,
        predictor: Predictor,
        context: Context,
        tried: GoldenCheck | None,
        is_new: bool = True,
    ) -> None:
        """Take note of what judges from now on; its samples were judged by `try_out` already.

        Args:
            recipe: The recipe in force.
            predictor: Its model.
            context: Station, lot, shift, operator.
            tried: The check; it has passed if the recipe wants the samples right.
            is_new: False if it was recorded before.
        """
        self._cancelled.set()
        self._used = Used(recipe, predictor, context)
        state = GoldenState.NONE
        if tried is not None:
            tried = replace(tried, recipe_version=recipe.version)
            if is_new:
                self.happened.emit(check_event(tried, "checkpoint", context.station))
            state = GoldenState.PASSED if tried.passed else GoldenState.MOVED
        self._set(GoldenStatus(state, recipe.golden_required, tried))
        if self.is_open:
            self.opened.emit(self._taken())

    def use_context(self, context: Context) -> None:
        """Take note of station, lot and shift; another shift begins with a check."""
        if self._used is None:
            return
        another = context.shift != self._used.context.shift
        self._used = replace(self._used, context=context)
        if another and self._status.required and self._status.state is not GoldenState.CHECKING:
            self._check("shift")

    def hold(self, request: Request) -> bool:
        """Return whether a request has to wait for the samples; then they are judged anew."""
        if self.is_open:
            return False
        self.check()
        # Last: a check that begins makes the station pause, which forgets what waits.
        self._held = request
        return True

    def forget(self) -> None:
        """Let no request wait any longer: the operator wants something else."""
        self._held = None

    def check(self) -> None:
        """Judge the samples now; ignored while no model is loaded or they are being judged."""
        if self._used is not None and self._status.state is not GoldenState.CHECKING:
            self._check("request")

    def override(self, by: str, reason: str) -> bool:
        """Let production go on although samples have moved, until the next check.

        Args:
            by: Who answers for it; needed.
            reason: Why; needed.

        Returns:
            Whether it holds; False if there is nothing to override or a text is missing.
        """
        by, reason = by.strip(), reason.strip()
        used, done = self._used, self._status.check
        if not (by and reason and used and done and self._status.can_be_overridden):
            return False
        self._set(replace(self._status, state=GoldenState.OVERRIDDEN, by=by, reason=reason))
        station, said = used.context.station, self._status.mark
        self.happened.emit(override_event(done, station, by, reason, said))
        log.station.warning("golden samples overridden by %s: %s", by, reason)
        self.opened.emit(None)
        return True

    def work(
        self,
        job: Callable[[GoldenSet, Recipe, Predictor], Result],
        success: Callable[[Result], None],
        failure: Callable[[Exception], None],
    ) -> None:
        """Run a job with samples, recipe and model on a pool thread, e.g. add a sample.

        Args:
            job: Gets the golden set, the recipe in force and its model.
            success: Gets the result, in this thread.
            failure: Gets the exception, in this thread; at once if no model is loaded.
        """
        golden, used = self._golden, self._used
        if golden is None or used is None:
            failure(ExpectedError(tr("No model is loaded yet; wait or choose a checkpoint.")))
            return
        tasks.run(lambda: job(golden, used.recipe, used.predictor), success, failure)

    def close(self) -> None:
        """End a check that is under way; for the exit."""
        self._cancelled.set()
        self._leaving.set()

    def _check(self, why: Why) -> None:
        used = self._used
        if used is None:
            return
        self._cancelled.set()
        cancelled, golden = threading.Event(), self._golden
        self._cancelled = cancelled
        known = self._known.get(used.recipe.name)
        required = used.recipe.golden_required
        self._set(GoldenStatus(GoldenState.CHECKING, required, self._status.check))
        if required:
            self.closed.emit()
        tasks.run(
            lambda: _judged(golden, known, used, cancelled),
            lambda found: self._on_judged(cancelled, used, why, *found),
            lambda error: self._on_failed(cancelled, used, why, error),
        )

    def _on_failed(
        self, cancelled: threading.Event, used: Used, why: Why, error: Exception
    ) -> None:
        if not isinstance(error, _Cancelled):
            done = unread(sentence_of(error), used.predictor, used.recipe)
            self._on_judged(cancelled, used, why, done, None)

    def _on_judged(
        self,
        cancelled: threading.Event,
        used: Used,
        why: Why,
        done: GoldenCheck,
        samples: Samples | None,
    ) -> None:
        if samples is not None:
            self._known[used.recipe.name] = samples
        event = check_event(done, why, used.context.station)
        log.station.info("golden samples (%s): %s", why, event.text)
        self.happened.emit(event)
        if cancelled.is_set():
            return
        state = GoldenState.PASSED if done.passed else GoldenState.MOVED
        self._set(GoldenStatus(state, used.recipe.golden_required, done))
        if self.is_open:
            self.opened.emit(self._taken())
        else:
            self.forget()
            self.refused.emit(f"{event.text} {tr('Production is blocked until they are right.')}")

    def _taken(self) -> Request | None:
        held, self._held = self._held, None
        return held

    def _set(self, status: GoldenStatus) -> None:
        self._status = status
        self.changed.emit()


def _why(before: Used | None, now: Used) -> Why | None:
    """Return why the samples have to be judged anew; None if the same judges as before."""
    if before is None:
        return "start"
    if before.predictor is not now.predictor:
        return "checkpoint"
    return None if before.recipe == now.recipe else "recipe"


def _judged(
    golden: GoldenSet | None,
    known: Samples | None,
    used: Used,
    cancelled: threading.Event,
    passed: GoldenCheck | None = None,
) -> tuple[GoldenCheck, Samples | None]:
    """Judge the samples; those known from before if the database cannot be asked."""
    if golden is None:
        problem = tr("This station keeps no golden samples.")
        return unread(problem, used.predictor, used.recipe), None
    try:
        samples: Samples = tuple(golden.samples(used.recipe.name))
    except StoreError as error:
        if known is None:
            return unread(str(error), used.predictor, used.recipe), None
        log.station.warning("the golden samples known from before are judged: %s", error)
        samples = known
    if passed is not None and _is_of(passed, samples):
        return passed, samples

    def go_on(done: int, total: int) -> None:
        if cancelled.is_set():
            raise _Cancelled

    station = used.context.station
    done = check(samples, golden.load, used.predictor, used.recipe, station, go_on)
    return done, samples


def _is_of(done: GoldenCheck, samples: Samples) -> bool:
    """Return whether a check was of these samples, as they are now."""
    then = {(one.id, one.expected, one.expected_score, one.tolerance) for one in done.samples}
    return then == {(one.id, one.verdict, one.score, one.tolerance) for one in samples}
