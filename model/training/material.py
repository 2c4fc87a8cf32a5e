"""What one run learns from: its split as views, augmented or painted where that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.data import Sample
from model.datasets.collection import Collection
from model.errors import DatasetError
from model.training.augment import AugmentedViews
from model.training.example import Views
from model.training.plan import TrainPlan
from model.training.shots import Split, split, whole_test_part
from model.training.views import Naming, PlainViews


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Pictures of one run.

    Attributes:
        split: The samples behind it.
        views: To learn from.
        validation: To compare epochs by; None takes the training loss.
        class_names: What the examples are called.
        painted: Defects are painted onto good pictures, since there are no real ones.
    """

    split: Split
    views: Views
    validation: Views | None
    class_names: tuple[str, ...]
    painted: bool

    def counts(self) -> dict[str, int]:
        """Return the number of samples by part and class."""
        parts = {"train": self.split.train, "validation": self.split.validation}
        parts["test"] = self.split.test
        return {
            f"{name}_{word}": sum(one.is_defective == is_defective for one in samples)
            for name, samples in parts.items()
            for word, is_defective in (("good", False), ("defective", True))
        }


def split_of(plan: TrainPlan, collection: Collection) -> Split:
    """Return the split that a plan asks for.

    Raises:
        DatasetError: The data set does not give it.
    """
    share = plan.validation_share
    share = plan.recipe.validation_share if share is None else share
    has_shots = plan.shots.anomaly is not None or plan.shots.good is not None
    uses_test = plan.uses_test_part
    if uses_test is None:
        uses_test = plan.recipe.uses_test_part and not has_shots
    if uses_test:
        return whole_test_part(collection, plan.loop.seed, share)
    return split(collection, plan.shots, plan.loop.seed, share)


def material(plan: TrainPlan, parts: Split, name: str) -> Material:
    """Return the views of a split.

    Args:
        plan: The run.
        parts: Its samples.
        name: Of the data set; stands for the product where the samples name none.

    Raises:
        DatasetError: There is nothing to learn from.
    """
    is_painted = not any(one.is_defective for one in parts.train)
    naming: Naming = "product" if len({one.product for one in parts.train}) > 1 else "kind"
    plain = PlainViews(parts.train, naming)
    views = _painted(plain, plan.loop.seed) if is_painted else plain
    augments = plan.recipe.augments if plan.augments is None else plan.augments
    if augments:
        products = [one.product or name for one in parts.train]
        views = AugmentedViews(views, plan.augmentation, plan.loop.seed, products)
    names = plan.class_names or plain.class_names
    return Material(parts, views, _validation(plan, parts, naming), names, is_painted)


def _validation(plan: TrainPlan, parts: Split, naming: Naming) -> Views | None:
    if not parts.validation:
        return None
    plain = PlainViews(parts.validation, naming)
    if any(one.is_defective for one in parts.validation):
        return plain
    return _painted(plain, plan.loop.seed + 1)


def good_of(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """Return the good ones."""
    return tuple(one for one in samples if not one.is_defective)


def defective_of(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """Return the defective ones."""
    return tuple(one for one in samples if one.is_defective)


def _painted(views: PlainViews, seed: int) -> Views:
    try:
        from model.training.painted import PaintedViews
    except ImportError as error:
        raise DatasetError(
            "There is no defective image to learn from; give some with --shots anomaly=N."
        ) from error
    return PaintedViews(views, seed)
