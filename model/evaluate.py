"""How good a checkpoint is on a labelled data set."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.data import Sample, read_mask, read_test_set
from model.images import read_image
from model.metrics import aupro, auroc, average_precision, f1_max, pixel_auroc
from model.opencv import cv2
from model.predictor import Predictor
from model.types import FloatMap


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of one checkpoint on one data set; None where a figure is not defined.

    Attributes:
        n_good: Good images.
        n_defective: Defective images.
        image_auroc: Of the image scores.
        image_ap: Average precision of the image scores.
        f1_max: Highest F1 over all limits.
        pixel_auroc: Over all pixels of good images and of those with a mask.
        aupro: Per-region overlap up to a false-positive rate of 0.3.
        false_calls: Good images at or above the checkpoint's own limit; None if not calibrated.
        escapes: Defective images below it.
        per_kind: For each kind of defect, against all good images: "n", "image_auroc",
            "image_ap", "f1_max", "pixel_auroc", "aupro", "escapes".
        checkpoint: sha256 of the checkpoint.
        images_per_second: Predictions per second, files already read.
    """

    n_good: int
    n_defective: int
    image_auroc: float | None
    image_ap: float | None
    f1_max: float | None
    pixel_auroc: float | None
    aupro: float | None
    false_calls: int | None
    escapes: int | None
    per_kind: dict[str, dict[str, float | int | None]]
    checkpoint: str
    images_per_second: float


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """One sample with its score and, where the truth is known, map and mask of equal size."""

    sample: Sample
    score: float
    anomaly_map: FloatMap | None
    mask: npt.NDArray[np.bool_] | None


def evaluate(
    predictor: Predictor, root: Path, progress: Callable[[int, int], None] | None = None
) -> Report:
    """Judge the test part of a data set in MVTec layout.

    Maps and masks are compared at the network's input size, as the published figures are (spec
    section 9). Kinds without masks count on image level only.

    Args:
        predictor: What to measure.
        root: Folder with test/ and ground_truth/.
        progress: Called with (images done, images in all).

    Raises:
        DatasetError: The layout is not there, or an image or mask cannot be read.
        ModelError: An image cannot be judged.
    """
    samples = read_test_set(root)
    # found out before the work, not in the middle of it
    with_masks = any(sample.mask is not None for sample in samples)
    judged: list[_Judged] = []
    spent = 0.0
    for done, sample in enumerate(samples, start=1):
        image = read_image(sample.path)
        started = time.perf_counter()
        prediction = predictor.predict(image)
        spent += time.perf_counter() - started
        side = predictor.detector.preprocess.size
        judged.append(_compared(sample, prediction.score, prediction.anomaly_map, side, with_masks))
        if progress is not None:
            progress(done, len(samples))
    return _report(judged, predictor, len(samples) / max(spent, 1e-9))


def _compared(
    sample: Sample, score: float, anomaly_map: FloatMap, side: int, with_masks: bool
) -> _Judged:
    if not with_masks or (sample.is_defective and sample.mask is None):
        return _Judged(sample, score, None, None)
    small = anomaly_map
    if small.shape != (side, side):
        small = np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_AREA))
    return _Judged(sample, score, small, read_mask(sample, side))


def _report(judged: Sequence[_Judged], predictor: Predictor, rate: float) -> Report:
    limit = predictor.calibration.limit
    good = [one for one in judged if not one.sample.is_defective]
    bad = [one for one in judged if one.sample.is_defective]
    kinds = sorted({one.sample.kind for one in bad})
    figures = _figures(good, bad, limit)
    false_calls = None
    if math.isfinite(limit):
        false_calls = sum(one.score >= limit for one in good)
    return Report(
        n_good=len(good),
        n_defective=len(bad),
        image_auroc=figures["image_auroc"],
        image_ap=figures["image_ap"],
        f1_max=figures["f1_max"],
        pixel_auroc=figures["pixel_auroc"],
        aupro=figures["aupro"],
        false_calls=false_calls,
        escapes=figures["escapes"],
        per_kind={
            kind: _figures(good, [one for one in bad if one.sample.kind == kind], limit)
            for kind in kinds
        },
        checkpoint=predictor.info.sha256,
        images_per_second=rate,
    )


def _figures(good: Sequence[_Judged], bad: Sequence[_Judged], limit: float) -> dict[str, Any]:
    """Return the figures of some defective images against the good ones."""
    labels = np.repeat([0, 1], [len(good), len(bad)])
    scores = np.array([one.score for one in (*good, *bad)])
    shown = [one for one in (*good, *bad) if one.anomaly_map is not None]
    masks = [one.mask for one in shown if one.mask is not None]
    maps = [one.anomaly_map for one in shown if one.anomaly_map is not None]
    has_region = any(mask.any() for mask in masks)
    return {
        "n": len(bad),
        "image_auroc": _or_none(auroc(labels, scores)),
        "image_ap": _or_none(average_precision(labels, scores)),
        "f1_max": _or_none(f1_max(labels, scores)[0]),
        "pixel_auroc": _or_none(pixel_auroc(masks, maps)) if has_region else None,
        "aupro": _or_none(aupro(masks, maps)) if has_region else None,
        "escapes": sum(one.score < limit for one in bad) if math.isfinite(limit) else None,
    }


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
