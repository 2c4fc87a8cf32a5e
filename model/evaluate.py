"""How good a checkpoint is on a labelled data set."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from model.data import Sample, read_mask, read_test_set
from model.detector import Scores
from model.errors import DatasetError, ModelError
from model.figures import (
    BOTH_LEVELS,
    IMAGE_LEVEL,
    METRIC_SETS,
    Figures,
    Judged,
    KindFigures,
    figures_of,
    mean_figures,
    per_kind,
)
from model.images import Picture, read_image
from model.opencv import cv2
from model.predictor import Predictor, predict_with
from model.types import FloatMap

__all__ = ["Evaluation", "Report", "evaluate", "evaluate_samples", "judge"]

Progress = Callable[[int, int], None]
_KEPT_SIDE = 160


class EvaluationCancelled(ModelError):
    """The evaluation was stopped on request."""


@dataclass(frozen=True, slots=True)
class Report(Figures):
    """Figures of one checkpoint on one data set: the plain mean over its products.

    Attributes:
        per_kind: For each kind of defect, against all good images of its product: "n",
            "image_auroc", "image_ap", "f1_max", "pixel_auroc", "aupro", "escapes" and more. With
            several products the keys are "product/kind".
        checkpoint: sha256 of the checkpoint.
        images_per_second: Predictions per second, files already read.
        per_product: The figures of each product by name; one, named "" if the data set names
            none.
        metrics: The set of metrics that was asked for.
    """

    per_kind: dict[str, KindFigures]
    checkpoint: str
    images_per_second: float
    per_product: dict[str, Figures]
    metrics: str = BOTH_LEVELS


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A report and what it was made of.

    Attributes:
        report: The figures.
        judged: Every image in the order of the samples, with maps of at most 160 pixels a side
            for pictures of them and without masks.
    """

    report: Report
    judged: tuple[Judged, ...]


def evaluate(
    predictor: Predictor,
    root: Path,
    progress: Progress | None = None,
    metrics: str = BOTH_LEVELS,
) -> Report:
    """Judge the test part of a data set in MVTec layout.

    Args:
        predictor: What to measure.
        root: Folder with test/ and ground_truth/.
        progress: Called with (images done, images in all).
        metrics: One of `METRIC_SETS`.

    Raises:
        DatasetError: The layout is not there, or an image or mask cannot be read.
        ModelError: An image cannot be judged.
    """
    return evaluate_samples(predictor, read_test_set(root), progress, metrics).report


def evaluate_samples(
    predictor: Predictor,
    samples: Sequence[Sample],
    progress: Progress | None = None,
    metrics: str = BOTH_LEVELS,
    cancelled: Callable[[], bool] | None = None,
) -> Evaluation:
    """Judge samples of one or several products.

    Maps and masks are compared at the network's input size, as the published figures are (spec
    section 9). Kinds without masks count on image level only, and so does everything where the
    detector's map explains instead of measuring. One product after the other, so
    that full maps of one product at a time are in memory.

    Args:
        predictor: What to measure.
        samples: In any order.
        progress: Called with (images done, images in all).
        metrics: One of `METRIC_SETS`.
        cancelled: Asked between two images.

    Raises:
        DatasetError: No sample, or an image or mask cannot be read.
        ModelError: An image cannot be judged, or the set of metrics is unknown.
        EvaluationCancelled: `cancelled` said so.
    """
    if metrics not in METRIC_SETS:
        raise ModelError(f"There are no metrics {metrics!r}; use one of {', '.join(METRIC_SETS)}.")
    if not samples:
        raise DatasetError("There is no image to test; check the folder.")
    if predictor.detector.explains:
        metrics = IMAGE_LEVEL
    limit = predictor.calibration.limit
    products = {sample.product: None for sample in samples}
    figures: dict[str, Figures] = {}
    kinds: dict[str, KindFigures] = {}
    small: dict[int, Judged] = {}
    watch = _Watch(progress, cancelled, len(samples))
    for product in products:
        numbers = [i for i, sample in enumerate(samples) if sample.product == product]
        judged = _judge(predictor, [samples[i] for i in numbers], metrics, watch)
        figures[product] = figures_of(judged, limit, metrics)
        for kind, values in per_kind(judged, limit, metrics).items():
            kinds[kind if len(products) == 1 else f"{product}/{kind}"] = values
        small.update(zip(numbers, map(_small, judged), strict=True))
    report = Report(
        **asdict(mean_figures(list(figures.values()))),
        per_kind=kinds,
        checkpoint=predictor.info.sha256,
        images_per_second=len(samples) / max(watch.spent, 1e-9),
        per_product=figures,
        metrics=metrics,
    )
    return Evaluation(report, tuple(small[i] for i in range(len(samples))))


def judge(
    predictor: Predictor,
    samples: Sequence[Sample],
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    metrics: str = BOTH_LEVELS,
) -> tuple[Judged, ...]:
    """Return what a predictor says of each sample, maps and masks at the network's input size.

    Maps are kept for all but those that explain instead of measuring; masks are read unless
    the metrics are those of the image level.

    Raises:
        DatasetError: An image or mask cannot be read.
        ModelError: An image cannot be judged.
        EvaluationCancelled: `cancelled` said so.
    """
    return _judge(predictor, samples, metrics, _Watch(progress, cancelled, len(samples)))


class _Watch:
    """Counts images, asks whether to go on, and adds up the predictor's seconds."""

    def __init__(
        self, progress: Progress | None, cancelled: Callable[[], bool] | None, total: int
    ) -> None:
        self._progress, self._cancelled, self._total = progress, cancelled, total
        self._done = 0
        self.spent = 0.0

    def ask(self) -> None:
        if self._cancelled is not None and self._cancelled():
            raise EvaluationCancelled("The test was stopped; there are no figures.")

    def took(self, seconds: float) -> None:
        self.spent += seconds
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


def _judge(
    predictor: Predictor, samples: Sequence[Sample], metrics: str, watch: _Watch
) -> tuple[Judged, ...]:
    # a set without any mask has no pixel figures; found out before the work, not after it
    measures = not predictor.detector.explains
    with_masks = metrics != IMAGE_LEVEL and any(sample.mask is not None for sample in samples)
    judged = []
    for sample in samples:
        watch.ask()
        image = read_image(sample.path)
        started = time.perf_counter()
        score, anomaly_map = _score_and_map(predictor, image)
        spent = time.perf_counter() - started
        mask = None
        if with_masks and measures and (sample.mask is not None or not sample.is_defective):
            mask = read_mask(sample, predictor.detector.preprocess.size)
        judged.append(Judged(sample, score, anomaly_map if measures else None, mask))
        watch.took(spent)
    return tuple(judged)


def _score_and_map(predictor: Predictor, image: Picture) -> tuple[float, FloatMap]:
    """Return the image score and the map at the network's input size, (S, S) float32.

    A picture that the network sees whole keeps the very map of the network, as the published
    figures do; one that is padded or judged in tiles has its whole map resized.
    """
    preprocess, maps = predictor.detector.preprocess, list[Tensor]()

    def score(images: Tensor) -> Scores:
        scores: Scores = predictor.detector(images)
        maps.append(scores.anomaly_map)
        return scores

    seen = predict_with(score, preprocess, predictor.detector.device, image)
    side = preprocess.size
    if preprocess.resize == "squash" and [tuple(one.shape) for one in maps] == [(1, 1, side, side)]:
        return seen.score, np.asarray(maps[0][0, 0].float().cpu().numpy(), np.float32)
    return seen.score, _resized(seen.anomaly_map, side)


def _small(one: Judged) -> Judged:
    """Return it as light as pictures of it allow."""
    kept = one.anomaly_map
    if kept is not None and max(kept.shape) > _KEPT_SIDE:
        kept = _resized(kept, _KEPT_SIDE)
    return replace(one, anomaly_map=kept, mask=None)


def _resized(anomaly_map: FloatMap, side: int) -> FloatMap:
    if anomaly_map.shape == (side, side):
        return anomaly_map
    resized: Any = cv2.resize(anomaly_map, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.float32)
