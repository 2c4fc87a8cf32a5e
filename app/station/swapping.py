"""Another checkpoint takes over while the line runs, or the old one goes on and says why."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from PyQt5.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from app import log
from app.errors import StoreError
from app.golden.check import GoldenCheck
from app.golden.wording import sentence as golden_sentence
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.station import tasks
from app.station.golden_gate import GoldenGate
from app.station.golden_status import GoldenState
from app.station.in_force import InForce
from app.station.inference import Predictor
from app.station.low_priority import gently
from app.station.messages import sentence_of
from app.station.preparing import Prepared
from app.station.previous import (
    Previous,
    PreviousShelf,
    brought_back,
    differ_in_name_alone,
    from_book,
)
from app.station.services import Services
from app.station.swap_events import swapped_event
from app.station.swap_preparing import check_candidate, keep, prepare_candidate
from app.station.swap_status import Swapped, SwapStatus, SwapStep

__all__ = ["SwapStatus", "SwapStep", "Swapped", "Swapping"]

_MIND_EVERY_MS = 30_000


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """What a person asked for, and what was in force then.

    Attributes:
        name: What it is about, for people.
        recipe: The recipe as it would be.
        by: Who wants it.
        why: Why.
        used: The recipe in force when it was asked for.
        judge: The model in force then.
        loaded: The model if it is warm already.
        path: The file of a new checkpoint.
        back_to: What is to be brought back; None for a new checkpoint.
        passed: A golden check that it has passed, just so; None if it has to be judged.
        at: When it was asked for, monotonic seconds.
    """

    name: str
    recipe: Recipe
    by: str
    why: str
    used: Recipe
    judge: Predictor | None
    loaded: Predictor | None = None
    path: Path | None = None
    back_to: Previous | None = None
    passed: GoldenCheck | None = None
    at: float = field(default_factory=time.monotonic)


class Swapping(QObject):
    """Changes of checkpoint by a person, one at a time; `Station.activate` and `roll_back`.

    ::

        PREPARING -> GOLDEN -> KEEPING -> DONE
            |          |         |
            +----------+---------+-> REFUSED: the old one has judged all along, and judges on

    Signals:
        changed: `status` says something else.
        ready: A checkpoint may take over now. args: Prepared; its GoldenCheck or None; whether
            that check is new.
        done: It has taken over. arg: Swapped.
        refused: It has not; the old one judges on. arg: why, one sentence.
        happened: To be kept. arg: Event "checkpoint".

    Args:
        services: For checkpoints, recipes and the check of candidates.
        in_force: What judges.
        golden: The golden samples.
        every: Judge every frame of a source that can wait.
    """

    changed = pyqtSignal()
    ready = pyqtSignal(object, object, bool)
    done = pyqtSignal(object)
    refused = pyqtSignal(str)
    happened = pyqtSignal(object)

    def __init__(
        self,
        services: Services,
        in_force: InForce,
        golden: GoldenGate,
        every: bool = False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._services, self._in_force, self._golden = services, in_force, golden
        self._every = every
        self._status = SwapStatus()
        self._shelf = PreviousShelf(services.spare_mb)
        self._looked_from: Previous | None = None
        self._leaving = threading.Event()
        # Memory may become scarce long after a model was kept warm.
        self._minding = QTimer(self)
        self._minding.setInterval(_MIND_EVERY_MS)
        self._minding.timeout.connect(self._shelf.trim)

    @property
    def status(self) -> SwapStatus:
        """How it stands."""
        return self._status

    @property
    def previous(self) -> Previous | None:
        """What judged the recipe in force before; None if nothing did."""
        known, judge = self._shelf.of(self._in_force.recipe.name), self._in_force.predictor
        if known is not None and judge is not None and known.info.sha256 == judge.info.sha256:
            # It came back by itself, e.g. by a change-over to an earlier version.
            return None
        return known

    def activate(self, path: Path, by: str, why: str, loaded: Predictor | None = None) -> None:
        """Bring a checkpoint into production for the recipe in force.

        Args:
            path: The checkpoint file.
            by: Who wants it; needed.
            why: Why; needed.
            loaded: Its model if it is checked, loaded and warm already.
        """
        used = self._in_force
        name = loaded.info.name if loaded else Path(path).name
        recipe = used.recipe.with_checkpoint(self._services.name_of(Path(path)))
        self._begin(
            _Order(
                name,
                recipe,
                by.strip(),
                why.strip(),
                used.recipe,
                used.predictor,
                loaded,
                path=Path(path),
            )
        )

    def roll_back(self, by: str, why: str) -> None:
        """Bring the checkpoint back that judged the recipe before, with its limits.

        Args:
            by: Who wants it; needed.
            why: Why; needed.
        """
        used, before = self._in_force, self.previous
        if before is None:
            self._refuse(tr("No other checkpoint has judged this recipe before."))
            return
        recipe = brought_back(used.recipe, before.recipe, before.info.sha256)
        known = before.golden if differ_in_name_alone(recipe, before.recipe) else None
        order = _Order(
            before.info.name,
            recipe,
            by.strip(),
            why.strip(),
            used.recipe,
            used.predictor,
            before.predictor,
            back_to=before,
            passed=known,
        )
        self._begin(order)

    @pyqtSlot()
    def look_back(self) -> None:
        """Look in the recipe book what judged the recipe in force before the program began."""
        store, read_info = self._services.store, self._services.read_info
        recipe = self._in_force.recipe
        if read_info is None or self.previous is not None:
            return
        self._looked_from = self._shelf.of(recipe.name)
        tasks.run(
            lambda: from_book(store, recipe, read_info), self._on_looked_back, self._on_not_looked
        )

    def refuse(self, sentence: str) -> None:
        """Say that what a person asked for cannot be done."""
        self._refuse(sentence)

    def close(self) -> None:
        """End a check that is under way; for the exit."""
        self._leaving.set()
        self._minding.stop()

    def remember(self, recipe: Recipe, judge: Predictor) -> None:
        """Note what judged a recipe until now, so that it can be had back."""
        golden = self._golden.status
        passed = golden.check if golden.state is GoldenState.PASSED else None
        self._shelf.put(recipe, judge, passed)
        self._minding.start()

    def _begin(self, order: _Order) -> None:
        if self._status.is_busy:
            text = tr("A change of checkpoint is under way; wait until it has ended.")
            # Not a word about the one under way: its status stays.
            self.refused.emit(text)
            return
        if not (order.by and order.why):
            self._refuse(tr("Say who wants another checkpoint, and why."), order.name)
            return
        self._set(SwapStatus(SwapStep.PREPARING, order.name))
        tasks.run(
            lambda: self._prepared(order),
            lambda prepared: self._on_prepared(order, prepared),
            lambda error: self._on_failed(order, error),
        )

    def _prepared(self, order: _Order) -> Prepared:
        """Return what takes over, warm; called on a pool thread."""
        services, checked = self._services, None
        if order.loaded is None and order.path is not None:
            checked = check_candidate(order.path, services, self._leaving.is_set)

        def prepare() -> Prepared:
            return prepare_candidate(
                order.recipe, order.loaded, services, every=self._every, checked=checked
            )

        # A new candidate leaves the processor to the line; who wants the old one back is in haste.
        return prepare() if order.back_to is not None else gently(prepare)

    def _on_prepared(self, order: _Order, prepared: Prepared) -> None:
        if self._is_overtaken(order):
            return
        judge, found = order.judge, prepared.predictor.info
        if judge is not None and judge.info.sha256 == found.sha256:
            text = tr("Checkpoint {name} judges already; nothing was changed.")
            self._refuse(text.format(name=found.name), order.name)
            return
        self._set(SwapStatus(SwapStep.GOLDEN, order.name))
        self._golden.try_out(
            prepared.recipe,
            prepared.predictor,
            lambda tried: self._on_tried(order, prepared, tried),
            order.passed,
        )

    def _on_tried(self, order: _Order, prepared: Prepared, tried: GoldenCheck | None) -> None:
        if self._is_overtaken(order):
            return
        if prepared.recipe.golden_required and not (tried and tried.passed):
            found = golden_sentence(tried) if tried else ""
            text = tr("Checkpoint {name} was not put in force. {found}")
            self._refuse(text.format(name=order.name, found=found).strip(), order.name)
            return
        self._set(SwapStatus(SwapStep.KEEPING, order.name))
        services = self._services
        tasks.run(
            lambda: keep(
                services,
                order.used,
                prepared.recipe,
                order.by,
                order.why,
                # What was in force may be so again, without asking anybody.
                may_be_used=order.back_to is not None,
            ),
            lambda kept: self._on_kept(order, replace(prepared, recipe=kept), tried),
            lambda error: self._on_not_kept(order, prepared, tried, error),
        )

    def _on_not_kept(
        self, order: _Order, prepared: Prepared, tried: GoldenCheck | None, error: Exception
    ) -> None:
        before = order.back_to
        if before is None or not isinstance(error, StoreError):
            self._on_failed(order, error)
            return
        # A database that fails must not keep a bad checkpoint on the line: the version that
        # the old one judged by is in the book already, and is used as it was.
        log.station.warning("rolled back without a new version of the recipe: %s", error)
        kept = before.recipe.model_copy(update={"camera": order.used.camera})
        self._on_kept(order, replace(prepared, recipe=kept), tried)

    def _on_kept(self, order: _Order, prepared: Prepared, tried: GoldenCheck | None) -> None:
        if self._is_overtaken(order):
            return
        before = order.judge
        swapped = Swapped(
            before.info if before else None,
            prepared.predictor.info,
            order.by,
            order.why,
            time.monotonic() - order.at,
            order.back_to is not None,
            order.loaded is not None,
        )
        station = self._in_force.context.station
        event = swapped_event(swapped, order.used, prepared.recipe, station)
        # First: whoever keeps events knows then who put in force what the status will tell of.
        self.happened.emit(event)
        if before is not None:
            self.remember(order.used, before)
        self.ready.emit(prepared, tried, tried is not order.passed)
        self._set(SwapStatus(SwapStep.DONE, order.name, event.text))
        self.done.emit(swapped)

    def _on_failed(self, order: _Order, error: Exception) -> None:
        self._refuse(sentence_of(error), order.name)

    def _is_overtaken(self, order: _Order) -> bool:
        """Refuse an order if something else is in force than when it was given."""
        used = self._in_force
        if used.recipe is order.used and used.predictor is order.judge:
            return False
        text = tr("The recipe was changed meanwhile; checkpoint {name} was not put in force.")
        self._refuse(text.format(name=order.name), order.name)
        return True

    def _on_looked_back(self, found: Previous | None) -> None:
        if found is not None and self._shelf.of(found.recipe.name) is self._looked_from:
            self._shelf.put_cold(found)
            self.changed.emit()

    def _on_not_looked(self, error: Exception) -> None:
        log.station.info("it is not known what judged before: %s", error)

    def _refuse(self, sentence: str, name: str = "") -> None:
        log.station.warning("no change of checkpoint: %s", sentence)
        self._set(SwapStatus(SwapStep.REFUSED, name, sentence))
        self.refused.emit(sentence)

    def _set(self, status: SwapStatus) -> None:
        self._status = status
        self.changed.emit()
