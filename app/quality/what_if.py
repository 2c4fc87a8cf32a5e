"""Which verdicts would have been different under other limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.inspection.verdict import Verdict

_ORDER = (Verdict.OK, Verdict.REVIEW, Verdict.NG)


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """Records whose verdict would change in the same way.

    Attributes:
        before: The verdict that was given.
        after: The verdict under the other limits.
        places: (K,) indices of these records in the columns, the newest last.
        good: How many of them a person called good.
        defective: How many a person called defective.
    """

    before: Verdict
    after: Verdict
    places: npt.NDArray[np.intp]
    good: int
    defective: int

    @property
    def count(self) -> int:
        """Number of records."""
        return int(self.places.size)


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """The outcome for many records.

    Attributes:
        changes: Each way that happens, from OK first.
        judged: Records with a verdict and a score.
        errors: Records that had no judgement: they stay ERROR under every limit.
    """

    changes: tuple[Change, ...]
    judged: int
    errors: int

    @property
    def changed(self) -> int:
        """Number of records whose verdict would change."""
        return sum(change.count for change in self.changes)


def what_if(
    columns: Mapping[str, npt.NDArray[Any]], limit: float, review_limit: float | None = None
) -> WhatIf:
    """Judge stored scores by other limits, as `app.inspection.verdict.decide` would.

    Args:
        columns: "score" (N,) float64 with NaN for none, "verdict" (N,) texts, "part" (N,)
            "good", "defective" or None.
        limit: score >= limit is NG, raw unit.
        review_limit: Start of the REVIEW band; None for no band.

    Raises:
        ValueError: A limit is not finite or the band starts above the limit.
    """
    start = limit if review_limit is None else review_limit
    if not (math.isfinite(limit) and math.isfinite(start)) or start > limit:
        raise ValueError("limits must be finite, and the review limit not above the limit")
    score = np.asarray(columns["score"], np.float64)
    verdict, part = columns["verdict"], columns["part"]
    # An ERROR has no judgement that limits could change, and none may become OK.
    judged = (verdict != Verdict.ERROR.value) & np.isfinite(score)
    masks = {
        Verdict.NG: score >= limit,
        Verdict.REVIEW: (score >= start) & (score < limit),
        Verdict.OK: score < start,
    }
    changes = []
    for before in _ORDER:
        was = judged & (verdict == before.value)
        for after in _ORDER:
            places = np.flatnonzero(was & masks[after])
            if before is not after and places.size:
                named = part[places]
                good, bad = int((named == "good").sum()), int((named == "defective").sum())
                changes.append(Change(before, after, places, good, bad))
    return WhatIf(tuple(changes), int(judged.sum()), int((~judged).sum()))
