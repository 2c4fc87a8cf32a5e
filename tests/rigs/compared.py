"""A comparison of two checkpoints on pictures that really lie on the disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.candidates.comparison import Comparison, Pair, Seen, Side
from app.inspection.verdict import Verdict
from model.opencv import cv2

CURRENT = Side("plates", "plates.safetensors", "c" * 64, "paint", 0.6, 0.1, 1.2, 34.0, 410.0)
CANDIDATE = replace(CURRENT, name="plates-2", sha256="d" * 64, ng_limit=0.5, model_ms=51.0)
_VERDICT = {True: Verdict.NG, False: Verdict.OK}


def seen(share: float | None, side: Side = CURRENT) -> Seen:
    """Return how a checkpoint judged a picture by its place on the common scale."""
    if share is None or side.ng_limit is None or side.typical is None:
        return Seen(Verdict.ERROR, None, None, side.model_ms, ("model-failed",))
    score = side.typical + share * (side.ng_limit - side.typical)
    return Seen(_VERDICT[share >= 1], score, share, side.model_ms)


def pair(
    name: str,
    shares: tuple[float | None, float | None],
    expected: Verdict | None = None,
    **changes: object,
) -> Pair:
    """Return one picture with its places on the scales of both."""
    before, after = seen(shares[0]), seen(shares[1], CANDIDATE)
    made = Pair("part", name, name, "", expected, before, after, "2026-11-20T06:00:00+00:00")
    return replace(made, **changes)  # type: ignore[arg-type]


def comparison(pairs: Sequence[Pair], skipped: int = 0) -> Comparison:
    """Return a comparison, differing pictures first."""
    ordered = sorted(pairs, key=lambda one: not one.differs)
    made = "2026-11-21T10:00:00+00:00"
    return Comparison("paint", 3, CURRENT, CANDIDATE, tuple(ordered), skipped, "cpu", made)


def many(folder: Path, record_ids: Sequence[str] = (), count: int = 96) -> Comparison:
    """Return a comparison of parts of which a few differ, and of three golden samples.

    Args:
        folder: Gets the pictures of the golden samples.
        record_ids: Of stored parts; the first pictures are theirs.
        count: Parts.
    """
    rng = np.random.default_rng(8)
    names = [*record_ids, *(f"part-{number}" for number in range(len(record_ids), count))]
    pairs = []
    for number, name in enumerate(names):
        bad = number % 8 == 0
        share = rng.normal(1.6, 0.25) if bad else rng.normal(0.1, 0.18)
        other = share + rng.normal(0, 0.12)
        if number in (1, 2, 3):
            other = 1.2 + 0.1 * number
        elif number in (16, 24):
            share, other = 1.3, 0.6
        expected = (Verdict.NG if bad else Verdict.OK) if number < 40 else None
        pairs.append(pair(name, (float(share), float(other)), expected))
    pairs.append(pair("part-odd", (0.4, None)))
    pairs.append(pair("part-far", (7.5, 9.0), Verdict.NG))
    for name, share in (("plain plate", 0.0), ("red spot", 1.9), ("edge", 1.1)):
        file = folder / f"{name}.png"
        picture = rng.integers(100, 130, (120, 160, 3)).astype(np.uint8)
        file.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
        expected = _VERDICT[share >= 1]
        shares = (share, share - 0.2)
        pairs.append(pair(name, shares, expected, kind="golden", picture=str(file)))
    return comparison(pairs, skipped=2)
