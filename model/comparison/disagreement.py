"""The pictures about which the detectors disagree: what the choice between them is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.comparison.figures import Result
from model.comparison.resampling import Bools
from model.data import Sample


@dataclass(frozen=True, slots=True)
class Disputed:
    """A picture that some detectors judge rightly and others wrongly.

    Attributes:
        number: In the test.
        right: Whether each result's verdict is right, in the order of the results.
        ranks: Share of the test's good pictures that score below it, of each result.
    """

    number: int
    right: tuple[bool, ...]
    ranks: tuple[float, ...]


def disputed(
    results: Sequence[Result], test: Sequence[Sample], most: int | None = None
) -> tuple[Disputed, ...]:
    """Return the disputed pictures, the most divided first.

    Each detector judges by the limit of its best F1, so that none looks bad for a limit alone.
    Evenly divided verdicts come first, then those whose scores lie furthest apart.

    Args:
        results: Of the judged detectors.
        test: The pictures.
        most: At most so many; None for all.
    """
    if len(results) < 2:
        return ()
    defective = np.array([one.is_defective for one in test], np.bool_)
    right = np.stack([verdicts(one) == defective for one in results])
    ranks = np.stack([_ranks(one, defective) for one in results])
    split = np.minimum(right.sum(axis=0), (~right).sum(axis=0))
    spread = np.ptp(ranks, axis=0)
    numbers = np.flatnonzero(split > 0)
    order = sorted(numbers.tolist(), key=lambda i: (-int(split[i]), -float(spread[i]), i))
    return tuple(
        Disputed(i, tuple(right[:, i].tolist()), tuple(ranks[:, i].tolist())) for i in order[:most]
    )


def verdicts(result: Result) -> Bools:
    """Return (n,) which test pictures the limit of the best F1 calls defective."""
    assert result.record.scores is not None
    return np.asarray(result.record.scores.values >= result.best.limit, np.bool_)


def _ranks(result: Result, defective: Bools) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return (n,) the share of good pictures that score below each picture."""
    assert result.record.scores is not None
    values = result.record.scores.values
    good = np.sort(values[~defective])
    return np.asarray(np.searchsorted(good, values, "left") / good.size, np.float64)
