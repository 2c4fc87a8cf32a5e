"""Scores and optics of a report: histograms, and their level over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from app.report.counting import biggest
from app.report.facts import Drift, Floats, InForce, ScoreHistogram
from app.store.base import Query
from app.store.database import Database

MEASURES = ("score", "brightness", "sharpness")
_SHOWN = 4
_BINS = 60
_SPANS = 60

Columns = dict[str, npt.NDArray[Any]]


def measure(
    store: Database, query: Query, in_force: Sequence[InForce]
) -> tuple[tuple[ScoreHistogram, ...], tuple[Drift, ...]]:
    """Return histograms and drift of the checkpoints with the most parts.

    Raises:
        StoreError: The database fails.
    """
    histograms: list[ScoreHistogram] = []
    drifts: list[Drift] = []
    for recipe, checkpoint, sha256 in biggest(in_force)[:_SHOWN]:
        own = replace(query, recipe=recipe, checkpoint_sha256=sha256, limit=0)
        columns = store.figures.columns(own, ("taken_utc", *MEASURES))
        said = store.figures.columns(replace(own, reviewed=True), ("score", "part"))
        rows = [row for row in in_force if (row.recipe, row.checkpoint_sha256) == (recipe, sha256)]
        histogram = _histogram(rows, columns["score"], said)
        if histogram is None:
            continue
        histograms.append(histogram)
        below = np.nanmin([row.limit_ng or np.inf for row in rows])
        drifts += _drifts(recipe, checkpoint, columns, float(below))
    return tuple(histograms), tuple(drifts)


def _histogram(rows: Sequence[InForce], scores: Floats, said: Columns) -> ScoreHistogram | None:
    scored = scores[np.isfinite(scores)]
    if not scored.size:
        return None
    ng = tuple(dict.fromkeys(row.limit_ng for row in rows if row.limit_ng is not None))
    review = tuple(dict.fromkeys(row.limit_review for row in rows if row.limit_review is not None))
    ends = np.array([scored.min(), scored.max(), *ng, *review])
    low, high = float(ends.min()), float(ends.max())
    edges = np.linspace(low, high if high > low else low + 1e-6, _BINS + 1)
    decided = {
        part: np.histogram(said["score"][said["part"] == part], edges)[0]
        for part in ("good", "defective")
    }
    return ScoreHistogram(
        rows[0].recipe,
        rows[0].checkpoint,
        edges,
        np.histogram(scored, edges)[0],
        decided["good"],
        decided["defective"],
        ng,
        review,
    )


def _drifts(recipe: str, checkpoint: str, columns: Columns, below: float) -> list[Drift]:
    """Return the measurements of the parts below the limit over time, in spans of equal size."""
    normal = columns["score"] < below
    times = columns["taken_utc"][normal]
    found = []
    for name in MEASURES:
        values = columns[name][normal]
        good = np.isfinite(values)
        if good.sum() < 2:
            continue
        spans = np.array_split(np.flatnonzero(good), min(_SPANS, max(2, int(good.sum()) // 20)))
        found.append(
            Drift(
                measure=name,
                recipe=recipe,
                checkpoint=checkpoint,
                times=np.array([times[span].mean() for span in spans]),
                levels=np.array([values[span].mean() for span in spans]),
                target=None,
                spread=None,
                sizes=np.array([span.size for span in spans]),
            )
        )
    return found
