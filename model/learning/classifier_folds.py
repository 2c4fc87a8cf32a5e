"""Folds of labelled pictures: every label in every fold, and no source on both sides."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from model.errors import DatasetError

_LEAST = 2
_HOLD_OUT = 5


@dataclass(frozen=True, slots=True)
class Fold:
    """One split.

    Attributes:
        train: Numbers of the pictures that are learned from, rising.
        held: Numbers of those that the network is judged on, rising.
    """

    train: tuple[int, ...]
    held: tuple[int, ...]


def folds_of(
    names: Sequence[str], count: int, seed: int, groups: Sequence[str] = ()
) -> tuple[Fold, ...]:
    """Return stratified folds, drawn by the seed (scikit-learn; classifier spec, section 3).

    Args:
        names: Label of each picture.
        count: Folds; 1 gives a single split that holds out a fifth.
        seed: Same seed, same folds.
        groups: What each picture was taken from, or empty.

    Raises:
        DatasetError: A label has too few pictures, or there are too few for so many folds.
    """
    _check(names, count)
    numbers = np.arange(len(names))
    splits = count if count > 1 else min(_HOLD_OUT, max(Counter(names).values()))
    with warnings.catch_warnings():
        # It warns of labels with fewer pictures than folds; the report lists them.
        warnings.simplefilter("ignore", UserWarning)
        if groups:
            if len(set(groups)) < splits:
                raise DatasetError(
                    f"The pictures come from {len(set(groups))} sources, too few for {splits} "
                    "folds; choose fewer folds."
                )
            grouped = StratifiedGroupKFold(splits, shuffle=True, random_state=seed)
            pairs = list(grouped.split(numbers, names, groups))
        else:
            plain = StratifiedKFold(splits, shuffle=True, random_state=seed)
            pairs = list(plain.split(numbers, names))
    found = [Fold(tuple(train.tolist()), tuple(held.tolist())) for train, held in pairs]
    return tuple(found[:count])


def rare_labels(names: Sequence[str], folds: int) -> dict[str, int]:
    """Return the labels with fewer pictures than folds, with their number, in order of name."""
    counts = Counter(names)
    return {name: counts[name] for name in sorted(counts) if counts[name] < max(2, folds)}


def _check(names: Sequence[str], count: int) -> None:
    counts = Counter(names)
    few = [name for name in sorted(counts) if counts[name] < _LEAST]
    if few:
        raise DatasetError(
            f"The label {few[0]!r} has a single picture; a network that learns it could not be "
            "judged on it. Add pictures or leave the label out."
        )
    most = max(counts.values(), default=0)
    if most < count:
        raise DatasetError(
            f"No label has {count} pictures, the largest has {most}; choose {max(1, most)} folds "
            "or fewer."
        )
