"""What making a detector lighter costs, measured on labelled pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.calibration import Sighting
from model.comparison.resampling import Interval, draws, interval
from model.data import Sample
from model.errors import DatasetError
from model.evaluate import Evaluation, evaluate_samples
from model.metrics import auroc
from model.predictor import Predictor
from model.types import Calibration

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Side:
    """Figures of one of the two; None where a figure is not defined.

    Attributes:
        image_auroc: Area under the ROC curve of the image scores.
        pixel_auroc: Of the map's pixels, where there are masks.
        false_calls: Good pictures called NG at its own limit.
        escapes: Defective pictures called OK at its own limit.
    """

    image_auroc: float | None
    pixel_auroc: float | None
    false_calls: int | None
    escapes: int | None


@dataclass(frozen=True, slots=True)
class Loss:
    """A detector before and after on the same pictures.

    Attributes:
        before: The original.
        after: The lighter one.
        auroc: Image AUROC that is lost, with the 95 % interval over resampled pictures; below 0
            where it has grown.
        good: Good pictures.
        defective: Defective pictures.
        turned: Pictures whose verdict has changed.
        missed: Defective pictures that the original calls NG and the lighter one OK.
    """

    before: Side
    after: Side
    auroc: Interval
    good: int
    defective: int
    turned: int | None
    missed: int | None

    @property
    def lost(self) -> float:
        """Image AUROC that is lost; infinite where it is not known."""
        return math.inf if self.auroc.value is None else self.auroc.value

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return asdict(self)

    def to_text(self) -> str:
        """Return it for people: a small table."""
        rows = (
            ("image AUROC", _share(self.before.image_auroc), _share(self.after.image_auroc)),
            ("pixel AUROC", _share(self.before.pixel_auroc), _share(self.after.pixel_auroc)),
            ("false calls", _count(self.before.false_calls), _count(self.after.false_calls)),
            ("escapes", _count(self.before.escapes), _count(self.after.escapes)),
        )
        lines = [f"measured on {self.good} good and {self.defective} defective pictures"]
        lines.append(f"  {'':<14}{'before':>10}{'after':>10}")
        lines += [f"  {name:<14}{before:>10}{after:>10}" for name, before, after in rows]
        lines.append(f"  image AUROC lost: {_lost(self.auroc)}")
        if self.turned is not None:
            lines.append(f"  verdicts changed: {self.turned} of {self.good + self.defective}")
        if self.missed:
            lines.append(f"  defective, NG before and OK now, these would ship: {self.missed}")
        return "\n".join(lines)


def judged_samples(
    predictor: Predictor, samples: Sequence[Sample], progress: Progress | None = None
) -> Evaluation:
    """Return what a predictor says of labelled pictures, for `loss_between`.

    Args:
        predictor: With its limits.
        samples: Good and defective ones.
        progress: Called with (pictures done, pictures in all).

    Raises:
        DatasetError: There are not both good and defective pictures, or one cannot be read.
        ModelError: A picture cannot be judged.
    """
    if len({sample.is_defective for sample in samples}) < 2:
        raise DatasetError(
            "The loss of AUROC needs good and defective pictures in the test part of the data set."
        )
    return evaluate_samples(predictor, samples, progress)


def loss_between(
    before: Evaluation,
    after: Evaluation,
    limits: tuple[Calibration, Calibration],
    seed: int = 0,
) -> Loss:
    """Compare the figures of a detector with those of a lighter one on the same pictures.

    Args:
        before: Of the original.
        after: Of the lighter one.
        limits: Those of the original and of the lighter one.
        seed: Of the resampling.
    """
    defective = np.array([one.sample.is_defective for one in before.judged], bool)
    sides = [_side(each, defective, one) for each, one in zip((before, after), limits, strict=True)]
    scores = [np.array([one.score for one in each.judged], np.float64) for each in (before, after)]
    loss = _interval(defective, scores[0], scores[1], seed)
    good, bad = int((~defective).sum()), int(defective.sum())
    if not all(one.is_usable for one in limits):
        return Loss(sides[0], sides[1], loss, good, bad, None, None)
    was, now = (each >= one.limit for each, one in zip(scores, limits, strict=True))
    missed = int((was & ~now & defective).sum())
    return Loss(sides[0], sides[1], loss, good, bad, int((was != now).sum()), missed)


def _interval(
    defective: npt.NDArray[np.bool_],
    before: npt.NDArray[np.float64],
    after: npt.NDArray[np.float64],
    seed: int,
) -> Interval:
    """Return the loss with its interval: the same pictures are drawn for both."""
    drawn = []
    for counts in draws(defective, seed=seed):
        rows = np.repeat(np.arange(len(defective)), counts)
        labels = defective[rows]
        drawn.append(auroc(labels, before[rows]) - auroc(labels, after[rows]))
    return interval(auroc(defective, before) - auroc(defective, after), drawn)


def _side(evaluation: Evaluation, defective: npt.NDArray[np.bool_], limits: Calibration) -> Side:
    found = evaluation.report
    levels = _known(found.image_auroc), _known(found.pixel_auroc)
    if not limits.is_usable:
        return Side(*levels, None, None)
    called = np.array([one.score for one in evaluation.judged], np.float64) >= limits.limit
    return Side(*levels, int((called & ~defective).sum()), int((~called & defective).sum()))


def sightings(evaluation: Evaluation) -> tuple[Sighting, ...]:
    """Return what was said of each picture, for `model.lightening.limits.moved`."""
    return tuple(
        Sighting.of(one.score, np.zeros((1, 1), np.float32) if one.anomaly_map is None
                    else one.anomaly_map)
        for one in evaluation.judged
    )  # fmt: skip


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _count(value: int | None) -> str:
    return "-" if value is None else str(value)


def _lost(found: Interval) -> str:
    if found.value is None or found.low is None or found.high is None:
        return "-" if found.value is None else f"{found.value:+.4f}"
    return f"{found.value:+.4f} (95% interval {found.low:+.4f} to {found.high:+.4f})"
