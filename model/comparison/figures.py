"""The figures of every detector with their intervals, by the same resamples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.comparison.image_figures import Ranked, aurocs, average_precisions, f1_maxima
from model.comparison.pixel_counts import aupros, pixel_aurocs
from model.comparison.record import Record
from model.comparison.resampling import (
    RESAMPLES,
    Bools,
    Counts,
    Floats,
    Interval,
    by_parts,
    draws,
    interval,
)
from model.comparison.split import Split
from model.data import Sample
from model.metrics import auroc, average_precision, f1_max, outcome

IMAGE_AUROC, IMAGE_AP, F1_MAX = "image_auroc", "image_ap", "f1_max"
PIXEL_AUROC, AUPRO = "pixel_auroc", "aupro"
NAMES = (IMAGE_AUROC, IMAGE_AP, F1_MAX, PIXEL_AUROC, AUPRO)


@dataclass(frozen=True, slots=True)
class AtLimit:
    """What a limit does to the test pictures.

    Attributes:
        limit: Raw unit.
        false_calls: Good pictures at or above it.
        escapes: Defective pictures below it.
    """

    limit: float
    false_calls: int
    escapes: int


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One judged detector and how well it tells good from defective.

    Attributes:
        record: What its processes left.
        figures: Interval of each of `NAMES`.
        best: At the limit of its best F1, which was found on these very pictures.
        own: At the checkpoint's own limit, which was found without them; None without one.
        by_kind: Image AUROC of each kind of defect against all good pictures.
        resampled_f1: (B,) best F1 of each resample; row by row comparable between detectors.
    """

    record: Record
    figures: dict[str, Interval]
    best: AtLimit
    own: AtLimit | None
    by_kind: dict[str, float]
    resampled_f1: Floats

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.record.contender.name

    @property
    def f1_max(self) -> float:
        """Highest F1 over all limits."""
        return self.figures[F1_MAX].value or 0.0

    @property
    def images_per_second(self) -> float:
        """One by one."""
        assert self.record.judging is not None
        return self.record.judging.speed.images_per_second


def results_of(
    records: Sequence[Record], split: Split, seed: int, resamples: int = RESAMPLES
) -> tuple[Result, ...]:
    """Return the results of those that were judged, in their order.

    Args:
        records: Of all detectors; those that failed are left out.
        split: Whose test they were judged on.
        seed: Of the resamples.
        resamples: How many.
    """
    test = split.test
    defective = np.array([one.is_defective for one in test], np.bool_)
    counts = draws(defective, resamples, seed, np.array(split.groups, np.int64))
    return tuple(_result(one, test, defective, counts) for one in records if one.scores is not None)


def _result(record: Record, test: Sequence[Sample], defective: Bools, counts: Counts) -> Result:
    assert record.scores is not None
    assert record.judging is not None
    scores = record.scores.values
    ranked = Ranked.of(defective, scores)
    best, limit = f1_max(defective, scores)
    f1 = by_parts(counts, lambda some: f1_maxima(ranked, some))
    figures = {
        IMAGE_AUROC: interval(
            auroc(defective, scores), by_parts(counts, lambda some: aurocs(ranked, some))
        ),
        IMAGE_AP: interval(
            average_precision(defective, scores),
            by_parts(counts, lambda some: average_precisions(ranked, some)),
        ),
        F1_MAX: interval(best, f1),
        **_pixel_figures(record, counts),
    }
    own = record.judging.limit
    return Result(
        record,
        figures,
        _at(limit, defective, scores),
        None if own is None else _at(own, defective, scores),
        _by_kind(test, defective, scores),
        f1,
    )


def _pixel_figures(record: Record, counts: Counts) -> dict[str, Interval]:
    pixels = record.pixels
    explains = record.judging is not None and record.judging.explains
    if pixels is None or explains:
        return {PIXEL_AUROC: Interval(), AUPRO: Interval()}
    return {
        PIXEL_AUROC: interval(
            pixels.pixel_auroc, by_parts(counts, lambda some: pixel_aurocs(pixels, some))
        ),
        AUPRO: interval(pixels.aupro, by_parts(counts, lambda some: aupros(pixels, some))),
    }


def _at(limit: float, defective: Bools, scores: Floats) -> AtLimit:
    found = outcome(defective, scores, limit)
    return AtLimit(limit, found.false_calls, found.escapes)


def _by_kind(test: Sequence[Sample], defective: Bools, scores: Floats) -> dict[str, float]:
    kinds = np.array([one.kind for one in test])
    found: dict[str, float] = {}
    for kind in sorted(set(kinds[defective].tolist())):
        some = ~defective | (defective & (kinds == kind))
        found[kind] = auroc(defective[some], scores[some])
    return found
