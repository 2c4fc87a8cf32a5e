"""How well labels are named: macro F1, accuracy, confusion."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import confusion_matrix, f1_score

Numbers = npt.NDArray[np.int64]


def macro_f1(targets: Sequence[int] | Numbers, named: Sequence[int] | Numbers) -> float:
    """Return the mean of the labels' F1, over all that occur in either; 0 for one never named."""
    return float(f1_score(targets, named, average="macro", zero_division=0))


@dataclass(frozen=True, slots=True)
class FoldFigures:
    """What one network does on the pictures that it has not learned from.

    Attributes:
        learned: Pictures it has learned from.
        judged: Pictures it was judged on.
        best_epoch: The epoch that was kept, from 1.
        macro_f1: Mean of the labels' F1.
        accuracy: Share of pictures that it names right.
    """

    learned: int
    judged: int
    best_epoch: int
    macro_f1: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """What all networks do, each on its own fold.

    Attributes:
        labels: Names, in the order of the matrix.
        folds: One for each network.
        confusion: Row: what a picture shows; column: what it was taken for; pictures.
        rare: Labels with fewer pictures than folds: their figures hang on single pictures.
    """

    labels: tuple[str, ...]
    folds: tuple[FoldFigures, ...]
    confusion: tuple[tuple[int, ...], ...]
    rare: tuple[str, ...] = ()

    @property
    def mean(self) -> float:
        """Mean of the folds' macro F1."""
        return statistics.fmean(fold.macro_f1 for fold in self.folds)

    @property
    def spread(self) -> float:
        """Standard deviation of the folds' macro F1; 0 for a single fold."""
        values = [fold.macro_f1 for fold in self.folds]
        return statistics.stdev(values) if len(values) > 1 else 0.0

    @property
    def accuracy(self) -> float:
        """Share of all judged pictures that were named right."""
        total = sum(map(sum, self.confusion))
        right = sum(row[number] for number, row in enumerate(self.confusion))
        return right / total if total else 0.0

    def per_label(self) -> tuple[tuple[str, int, float, float, float], ...]:
        """Return name, pictures, precision, recall and F1 of each label."""
        table = np.array(self.confusion, np.float64).reshape(len(self.labels), -1)
        shown, taken, right = table.sum(axis=1), table.sum(axis=0), np.diag(table)
        precision = right / np.maximum(taken, 1)
        recall = right / np.maximum(shown, 1)
        f1 = 2 * right / np.maximum(shown + taken, 1)
        return tuple(
            (name, int(shown[i]), float(precision[i]), float(recall[i]), float(f1[i]))
            for i, name in enumerate(self.labels)
        )


def confusion_of(
    targets: Sequence[int] | Numbers, named: Sequence[int] | Numbers, labels: int
) -> tuple[tuple[int, ...], ...]:
    """Return the (L, L) counts: rows are what is shown, columns what it was taken for."""
    table = confusion_matrix(targets, named, labels=list(range(labels)))
    return tuple(tuple(int(value) for value in row) for row in table)
