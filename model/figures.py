"""Figures of judged images: of one product, of its kinds of defect, and their plain mean."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from model.data import Sample
from model.metrics import (
    aupro,
    auroc,
    average_precision,
    f1_max,
    outcome,
    pixel_auroc,
)
from model.types import FloatMap

IMAGE_LEVEL, PIXEL_LEVEL, BOTH_LEVELS = "image-level", "pixel-level", "image-pixel-level"
METRIC_SETS = (BOTH_LEVELS, IMAGE_LEVEL, PIXEL_LEVEL)
_COUNTS = ("n_good", "n_defective", "false_calls", "escapes")
_PIXEL_FIGURES = ("pixel_auroc", "aupro")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One sample and what a detector said of it.

    Attributes:
        sample: The image and its truth.
        score: Image score, raw unit.
        anomaly_map: (S, S) float32, raw unit, at the network's input size; None if not kept.
        mask: (S, S) bool, True where defective; None where the place is not known.
    """

    sample: Sample
    score: float
    anomaly_map: FloatMap | None
    mask: npt.NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class Figures:
    """How well some images were told apart; None where a figure is not defined or not asked for.

    Attributes:
        n_good: Good images.
        n_defective: Defective images.
        image_auroc: Of the image scores.
        image_ap: Average precision of the image scores.
        f1_max: Highest F1 over all limits.
        f1_max_limit: The limit that reaches it.
        precision_at_f1_max: Precision there.
        recall_at_f1_max: Recall there.
        mean_ap: Mean over the kinds of defect of the average precision of that kind against all
            good images (mAP): every kind weighs the same, however rare it is.
        pixel_auroc: Over all pixels of good images and of those with a mask.
        aupro: Per-region overlap up to a false-positive rate of 0.3.
        precision: At the checkpoint's own limit; None if not calibrated or nothing is called.
        recall: At the checkpoint's own limit.
        f1: At the checkpoint's own limit.
        false_calls: Good images at or above the checkpoint's own limit; None if not calibrated.
        escapes: Defective images below it.
    """

    n_good: int
    n_defective: int
    image_auroc: float | None
    image_ap: float | None
    f1_max: float | None
    f1_max_limit: float | None
    precision_at_f1_max: float | None
    recall_at_f1_max: float | None
    mean_ap: float | None
    pixel_auroc: float | None
    aupro: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    false_calls: int | None
    escapes: int | None


KindFigures = dict[str, float | int | None]


def figures_of(judged: Sequence[Judged], limit: float, metrics: str = BOTH_LEVELS) -> Figures:
    """Return the figures of the images of one product.

    Args:
        judged: Good and defective images.
        limit: The checkpoint's own limit; NaN if not calibrated.
        metrics: One of `METRIC_SETS`; figures of the other level are None.
    """
    good, bad = split(judged)
    values: dict[str, Any] = dict.fromkeys(field.name for field in fields(Figures))
    values |= {"n_good": len(good), "n_defective": len(bad)}
    if metrics != PIXEL_LEVEL:
        values |= _image_figures(good, bad, limit)
        per_kind = [_average_precision(good, some) for some in by_kind(bad).values()]
        values["mean_ap"] = mean_of(per_kind)
    if metrics != IMAGE_LEVEL:
        values |= _pixel_figures((*good, *bad))
    return Figures(**values)


def per_kind(
    judged: Sequence[Judged], limit: float, metrics: str = BOTH_LEVELS
) -> dict[str, KindFigures]:
    """Return for each kind of defect, against all good images, "n" and its figures by name."""
    good, bad = split(judged)
    found: dict[str, KindFigures] = {}
    for kind, some in by_kind(bad).items():
        values = asdict(figures_of((*good, *some), limit, metrics))
        left_out = ("n_good", "n_defective", "mean_ap", "false_calls", "precision", "f1")
        found[kind] = {"n": len(some)} | {k: v for k, v in values.items() if k not in left_out}
    return found


def mean_figures(products: Sequence[Figures]) -> Figures:
    """Return the plain mean over products, as the papers' tables; counts are added up.

    A figure that is not defined for a product is left out of its mean; one that is defined for
    none is None. The limits of the best F1 of several products have no mean.
    """
    values: dict[str, Any] = {}
    for field in fields(Figures):
        column = [getattr(one, field.name) for one in products]
        if field.name in _COUNTS:
            known = [value for value in column if value is not None]
            values[field.name] = sum(known) if known else None
        else:
            values[field.name] = mean_of(column)
    if len(products) != 1:
        values["f1_max_limit"] = None
    return Figures(**values)


def split(judged: Iterable[Judged]) -> tuple[list[Judged], list[Judged]]:
    """Return the good and the defective ones."""
    good: list[Judged] = []
    bad: list[Judged] = []
    for one in judged:
        (bad if one.sample.is_defective else good).append(one)
    return good, bad


def by_kind(bad: Iterable[Judged]) -> dict[str, list[Judged]]:
    """Return the defective ones by kind, kinds in alphabetical order."""
    found: dict[str, list[Judged]] = {}
    for one in bad:
        found.setdefault(one.sample.kind, []).append(one)
    return dict(sorted(found.items()))


def by_product(judged: Iterable[Judged]) -> dict[str, list[Judged]]:
    """Return the images by product, in the order in which the products appear."""
    found: dict[str, list[Judged]] = {}
    for one in judged:
        found.setdefault(one.sample.product, []).append(one)
    return found


def labels_and_scores(
    judged: Sequence[Judged],
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Return (N,) truth and (N,) image scores."""
    labels = np.array([one.sample.is_defective for one in judged], np.bool_)
    return labels, np.array([one.score for one in judged], np.float64)


def mean_of(values: Iterable[float | None]) -> float | None:
    """Return the mean of those that are known; None if none is."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _image_figures(good: Sequence[Judged], bad: Sequence[Judged], limit: float) -> dict[str, Any]:
    labels, scores = labels_and_scores((*good, *bad))
    best, best_limit = f1_max(labels, scores)
    values: dict[str, Any] = {
        "image_auroc": or_none(auroc(labels, scores)),
        "image_ap": or_none(average_precision(labels, scores)),
        "f1_max": or_none(best),
        "f1_max_limit": or_none(best_limit),
    }
    if math.isfinite(best_limit):
        at_best = outcome(labels, scores, best_limit)
        values["precision_at_f1_max"] = or_none(at_best.precision)
        values["recall_at_f1_max"] = or_none(at_best.recall)
    if math.isfinite(limit):
        at_limit = outcome(labels, scores, limit)
        values |= {
            "precision": or_none(at_limit.precision),
            "recall": or_none(at_limit.recall),
            "f1": or_none(at_limit.f1),
            "false_calls": at_limit.false_calls,
            "escapes": at_limit.escapes,
        }
    return values


def _average_precision(good: Sequence[Judged], bad: Sequence[Judged]) -> float | None:
    return or_none(average_precision(*labels_and_scores((*good, *bad))))


def _pixel_figures(judged: Sequence[Judged]) -> dict[str, float | None]:
    masks, maps = [], []
    for one in judged:
        if one.mask is not None and one.anomaly_map is not None:
            masks.append(one.mask)
            maps.append(one.anomaly_map)
    if not any(mask.any() for mask in masks):
        return dict.fromkeys(_PIXEL_FIGURES)
    return {"pixel_auroc": or_none(pixel_auroc(masks, maps)), "aupro": or_none(aupro(masks, maps))}


def or_none(value: float) -> float | None:
    """Return None for a figure that is not defined."""
    return value if math.isfinite(value) else None
