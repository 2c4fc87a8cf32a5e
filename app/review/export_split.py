"""Which labelled pictures are learned from and which are kept for the test.

Two pictures of the same part never stand on both sides: not those of one serial number, and
not two that look the same. Where most parts of a product look the same in their nest, likeness
says nothing of sameness, and only equal pixels count. Good pictures of one lot stay together too
where there are lots enough, since parts of a lot are alike in light, tool wear and material.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from app.review.labelled import LabelledPart
from model.datasets.look import Look
from model.datasets.near_duplicates import near_duplicates

ENOUGH_LOTS = 4
_MOST_TIED = 0.3
_FEW = 10


@dataclass(frozen=True, slots=True)
class Split:
    """Where every picture goes; numbers count the given parts.

    Attributes:
        train: Good parts to learn from.
        test: All others.
        groups: By part, the number of the first part that shows the same thing.
        by_lot: Good parts of one lot stand on one side.
        by_likeness: So do pictures that look the same; False where all of them do.
    """

    train: tuple[int, ...]
    test: tuple[int, ...]
    groups: tuple[int, ...]
    by_lot: bool
    by_likeness: bool


class Ties:
    """Things that belong together, and what they are tied to by others (union-find)."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def first(self, number: int) -> int:
        """Return the first thing that a thing is tied to."""
        while self._above[number] != number:
            self._above[number] = self._above[self._above[number]]
            number = self._above[number]
        return number

    def tie(self, one: int, other: int) -> None:
        """Put two things together with everything that they are tied to."""
        low, high = sorted((self.first(one), self.first(other)))
        self._above[high] = low

    def tie_by(self, keys: Iterable[tuple[Hashable, int]]) -> None:
        """Put together what has the same key; keys that are empty tie nothing."""
        seen: dict[Hashable, int] = {}
        for key, number in keys:
            if key:
                self.tie(number, seen.setdefault(key, number))

    def groups(self, numbers: Iterable[int]) -> list[list[int]]:
        """Return the numbers in groups."""
        found: dict[int, list[int]] = defaultdict(list)
        for number in numbers:
            found[self.first(number)].append(number)
        return list(found.values())


def split_parts(
    parts: Sequence[LabelledPart], looks: Sequence[Look], held_out: float, seed: int
) -> Split:
    """Divide the good parts; defective ones are all for the test.

    Args:
        parts: Labelled.
        looks: What each picture looks like.
        held_out: Share of the good parts for the test, 0..1; at least one stays to learn from.
        seed: Same seed, same split.
    """
    good = [number for number, part in enumerate(parts) if not part.is_defective]
    same, by_likeness = _same_parts(parts, looks), True
    if _is_chained(parts, good, same):
        same, by_likeness = _same_parts(parts, looks, likeness=False), False
    tied = _tied_to_defects(parts, same)
    groups = tuple(same.first(number) for number in range(len(parts)))
    free = [number for number in good if number not in tied]
    lots = {parts[number].record.context.lot for number in free} - {""}
    by_lot = len(lots) >= ENOUGH_LOTS
    if by_lot:
        same.tie_by((parts[number].record.context.lot, number) for number in free)
    kept = _drawn(same.groups(free), round(held_out * len(good)) - len(tied), seed)
    train = tuple(number for number in free if number not in kept)
    test = tuple(number for number in range(len(parts)) if number not in set(train))
    return Split(train, test, groups, by_lot, by_likeness)


def _same_parts(
    parts: Sequence[LabelledPart], looks: Sequence[Look], *, likeness: bool = True
) -> Ties:
    """Tie pictures of one serial number and lot, and those that look the same.

    Args:
        parts: Labelled.
        looks: Of each.
        likeness: Also those that are alike; otherwise only those with equal pixels.
    """
    ties = Ties(len(parts))
    keys = [(part.record.recipe, part.record.context.lot, part.record.serial) for part in parts]
    ties.tie_by((key if key[2] else "", number) for number, key in enumerate(keys))
    # the pieces of one picture
    ties.tie_by((part.record.id, number) for number, part in enumerate(parts))
    ties.tie_by((look.digest, number) for number, look in enumerate(looks))
    numbers = {look.sample.path: number for number, look in enumerate(looks)}
    for product in {look.sample.product for look in looks} if likeness else ():
        mine = [look for look in looks if look.sample.product == product and not look.trouble]
        good = [look for look in mine if not look.sample.is_defective]
        for pair in near_duplicates(good, mine):
            ties.tie(numbers[pair.train], numbers[pair.test])
    return ties


def _is_chained(parts: Sequence[LabelledPart], good: Sequence[int], same: Ties) -> bool:
    """Tell whether the ties hold together far more than pictures of one part."""
    most = _MOST_TIED * len(good)
    if len(good) < _FEW:
        return len(_tied_to_defects(parts, same)) > len(good) / 2
    largest = max((len(group) for group in same.groups(good)), default=0)
    return largest > most or len(_tied_to_defects(parts, same)) > most


def _tied_to_defects(parts: Sequence[LabelledPart], same: Ties) -> set[int]:
    """Return the good parts that are the same thing as a defective one."""
    defective = {same.first(number) for number, part in enumerate(parts) if part.is_defective}
    return {
        number
        for number, part in enumerate(parts)
        if not part.is_defective and same.first(number) in defective
    }


def _drawn(units: Sequence[Sequence[int]], wanted: int, seed: int) -> set[int]:
    """Return about as many numbers as wanted, whole units at a time; one unit always stays."""
    order: list[list[int]] = sorted(sorted(unit) for unit in units)
    random.Random(seed).shuffle(order)
    kept: set[int] = set()
    for unit in order[:-1]:
        if len(kept) + len(unit) <= wanted:
            kept.update(unit)
    if not kept and wanted > 0 and len(order) > 1:
        kept.update(min((len(unit), unit) for unit in order)[1])
    return kept
