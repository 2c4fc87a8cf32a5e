"""Which pictures train, which choose the best epoch, and which are kept for the test."""

from __future__ import annotations

import random
import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.data import Sample
from model.errors import DatasetError
from model.training.groups import Groups, group_of, source_groups

if TYPE_CHECKING:
    from model.datasets.collection import Collection

_NAMES = ("anomaly", "good")


@dataclass(frozen=True, slots=True)
class Shots:
    """How many labelled pictures there are to learn from, validation included.

    Attributes:
        anomaly: Defective ones; None for all of the training part.
        good: Good ones; None for all of the training part.
    """

    anomaly: int | None = None
    good: int | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """Three parts without a common picture or a common group.

    Attributes:
        train: What the weights are made from.
        validation: What the best epoch and the limits are chosen on.
        test: What the figures come from; seen once, at the end.
    """

    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    test: tuple[Sample, ...]


def parse_shots(text: str) -> Shots:
    """Return the shots of "anomaly=10,good=110"; one of the two may be left out.

    Raises:
        DatasetError: Another form, an unknown name or a number below 0.
    """
    found: dict[str, int] = {}
    for part in text.split(","):
        name, equals, number = (piece.strip() for piece in part.partition("="))
        is_number = number.isascii() and number.isdigit()
        if not equals or name not in _NAMES or name in found or not is_number:
            raise DatasetError(
                f"--shots {text!r} is not understood; write for example anomaly=10,good=110."
            )
        found[name] = int(number)
    return Shots(**found)


def split(
    collection: Collection,
    shots: Shots,
    seed: int,
    validation_share: float,
    groups: Groups | None = None,
) -> Split:
    """Draw the shots and divide them; same seed, same split.

    Good shots come from the training part. Defective ones do too where it has any, else they are
    taken out of the test part. Whatever shows the same thing as a shot leaves the test part.

    Args:
        collection: The data set.
        shots: How many pictures; they are drawn evenly over kinds and products.
        seed: Of the draw.
        validation_share: Share of the shots that is kept for validation, in [0, 1); 0 for none.
        groups: Pictures of the same thing; None reads the data set's own tables.

    Raises:
        DatasetError: A class is empty or has one picture only, or there are fewer than asked for.
    """
    if not 0 <= validation_share < 1:
        raise DatasetError(f"The validation share {validation_share} is not within 0 and 1.")
    if groups is None:
        products = sorted({one.product for one in (*collection.train, *collection.test)})
        groups = source_groups(collection.root, products)
    rng = random.Random(seed)
    good = _drawn(_good_pool(collection, shots), shots.good, "good", rng)
    anomaly = _drawn(_anomaly_pool(collection, shots), shots.anomaly, "anomaly", rng)
    _check_numbers(good, anomaly, collection.name, validation_share)
    chosen = (*good, *anomaly)
    train, validation = divided(chosen, validation_share, groups)
    known = {group_of(one, groups) for one in chosen}
    test = tuple(one for one in collection.test if group_of(one, groups) not in known)
    return Split(train, validation, test)


def whole_test_part(collection: Collection, seed: int, validation_share: float) -> Split:
    """Return the published way of AnomalyCLIP: train on the test part of an auxiliary data set.

    Raises:
        DatasetError: The test part has no good or no defective picture.
    """
    good = [one for one in collection.test if not one.is_defective]
    anomaly = [one for one in collection.test if one.is_defective]
    if not anomaly:
        raise DatasetError(
            f"The test part of {collection.name} has no defective image; this recipe learns from "
            "one with defects and masks."
        )
    _check_numbers(good, anomaly, collection.name, validation_share)
    if validation_share == 0:
        return Split(collection.test, (), ())
    groups = source_groups(collection.root, sorted({one.product for one in collection.test}))
    rng = random.Random(seed)
    order = (*_shuffled(good, rng), *_shuffled(anomaly, rng))
    return Split(*divided(order, validation_share, groups), ())


def folds(
    samples: Sequence[Sample],
    k: int,
    seed: int,
    groups: Groups | None = None,
    what: str = "folds",
) -> tuple[tuple[tuple[Sample, ...], tuple[Sample, ...]], ...]:
    """Return k pairs (rest, held out); every picture is held out once, kinds spread evenly.

    Args:
        samples: What is divided.
        k: Number of pairs.
        seed: Of the draw.
        groups: Pictures of the same thing stay together.
        what: What the k are, for the message of an error.

    Raises:
        DatasetError: Fewer than k separate pictures (or groups) of a class, or k below 2.
    """
    of = [group_of(one, groups or {}) for one in samples]
    for is_defective, word in ((False, "good"), (True, "defective")):
        found = {g for g, one in zip(of, samples, strict=True) if one.is_defective == is_defective}
        if k < 2 or (len(found) < k and (found or not is_defective)):
            raise DatasetError(
                f"{k} {what} need 2 or more, and as many {word} images that do not show the same "
                f"part; there are {len(found)}."
            )
    numbers = Counter(map(_kind, samples))
    # a kind that is too rare for every fold counts with the others of its class
    kinds = [
        str(_kind(one)) if numbers[_kind(one)] >= k else str(one.is_defective) for one in samples
    ]
    # late: a second that no other command should wait for
    from sklearn.model_selection import StratifiedGroupKFold

    with warnings.catch_warnings():
        # what is left of a class may be fewer than folds still
        warnings.simplefilter("ignore", UserWarning)
        pairs = list(
            StratifiedGroupKFold(k, shuffle=True, random_state=seed).split(kinds, kinds, of)
        )
    return tuple(
        (tuple(samples[i] for i in rest), tuple(samples[i] for i in held)) for rest, held in pairs
    )


def _good_pool(collection: Collection, shots: Shots) -> tuple[Sample, ...]:
    pool = tuple(one for one in collection.train if not one.is_defective)
    if pool or not shots.good:
        return pool
    return tuple(one for one in collection.test if not one.is_defective)


def _anomaly_pool(collection: Collection, shots: Shots) -> tuple[Sample, ...]:
    pool = tuple(one for one in collection.train if one.is_defective)
    if pool or not shots.anomaly:
        return pool
    return tuple(one for one in collection.test if one.is_defective)


def _drawn(
    pool: Sequence[Sample], count: int | None, name: str, rng: random.Random
) -> tuple[Sample, ...]:
    order = _shuffled(pool, rng)
    if count is not None and count > len(order):
        raise DatasetError(
            f"--shots {name}={count} but the data set has only {len(order)} such images; ask for "
            "fewer or add images."
        )
    return order[:count]


def _shuffled(pool: Sequence[Sample], rng: random.Random) -> tuple[Sample, ...]:
    """Return a pool in random order, one of each kind in turn as long as there are any."""
    by_kind: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for one in sorted(pool, key=lambda sample: sample.path.as_posix()):
        by_kind[_kind(one)].append(one)
    queues = list(by_kind.values())
    rng.shuffle(queues)
    for queue in queues:
        rng.shuffle(queue)
    rounds = range(max(map(len, queues), default=0))
    return tuple(queue[i] for i in rounds for queue in queues if i < len(queue))


def _kind(sample: Sample) -> tuple[str, str]:
    return (sample.product, sample.kind)


def _check_numbers(
    good: Sequence[Sample], anomaly: Sequence[Sample], name: str, validation_share: float
) -> None:
    if not good:
        raise DatasetError(
            f"The data set {name} gives no good image to train on; put some into train/good, or "
            "say how many of its images may train, --shots anomaly=N,good=N: the others stay for "
            "the test."
        )
    if validation_share == 0:
        return
    for chosen, word in ((good, "good"), (anomaly, "defective")):
        if len(chosen) == 1:
            raise DatasetError(
                f"There is only one {word} image to train on; give at least two, one to learn "
                "from and one to choose the best epoch on, or train without validation."
            )


def divided(
    chosen: Sequence[Sample], share: float, groups: Groups
) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """Return training and validation part; groups stay together.

    Training keeps at least one picture of each class; validation takes of each kind its part.

    Args:
        chosen: What to divide.
        share: Of each class for validation; at least one picture of a class that has two.
        groups: Pictures of the same thing.

    Raises:
        DatasetError: All pictures are of one group.
    """
    members: dict[str, list[Sample]] = defaultdict(list)
    for one in chosen:
        members[group_of(one, groups)].append(one)
    left = Counter(one.is_defective for one in chosen)
    wanted = Counter({key: _held_out(number, share) for key, number in left.items()})
    held: set[Sample] = set()
    for one in _evenly(chosen, wanted):
        whole = members[group_of(one, groups)]
        number = Counter(each.is_defective for each in whole)
        if one in held or wanted[one.is_defective] <= 0:
            continue
        if all(left[key] > number[key] for key in number):
            held.update(whole)
            wanted -= number
            left -= number
    if share > 0 and not held:
        raise DatasetError(
            "All images to train on show the same part, so none can be kept for validation; add "
            "images of other parts or train without validation."
        )
    train = tuple(one for one in chosen if one not in held)
    return train, tuple(one for one in chosen if one in held)


def _evenly(chosen: Sequence[Sample], wanted: Counter[bool]) -> list[Sample]:
    """Return the samples of each class at even distances over its kinds, then all the others."""
    first: list[Sample] = []
    for is_defective, number in wanted.items():
        ordered = sorted((one for one in chosen if one.is_defective == is_defective), key=_kind)
        first += [ordered[int((i + 0.5) * len(ordered) / number)] for i in range(number)]
    return list(dict.fromkeys([*first, *reversed(chosen)]))


def _held_out(number: int, share: float) -> int:
    return 0 if share == 0 or number < 2 else min(max(1, round(number * share)), number - 1)
