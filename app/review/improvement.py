"""From reviewed parts to a better checkpoint: what is asked for, and what came of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from app.errors import ExpectedError
from app.inspection.recipe import Recipe
from app.store.base import Query

Way = Literal["teach", "train"]

FEWEST_GOOD = 5
ENOUGH_DEFECTIVE = 8
FEWEST_HELD_OUT = 3
# What a bank can hold and a test needs; more would only take longer.
MOST_PICTURES = 250


class ImprovementError(ExpectedError):
    """No better checkpoint can be made."""

    code = "improve"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprovementPlan:
    """What to make.

    Attributes:
        recipe: In force; its checkpoint is the one to be better than.
        name: Of the new checkpoint.
        folder: Where the training set and the run's files go; must not exist.
        file: The new checkpoint; must not exist.
        query: Which reviewed records; those of the recipe in any case.
        way: "teach" or "train"; None takes what the parts allow.
        machine_masks: Take the machine's regions where nobody drew a mask.
        minutes: Time for training.
        epochs: Epochs at most; None as the recipe of the training.
        seed: Of split, shots and training.
        device: "auto", "cpu" or "cuda".
    """

    recipe: Recipe
    name: str
    folder: Path
    file: Path
    query: Query = field(default_factory=Query)
    way: Way | None = None
    machine_masks: bool = False
    minutes: float = 20.0
    epochs: int | None = None
    seed: int = 0
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a checkpoint does on the parts that were held out.

    Attributes:
        checkpoint: Its name.
        auroc: Of the image scores; None without both classes.
        limit: Score from which a part is NG; None if there is none.
        good: Good parts.
        defective: Defective parts.
        false_calls: Good parts at or above the limit; None without a limit.
        escapes: Defective parts below it.
    """

    checkpoint: str
    auroc: float | None
    limit: float | None
    good: int
    defective: int
    false_calls: int | None
    escapes: int | None

    @property
    def wrong(self) -> int | None:
        """False calls and escapes together."""
        if self.false_calls is None or self.escapes is None:
            return None
        return self.false_calls + self.escapes


@dataclass(frozen=True, slots=True)
class Improvement:
    """A new checkpoint beside the one in force. Nothing uses it yet.

    Attributes:
        way: How it was made.
        file: It.
        sha256: Its hash.
        name: Its name.
        limit: Its own NG limit, raw unit.
        old: How the checkpoint in force does; None if it cannot be loaded.
        new: How the new one does.
        good: Good parts that were learned from.
        defective: Defective parts that were learned from.
        folder: Training set with its manifest.
    """

    way: Way
    file: str
    sha256: str
    name: str
    limit: float
    old: Judgement | None
    new: Judgement
    good: int
    defective: int
    folder: str

    @property
    def is_better(self) -> bool:
        """Whether it makes fewer mistakes and lets no more defects escape than the old one."""
        old, new = self.old, self.new
        if old is None or old.wrong is None or new.wrong is None:
            return False
        return new.wrong < old.wrong and (new.escapes or 0) <= (old.escapes or 0)

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Improvement:
        """Read what `to_json` gave.

        Raises:
            ImprovementError: It is something else.
        """
        try:
            old = None if values["old"] is None else Judgement(**values["old"])
            return cls(**(values | {"old": old, "new": Judgement(**values["new"])}))
        except (KeyError, TypeError) as error:
            raise ImprovementError(f"The result cannot be read: {json.dumps(values)}.") from error


def way_for(good: int, defective: int) -> Way | None:
    """Return how to learn from so many reviewed parts; None if they are too few.

    With few defects the memory of good parts says more than weights that are trained on them.
    """
    if good < FEWEST_GOOD:
        return None
    return "train" if defective >= ENOUGH_DEFECTIVE else "teach"


def recipe_with(recipe: Recipe, made: Improvement) -> Recipe:
    """Return the recipe with the new checkpoint and its limit.

    Scores of two checkpoints cannot be compared, so the REVIEW band and the recipe's own map limit
    fall; they have to be set anew.
    """
    return recipe.model_copy(
        update={
            "checkpoint": Path(made.file).name,
            "checkpoint_sha256": made.sha256,
            "ng_limit": made.limit,
            "review_limit": None,
            "map_limit": None,
        }
    )


def query_of(plan: ImprovementPlan) -> Query:
    """Return the records to learn from."""
    return replace(plan.query, recipe=plan.recipe.name)
