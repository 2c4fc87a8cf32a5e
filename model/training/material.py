"""What one run learns from: its split as views, augmented or painted where that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.data import Sample
from model.datasets.collection import Collection
from model.errors import DatasetError, ModelError
from model.preprocess import RESIZES, Preprocess
from model.synthesis.defects import KINDS
from model.training.augment import AugmentedViews
from model.training.example import Views
from model.training.mosaic import MosaicViews
from model.training.painted import PaintedViews
from model.training.plan import TrainPlan
from model.training.shots import Split, split, whole_test_part
from model.training.tiled import TiledViews
from model.training.views import Naming, PlainViews

_ENOUGH_DEFECTIVE = 10


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


def class_names(plan: TrainPlan, parts: Split) -> tuple[str, ...]:
    """Return what the examples are called: the plan's names, else products or kinds of defect."""
    if plan.class_names:
        return plan.class_names
    naming = _naming(parts)
    names = PlainViews(parts.train, naming).class_names
    has_real = any(one.is_defective for one in parts.train)
    if naming == "kind" and not has_real and is_painted(plan, parts):
        return tuple(dict.fromkeys((*names, *(kind.name for kind in KINDS))))
    return names


def is_painted(plan: TrainPlan, parts: Split) -> bool:
    """True if defects are painted onto the good pictures that are trained on.

    Raises:
        DatasetError: There is no defective picture, and painting is not allowed.
    """
    has_defects = any(one.is_defective for one in parts.train)
    if plan.paint == "never" and not has_defects:
        raise DatasetError(
            "There is no defective image to learn from; give some with --shots anomaly=N, or let "
            "defects be painted onto the good ones."
        )
    if plan.paint == "auto":
        return plan.recipe.paints or not has_defects
    return plan.paint == "always"


def material(plan: TrainPlan, parts: Split, name: str, preprocess: Preprocess) -> Material:
    """Return the views of a split.

    Args:
        plan: The run.
        parts: Its samples.
        name: Of the data set; stands for the product where the samples name none.
        preprocess: Of the detector: defects are painted at the size of its input.

    Raises:
        DatasetError: There is nothing to learn from.
        ModelError: Defects are to be painted for a network that pads its pictures.
    """
    naming, paints, side = _naming(parts), is_painted(plan, parts), preprocess.size
    if paints and preprocess.resize != RESIZES[0]:
        raise ModelError(
            f"Defects are painted onto squares, which does not go with --resize "
            f"{preprocess.resize}; leave that out or give --paint never."
        )
    views: Views = PlainViews(parts.train, naming)
    products = products_of(parts, name)
    if paints:
        tiles = TiledViews(views)
        views = PaintedViews(tiles, plan.loop.seed, side, tiles.defective)
        products = [products[tiles.sources[source]] for source in views.sources]
    if name.lower() in plan.recipe.mosaics_on:
        views = MosaicViews(views, seed=plan.loop.seed, products=products)
    if varies(plan):
        views = AugmentedViews(views, plan.augmentation, plan.loop.seed, products)
    validation = _validation(parts, naming, plan.loop.seed + 1, side, paints=paints)
    return Material(parts, views, validation, class_names(plan, parts), paints)


def products_of(parts: Split, name: str) -> list[str]:
    """Return the product of each training sample; the data set's name where it names none."""
    return [one.product or name for one in parts.train]


def varies(plan: TrainPlan) -> bool:
    """Return whether the training pictures are varied."""
    return plan.recipe.augments if plan.augments is None else plan.augments


def _naming(parts: Split) -> Naming:
    return "product" if len({one.product for one in parts.train}) > 1 else "kind"


def _validation(
    parts: Split, naming: Naming, seed: int, side: int, *, paints: bool
) -> Views | None:
    """Return the validation part; few real defects have painted ones beside them.

    Two or three defective pictures say next to nothing of which epoch is the best.
    """
    if not parts.validation:
        return None
    plain = PlainViews(parts.validation, naming)
    defective = sum(one.is_defective for one in parts.validation)
    if defective and not paints:
        return plain
    tiles = TiledViews(plain)
    if defective >= _ENOUGH_DEFECTIVE:
        return tiles
    return PaintedViews(tiles, seed, side, tiles.defective)


def good_of(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """Return the good ones."""
    return tuple(one for one in samples if not one.is_defective)


def defective_of(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """Return the defective ones."""
    return tuple(one for one in samples if one.is_defective)
