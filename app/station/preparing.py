"""What has to be ready before the first frame: model, limits and a camera that can be named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PyQt5.QtCore import QObject, pyqtBoundSignal, pyqtSignal

from app.camera.source import FrameSource
from app.errors import ExpectedError
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.station import tasks
from app.station.inference import Predictor
from app.station.line import Plan
from app.station.one_at_a_time import OneAtATime
from app.station.services import Services


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A recipe that can be run.

    Attributes:
        recipe: The recipe.
        predictor: The model, loaded and warm.
        plan: How frames come to it.
    """

    recipe: Recipe
    predictor: Predictor
    plan: Plan


def prepare(
    recipe: Recipe,
    loaded: Predictor | None,
    load: Callable[[str], Predictor],
    make_source: Callable[[str], FrameSource],
    *,
    every: bool = False,
) -> Prepared:
    """Load what a recipe needs. Takes seconds, so not on the GUI thread.

    Args:
        recipe: The recipe.
        loaded: A predictor that fits already; None to load the recipe's checkpoint.
        load: Loads a checkpoint by name or path.
        make_source: Makes an unopened source of a camera URI.
        every: Judge every frame of a source that can wait.

    Raises:
        ExpectedError: The camera URI is unknown or the checkpoint gives no usable limits.
        ModelError: The checkpoint is missing, damaged or does not fit.
    """
    plan = Plan.of(make_source(recipe.source_uri), recipe, every)
    predictor = OneAtATime(load(recipe.checkpoint)) if loaded is None else loaded
    wanted, found = recipe.checkpoint_sha256, predictor.info.sha256
    if wanted and wanted != found:
        raise ExpectedError(
            tr(
                "Recipe {recipe} needs the checkpoint {wanted}, but the file has {found}; "
                "put the right file in place or change the recipe."
            ).format(recipe=recipe.name, wanted=wanted[:12], found=found[:12]),
            "wrong-checkpoint",
        )
    limits = recipe.all_limits(predictor.calibration)
    if not all(one is not None and one.are_valid for one in limits):
        raise ExpectedError(
            tr(
                "Checkpoint {name} is not calibrated and recipe {recipe} sets no valid limits; "
                "teach it with good parts first."
            ).format(name=predictor.info.name, recipe=recipe.name),
            "not-calibrated",
        )
    return Prepared(recipe, predictor, plan)


class Preparation(QObject):
    """Prepares recipes one after the other on the task pool; only the latest counts.

    Signals:
        done: The recipe asked for last can be used. arg: Prepared.
        failed: It cannot be used. arg: The exception.

    Args:
        services: For checkpoints and camera sources.
        every: Judge every frame of a source that can wait.
    """

    done = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(self, services: Services, every: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._load = services.load
        self._make_source = services.make_source
        self._every = every
        self._asked = 0
        self._is_busy = False

    @property
    def is_busy(self) -> bool:
        """True while a recipe is being prepared that will be answered."""
        return self._is_busy

    def forget(self) -> None:
        """Answer nothing that is under way: something else took its place."""
        self._asked += 1
        self._is_busy = False

    def ask(
        self,
        recipe: Recipe,
        loaded: Predictor | None,
        allow: Callable[[Recipe], None] | None = None,
    ) -> None:
        """Prepare a recipe; an earlier one that is still under way is forgotten.

        Args:
            recipe: The recipe.
            loaded: Its model, if it is loaded already.
            allow: Raises `ExpectedError` if it may not be used; asked on the pool thread.
        """
        self._asked += 1
        self._is_busy = True
        asked = self._asked

        def work() -> Prepared:
            if allow is not None:
                allow(recipe)
            return prepare(recipe, loaded, self._load, self._make_source, every=self._every)

        tasks.run(
            work,
            lambda prepared: self._answer(asked, self.done, prepared),
            lambda error: self._answer(asked, self.failed, error),
        )

    def _answer(self, asked: int, signal: pyqtBoundSignal, value: object) -> None:
        if asked == self._asked:
            self._is_busy = False
            signal.emit(value)
