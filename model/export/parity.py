"""How far an exported form is from its original, picture by picture."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.types import Calibration, Prediction

LARGEST_DIFFERENCE = 1e-3
"""In units of `Scale`; the limits of calibrated checkpoints lie farther apart by orders."""

Judge = Callable[[npt.NDArray[Any]], Prediction]
Verdict = Callable[[Prediction], str]


@dataclass(frozen=True, slots=True)
class Scale:
    """What a difference of scores or maps is measured by, raw units.

    Attributes:
        score: For image scores.
        map: For anomaly maps.
    """

    score: float = 1.0
    map: float = 1.0


def scale_of(calibration: Calibration) -> Scale:
    """Return what differences are measured by: each detector has a raw unit of its own.

    Where a normal part and the limit lie more than 1 apart, that distance; where they lie less
    than a tenth apart, ten times it; else, and without limits, 1.
    """
    if not calibration.is_usable:
        return Scale()
    spans = (
        calibration.limit - calibration.typical,
        calibration.map_limit - calibration.map_typical,
    )
    score, values = (span if span > 1 else min(1.0, 10 * span) for span in spans)
    return Scale(score, values)


@dataclass(frozen=True, slots=True)
class PictureParity:
    """One picture judged by both.

    Attributes:
        name: Of the picture.
        score: The original's.
        other_score: The exported form's.
        map_difference: Largest difference of the maps, raw unit.
        heat_difference: The same where it can be seen or decide: above a typical normal part.
            Close to a picture that was taught, the root of a distance of nearly nothing
            differs by more, and means nothing.
        verdict: The original's.
        other_verdict: The exported form's.
    """

    name: str
    score: float
    other_score: float
    map_difference: float
    heat_difference: float
    verdict: str
    other_verdict: str

    @property
    def score_difference(self) -> float:
        """Difference of the scores, raw unit."""
        return abs(self.other_score - self.score)


@dataclass(frozen=True, slots=True)
class Parity:
    """What a comparison came to.

    Attributes:
        form: "onnx" or "openvino", with the version of what ran it.
        pictures: In the order in which they were judged.
        scale: What differences are measured by.
    """

    form: str
    pictures: tuple[PictureParity, ...]
    scale: Scale = Scale()

    @property
    def map_difference(self) -> float:
        """Largest difference of any pixel of any map, raw unit; infinite without a picture."""
        return max((one.map_difference for one in self.pictures), default=math.inf)

    @property
    def heat_difference(self) -> float:
        """Largest difference above a typical normal part, raw unit; infinite without a picture."""
        return max((one.heat_difference for one in self.pictures), default=math.inf)

    @property
    def score_difference(self) -> float:
        """Largest difference of the scores, raw unit; infinite without a picture."""
        return max((one.score_difference for one in self.pictures), default=math.inf)

    @property
    def agreed(self) -> int:
        """Pictures with the same verdict."""
        return sum(one.verdict == one.other_verdict for one in self.pictures)

    @property
    def holds(self) -> bool:
        """Whether the exported form may stand for the original."""
        allowed = self.allowed
        return (
            self.score_difference <= allowed.score
            and self.heat_difference <= allowed.map
            and self.agreed == len(self.pictures)
        )

    @property
    def allowed(self) -> Scale:
        """Largest differences with which it holds, raw units."""
        return Scale(LARGEST_DIFFERENCE * self.scale.score, LARGEST_DIFFERENCE * self.scale.map)

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "form": self.form,
            "pictures": len(self.pictures),
            "map_difference": self.map_difference,
            "heat_difference": self.heat_difference,
            "score_difference": self.score_difference,
            "verdicts_agreed": self.agreed,
            "allowed_score_difference": self.allowed.score,
            "allowed_heat_difference": self.allowed.map,
            "holds": self.holds,
            "each": [asdict(one) for one in self.pictures],
        }

    def to_text(self) -> str:
        """Return the report for people, a few lines."""
        outcome = "parity holds" if self.holds else "PARITY DOES NOT HOLD"
        lines = [f"{self.form}: {outcome}", *self.differences(is_limited=True)]
        others = [one for one in self.pictures if one.verdict != one.other_verdict]
        lines += [
            f"  {one.name}: {one.verdict} ({one.score:.6g}) became "
            f"{one.other_verdict} ({one.other_score:.6g})"
            for one in others
        ]
        return "\n".join(lines)

    def differences(self, is_limited: bool) -> list[str]:
        """Return the largest differences for people, one a line.

        Args:
            is_limited: Say how large they may be.
        """
        count = len(self.pictures)
        most = [
            f" (allowed {one:.3g})" if is_limited else ""
            for one in (self.allowed.map, self.allowed.score)
        ]
        return [
            f"  pictures compared        {count}",
            f"  largest map difference   {self.map_difference:.3g}",
            f"    above a typical part   {self.heat_difference:.3g}{most[0]}",
            f"  largest score difference {self.score_difference:.3g}{most[1]}",
            f"  same verdict             {self.agreed} of {count}",
        ]


def compare(
    form: str,
    original: Judge,
    other: Judge,
    pictures: Iterable[tuple[str, npt.NDArray[Any]]],
    verdict: Verdict,
    floor: float = -math.inf,
    *,
    scale: Scale = Scale(),
    other_verdict: Verdict | None = None,
) -> Parity:
    """Judge pictures by both and return how they differ.

    Args:
        form: What is compared, for the report.
        original: Predicts with the checkpoint.
        other: Predicts with its exported form.
        pictures: Name and picture of each, as `Predictor.predict` takes them.
        verdict: What a prediction means by the limits in force.
        floor: Map value of a typical normal part, raw unit; what is below counts as this.
        scale: What differences are measured by, see `scale_of`.
        other_verdict: What one of the exported form means, where it has its own limits.

    Raises:
        ModelError: One of them cannot judge a picture.
    """
    found = []
    judged = other_verdict or verdict
    for name, picture in pictures:
        one, two = original(picture), other(picture)
        maps = one.anomaly_map, two.anomaly_map
        difference = _largest(*maps)
        heat = _largest(*(np.maximum(each, floor) for each in maps))
        scores, verdicts = (one.score, two.score), (verdict(one), judged(two))
        found.append(PictureParity(name, *scores, difference, heat, *verdicts))
    return Parity(form, tuple(found), scale)


def _largest(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    return float(np.abs(one - other).max())
