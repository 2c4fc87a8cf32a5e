"""One split for every detector: what all learn from, what some may, and what judges them all."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.data import Sample
from model.datasets.collection import Collection
from model.errors import DatasetError
from model.training.groups import Groups, group_of, source_groups

_SHARE_OF_GOOD = 0.5
FEW = 20
"""Below so many pictures of a side the figures are rough; a note says so."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What of a data set is to be used.

    Attributes:
        product: Class of product; "" where there is only one.
        train_good: Good pictures to learn from; None for all of the training part.
        defects: Defective pictures of each kind that move from the test to the training, for
            the detectors that need them and out of everybody's test.
        test_per_kind: Test pictures of each kind of defect at most, and good ones at most as many
            as all of those; None for all.
        seed: Decides every draw.
    """

    product: str = ""
    train_good: int | None = None
    defects: int = 0
    test_per_kind: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Split:
    """The parts; no picture, and no group of pictures of one thing, stands in two of them.

    Attributes:
        good: What every detector learns from.
        defects: What those learn from besides that need labelled defects.
        test: What all are judged on; seen by no detector that learns here.
        groups: Of each test picture, the number of what it shows; equal for tiles of one part.
        notes: What was left out and what to mind, one sentence each.
    """

    good: tuple[Sample, ...]
    defects: tuple[Sample, ...]
    test: tuple[Sample, ...]
    groups: tuple[int, ...]
    notes: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Hash of which pictures stand where: paths and sizes of the files."""
        found = hashlib.sha256()
        for part in (self.good, self.defects, self.test):
            found.update(b"part\n")
            for one in part:
                size = one.path.stat().st_size
                found.update(f"{one.path.as_posix()}|{one.kind}|{size}\n".encode())
        return found.hexdigest()


def draw(collection: Collection, wish: Wish) -> Split:
    """Return the split of a data set; the same one for the same wish.

    Args:
        collection: The data set.
        wish: What of it.

    Raises:
        DatasetError: There are several products and none is named, or pictures of a side are
            too few.
    """
    product = _product(collection, wish.product)
    groups = source_groups(collection.root, collection.products)
    train = [one for one in collection.train if one.product == product]
    test = [one for one in collection.test if one.product == product]
    notes: list[str] = []
    order = np.random.default_rng((wish.seed, 61))
    if not any(not one.is_defective for one in train):
        moved = _good_from_test(test, wish.train_good, groups, order)
        train, test = [*train, *moved], _without(test, moved)
        notes.append(
            f"The data set has no good training pictures: {len(moved)} good ones were drawn "
            "from its test pictures."
        )
    defects = _defects_from_test(test, wish.defects, groups, order)
    test, dropped = _apart(_without(test, defects), defects, groups)
    notes += _told(dropped, "test pictures show the same things as defects to learn from")
    defects = [*(one for one in train if one.is_defective), *defects]
    good = [one for one in train if not one.is_defective]
    for part, name in ((good, "good"), (defects, "defective")):
        kept, gone = _apart(part, test, groups)
        kept, same = _distinct(kept, test)
        part[:] = kept
        notes += _told(gone, f"{name} training pictures show the same things as test pictures")
        notes += _told(same, f"{name} training pictures are copies of test pictures")
    good = _drawn_good(good, wish.train_good, order)
    test = _limited(test, wish.test_per_kind, order)
    names = [group_of(one, groups) for one in test]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    shown = tuple(numbers[name] for name in names)
    return _checked(Split(tuple(good), tuple(defects), tuple(test), shown, tuple(notes)))


def _product(collection: Collection, wished: str) -> str:
    names = collection.products
    if wished and wished not in names:
        raise DatasetError(
            f"{collection.root} has no product {wished!r}; it has {', '.join(names)}."
        )
    if not wished and len(names) > 1:
        raise DatasetError(
            f"{collection.root} holds {len(names)} products, and detectors are compared on one; "
            f"name it with --product: {', '.join(names)}."
        )
    return wished or names[0]


def _good_from_test(
    test: Sequence[Sample], count: int | None, groups: Groups, order: np.random.Generator
) -> list[Sample]:
    good = [one for one in test if not one.is_defective]
    wanted = round(_SHARE_OF_GOOD * len(good)) if count is None else count
    drawn = _whole_groups(good, wanted, groups, order)
    if not drawn or len(drawn) >= len(good):
        raise DatasetError(
            f"{len(good)} good pictures do not suffice to learn from {wanted} and to test with "
            "others; add good pictures, or give a smaller --train-good."
        )
    return drawn


def _defects_from_test(
    test: Sequence[Sample], count: int, groups: Groups, order: np.random.Generator
) -> list[Sample]:
    kinds: dict[str, list[Sample]] = defaultdict(list)
    for one in test:
        if one.is_defective:
            kinds[one.kind].append(one)
    drawn: list[Sample] = []
    for kind, some in sorted(kinds.items()) if count else ():
        chosen = _whole_groups(some, count, groups, order)
        if len(chosen) >= len(some):
            raise DatasetError(
                f"The kind {kind!r} has {len(some)} pictures; with --defects {count} none would "
                "be left to test with. Give a smaller number."
            )
        drawn += chosen
    return drawn


def _whole_groups(
    some: Sequence[Sample], count: int, groups: Groups, order: np.random.Generator
) -> list[Sample]:
    """Return at least `count` samples, group by group in a drawn order."""
    members: dict[str, list[Sample]] = defaultdict(list)
    for one in some:
        members[group_of(one, groups)].append(one)
    names = sorted(members)
    drawn: list[Sample] = []
    for number in order.permutation(len(names)).tolist():
        if len(drawn) >= count:
            break
        drawn += members[names[number]]
    return drawn


def _without(some: Iterable[Sample], taken: Iterable[Sample]) -> list[Sample]:
    gone = {one.path for one in taken}
    return [one for one in some if one.path not in gone]


def _apart(
    some: Sequence[Sample], others: Iterable[Sample], groups: Groups
) -> tuple[list[Sample], int]:
    """Return those of no group of the others, and how many were left out."""
    names = {group_of(one, groups) for one in others}
    kept = [one for one in some if group_of(one, groups) not in names]
    return kept, len(some) - len(kept)


def _distinct(some: Sequence[Sample], others: Iterable[Sample]) -> tuple[list[Sample], int]:
    """Return those whose file is no copy of another's, and how many were left out."""
    by_size: dict[int, list[Sample]] = defaultdict(list)
    for one in others:
        by_size[one.path.stat().st_size].append(one)
    hashes: dict[int, set[bytes]] = {}
    kept = []
    for one in some:
        size = one.path.stat().st_size
        if size in by_size and size not in hashes:
            hashes[size] = {_hash(other) for other in by_size[size]}
        if _hash(one) not in hashes[size] if size in hashes else True:
            kept.append(one)
    return kept, len(some) - len(kept)


def _hash(one: Sample) -> bytes:
    with one.path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _told(count: int, what: str) -> list[str]:
    return [f"{count} {what}; they were left out."] if count else []


def _drawn_good(
    good: Sequence[Sample], count: int | None, order: np.random.Generator
) -> list[Sample]:
    if count is None or count == len(good):
        return list(good)
    if count > len(good):
        raise DatasetError(
            f"--train-good asks for {count} good pictures, but there are {len(good)} to learn from."
        )
    return [good[i] for i in sorted(order.permutation(len(good))[:count].tolist())]


def _limited(test: Sequence[Sample], most: int | None, order: np.random.Generator) -> list[Sample]:
    if most is None:
        return list(test)
    kept: set[int] = set()
    for kind in sorted({one.kind for one in test if one.is_defective}):
        numbers = [i for i, one in enumerate(test) if one.is_defective and one.kind == kind]
        kept |= {numbers[i] for i in order.permutation(len(numbers))[:most].tolist()}
    good = [i for i, one in enumerate(test) if not one.is_defective]
    kept |= {good[i] for i in order.permutation(len(good))[: len(kept)].tolist()}
    return [test[i] for i in sorted(kept)]


def _checked(split: Split) -> Split:
    bad = sum(one.is_defective for one in split.test)
    good = len(split.test) - bad
    if not good or not bad:
        raise DatasetError(
            f"The test pictures are {good} good and {bad} defective; both are needed to compare "
            "detectors."
        )
    if not split.good:
        raise DatasetError("No good picture is left to learn from; add some to train/good.")
    if min(good, bad) >= FEW:
        return split
    note = (
        f"The test has only {good} good and {bad} defective pictures: the intervals are wide, "
        "and differences within them mean nothing."
    )
    return replace(split, notes=(*split.notes, note))
