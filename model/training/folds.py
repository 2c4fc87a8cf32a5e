"""Cross-validation over few shots: the mean and the spread that one split cannot give."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace

from model.datasets.collection import Collection
from model.errors import ModelError
from model.figures import Figures
from model.report.page import Table
from model.training.groups import source_groups
from model.training.plan import FoldFigures, TrainPlan
from model.training.shots import Split, divided, folds

_NAMES = ("image_auroc", "image_ap", "f1_max", "f1", "pixel_auroc", "aupro")


def fold_splits(plan: TrainPlan, collection: Collection, parts: Split) -> tuple[Split, ...]:
    """Return a split for each fold; the fold's pictures are its test part.

    Raises:
        DatasetError: There are fewer shots of a class than folds.
        ModelError: No shot is defective, so a fold has nothing to tell apart.
    """
    shots = (*parts.train, *parts.validation)
    if not any(one.is_defective for one in shots):
        raise ModelError(
            "Folds need defective shots to be judged on; give some with --shots anomaly=N or "
            "leave --folds out."
        )
    groups = source_groups(collection.root, collection.products)
    share = plan.validation_share
    share = plan.recipe.validation_share if share is None else share
    pairs = folds(shots, plan.folds, plan.loop.seed, groups)
    return tuple(Split(*divided(rest, share, groups), held) for rest, held in pairs)


def fold_plan(plan: TrainPlan, number: int) -> TrainPlan:
    """Return the plan of one fold: files of its own, and only those that it needs."""
    folder = plan.loop.folder / f"fold_{number}"
    return replace(plan, loop=replace(plan.loop, folder=folder, keep_epochs=False))


def mean_and_spread(reports: Sequence[Figures]) -> dict[str, FoldFigures]:
    """Return mean and standard deviation of each figure over the folds that define it."""
    found: dict[str, FoldFigures] = {}
    for name in _NAMES:
        given = [getattr(report, name) for report in reports]
        values = tuple(float(value) for value in given if value is not None)
        if values:
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            found[name] = FoldFigures(values, statistics.fmean(values), spread)
    return found


def fold_table(found: dict[str, FoldFigures]) -> tuple[Table, ...]:
    """Return the table of a report; none without folds."""
    if not found:
        return ()
    rows = [
        [name, len(one.values), f"{one.mean:.3f}", f"{one.spread:.3f}"]
        for name, one in found.items()
    ]
    note = "Each fold was judged by weights that were made from the other folds."
    return (Table("Cross-validation", ("figure", "folds", "mean", "spread"), rows, note),)
