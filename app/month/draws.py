"""What the parts of one slot are and score, drawn from the known distributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from app.month.timetable import SLOT_S, Month, Slot

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

BRIGHTNESS, SHARPNESS = 128.0, 420.0
COLOUR_A, COLOUR_B = 0.4, 2.1

_UNREADABLE: Final = 0.0005
_NAMED_RIGHT: Final = 0.88
_DAY_S: Final = 86400.0


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """The n parts of one slot, in order of time; every array is (n,) or (n, 2).

    Attributes:
        seconds: From the start of the slot, increasing.
        defective: The truth.
        kind: Index into the product's kinds of defects.
        named: Index of the kind that the model names.
        confidence: Probability that the model gives that kind, 0 to 1.
        score: Image score, raw unit.
        mean: Mean that the score was drawn from, raw unit.
        sd: Its standard deviation.
        unreadable: There was no picture to judge.
        sampled: Drawn for review, if it turns out OK.
        second_opinion: Drawn for two reviewers.
        brightness: Mean grey value.
        sharpness: Variance of the Laplacian.
        shift: Place of the part, pixels, x and y.
        colour: Mean CIELAB a* and b*.
        place: Where a defect lies, 0 to 1 of width and height.
        size: Size of a defect, 0 to 1.
    """

    seconds: Floats
    defective: Flags
    kind: npt.NDArray[np.int64]
    named: npt.NDArray[np.int64]
    confidence: Floats
    score: Floats
    mean: Floats
    sd: Floats
    unreadable: Flags
    sampled: Flags
    second_opinion: Flags
    brightness: Floats
    sharpness: Floats
    shift: Floats
    colour: Floats
    place: Floats
    size: Floats


def draw(month: Month, slot: Slot) -> Draws:
    """Draw the parts of a slot; the same for the same month and slot."""
    rng = np.random.default_rng((month.seed, 3, slot.index))
    n, recipe, scores = slot.count, slot.edition.recipe, slot.edition.scores
    seconds = _seconds(rng, slot)
    days = (slot.begin - month.start).total_seconds() / _DAY_S + seconds / _DAY_S
    defective = rng.random(n) < slot.defective_share
    aged, blurred = _aged(month, days), _blurred(month, slot)
    mean = np.where(
        defective,
        scores.bad_mean - blurred * month.troubles.blur_sds * scores.bad_sd,
        scores.good_mean + aged * month.troubles.ramp_sds * scores.good_sd,
    )
    sd = np.where(defective, scores.bad_sd, scores.good_sd)
    shares = [share for _, share in slot.product.kinds]
    kind = rng.choice(len(shares), n, p=shares)
    other = (kind + rng.integers(1, len(shares), n)) % len(shares)
    left = 1 - blurred * (1 - month.troubles.blur_sharpness)
    return Draws(
        seconds=seconds,
        defective=defective,
        kind=kind,
        named=np.where(rng.random(n) < _NAMED_RIGHT, kind, other),
        confidence=rng.uniform(0.55, 0.98, n),
        score=rng.normal(mean, sd),
        mean=mean,
        sd=sd,
        unreadable=rng.random(n) < _UNREADABLE,
        sampled=rng.random(n) < recipe.review_ok_share,
        second_opinion=rng.random(n) < recipe.second_opinion_share,
        brightness=rng.normal(BRIGHTNESS, 1.6, n) - aged * month.troubles.ramp_brightness,
        sharpness=rng.normal(SHARPNESS, 17.0, n) * left,
        shift=rng.normal(0.0, 1.8, (n, 2)),
        colour=rng.normal((COLOUR_A, COLOUR_B), 0.25, (n, 2)),
        place=rng.uniform(0.33, 0.67, (n, 2)),
        size=rng.random(n),
    )


def _seconds(rng: np.random.Generator, slot: Slot) -> Floats:
    """Return when the parts came: evenly over the slot, none while the line stood."""
    stop = slot.stop
    length = SLOT_S - (stop.length_s if stop else 0.0)
    # One part in its own share of the time: a belt, not a crowd.
    beats = np.arange(slot.count) + rng.uniform(0.05, 0.95, slot.count)
    seconds = beats * (length / max(1, slot.count))
    if stop is not None:
        seconds = seconds + np.where(seconds >= stop.begin_s, stop.length_s, 0.0)
    return np.asarray(seconds, np.float64)


def _aged(month: Month, days: Floats) -> Floats:
    """Return how far the lamp has aged, 0 to 1; 0 outside the ramp."""
    ramp = month.troubles.ramp_days
    if ramp is None:
        return np.zeros_like(days)
    first, end = ramp[0], ramp[1] + 1
    return np.where((days >= first) & (days < end), (days - first) / (end - first), 0.0)


def _blurred(month: Month, slot: Slot) -> float:
    return float(slot.day == month.troubles.blur_day and slot.shift == "B")
