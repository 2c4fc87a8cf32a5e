"""What the pictures have seen of the variation of good parts, and what more would bring."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from app.i18n import N_
from app.teaching.traits import Traits

FEWEST_GOOD = 6
"""Some are held out for the trial, and a bank of three pictures knows next to nothing."""

USUAL_GOOD = 20
ENOUGH_GOOD = 60

_WIDER = 0.15
_GREY = 0.5
_FIRST = 5


class Advice(Enum):
    """Whether to go on collecting."""

    TOO_FEW = "too-few"
    FEW = "few"
    STILL_NEW = "still-new"
    ENOUGH = "enough"


@dataclass(frozen=True, slots=True)
class Strip:
    """One trait over all pictures.

    Attributes:
        name: English source text.
        unit: Of the values, e.g. "px"; "" for none.
        values: Of the pictures in order.
        least_span: A narrower range is drawn as wide as this, so that noise looks like noise.
        widens: Whether the last pictures made the range clearly wider.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    least_span: float
    widens: bool

    @property
    def low(self) -> float:
        """Smallest value."""
        return min(self.values)

    @property
    def high(self) -> float:
        """Largest value."""
        return max(self.values)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was seen.

    Attributes:
        count: Pictures.
        strips: The traits; empty without a picture.
        newness: How much each picture from the second on differs from the most similar one
            before it, as a share of how much the first ones did.
        advice: Whether to go on.
        new_in: Names of the traits that the last pictures still widened.
        outside: Share of the parts that are to be expected outside of the range that was seen of
            any one trait, 0..1.
    """

    count: int
    strips: tuple[Strip, ...]
    newness: tuple[float, ...]
    advice: Advice
    new_in: tuple[str, ...]
    outside: float


def coverage_of(traits: Sequence[Traits], *, has_anchor: bool) -> Coverage:
    """Return what pictures cover of the variation.

    Args:
        traits: In the order of collecting.
        has_anchor: Whether parts are found by an anchor, which also tells their turn.

    The next value of a sequence of exchangeable ones is the smallest or the largest so far with
    probability 2 / (n + 1), whatever their distribution (Wilks, 1941); that is `outside`.
    """
    strips = _strips(traits, has_anchor) if traits else ()
    count = len(traits)
    new_in = tuple(one.name for one in strips if one.widens)
    return Coverage(
        count,
        strips,
        _newness(traits),
        _advice(count, new_in),
        new_in,
        min(1.0, 2 / (count + 1)),
    )


def _advice(count: int, new_in: tuple[str, ...]) -> Advice:
    if count < FEWEST_GOOD:
        return Advice.TOO_FEW
    if count < USUAL_GOOD:
        return Advice.FEW
    return Advice.STILL_NEW if new_in and count < ENOUGH_GOOD else Advice.ENOUGH


def _strips(traits: Sequence[Traits], has_anchor: bool) -> tuple[Strip, ...]:
    found = [
        _strip(N_("Brightness"), "", [one.brightness for one in traits], 8.0),
        _strip(N_("Left to right"), "px", [one.shift_x for one in traits], 10.0),
        _strip(N_("Up and down"), "px", [one.shift_y for one in traits], 10.0),
    ]
    if has_anchor:
        found.append(_strip(N_("Turn"), "°", [one.turn_deg for one in traits], 1.0))
    colours = (
        _strip(N_("Green to red"), "", [one.colour_a for one in traits], 4.0),
        _strip(N_("Blue to yellow"), "", [one.colour_b for one in traits], 4.0),
    )
    # a grey camera has nothing to say here
    if any(max(abs(one.low), abs(one.high)) > _GREY for one in colours):
        found += colours
    return tuple(found)


def _strip(name: str, unit: str, values: list[float], least_span: float) -> Strip:
    return Strip(name, unit, tuple(values), least_span, _widens(values, least_span))


def _widens(values: Sequence[float], least_span: float) -> bool:
    """Tell whether the last quarter lies clearly beyond the range of those before it.

    Compared with the range before all of them, since a slow drift never goes far in one step.
    """
    recent = max(_FIRST, len(values) // 4)
    before, now = values[:-recent], values[-recent:]
    if not before:
        return len(values) > 1
    slack = _WIDER * max(max(before) - min(before), least_span)
    return min(now) < min(before) - slack or max(now) > max(before) + slack


def _newness(traits: Sequence[Traits]) -> tuple[float, ...]:
    distances = [
        min(traits[number].distance(other) for other in traits[:number])
        for number in range(1, len(traits))
    ]
    if not distances:
        return ()
    usual = statistics.median(distances[:_FIRST]) or 1.0
    return tuple(distance / usual for distance in distances)
