"""Made-up columns of records whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.inspection.drawing import drawn

Columns = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True)
class Line:
    """A line whose good parts score N(0, 1) and whose defective parts N(4, 1)."""

    parts: int = 4000
    defects: float = 0.05
    limit: float = 2.0
    review: float = float("nan")
    share: float = 0.2
    version: int = 1
    checkpoint: str = "c" * 64
    seed: int = 1


def columns(line: Line) -> Columns:
    """Return the records of a line on which every part for review was reviewed rightly."""
    rng = np.random.default_rng(line.seed)
    bad = rng.uniform(size=line.parts) < line.defects
    score = rng.normal(size=line.parts) + 4 * bad
    start = line.limit if np.isnan(line.review) else line.review
    verdict = np.where(score >= line.limit, "NG", np.where(score >= start, "REVIEW", "OK"))
    ids = np.array([f"{line.seed}-{line.version}-{i}" for i in range(line.parts)], object)
    sampled = np.array([drawn(one, line.share, b"test") for one in ids]) & (verdict == "OK")
    known = sampled | (verdict != "OK")
    part = np.where(bad, "defective", "good").astype(object)
    part[~known] = None
    return {
        "id": ids,
        "score": score,
        "verdict": verdict.astype(object),
        "sampled": sampled.astype(np.float64),
        "part": part,
        "recipe_version": np.full(line.parts, float(line.version)),
        "checkpoint_sha256": np.full(line.parts, line.checkpoint, object),
        "limit_ng": np.full(line.parts, line.limit),
        "limit_review": np.full(line.parts, line.review),
        "reviewers": np.where(known, 2.0, 0.0),
        "truth": bad,
    }


def joined(*some: Columns) -> Columns:
    """Return the records one after the other."""
    return {name: np.concatenate([one[name] for one in some]) for name in some[0]}
