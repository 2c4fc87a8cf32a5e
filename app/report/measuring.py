"""Scores and optics of a report: histograms, and their level over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from app import log
from app.inspection.verdict import Verdict
from app.quality.baseline import FIGURES, Baseline, from_json
from app.report.counting import biggest
from app.report.facts import Drift, Floats, InForce, ScoreHistogram
from app.store.base import Query
from app.store.database import Database

_SHOWN = 4
_BINS = 60
_SPANS = 60
_ALL_UP_TO = 50_000
_ENOUGH_DRAWN = 2_000
# A robust standard deviation, blind to the few parts far out.
_MAD = 1.4826

Columns = dict[str, npt.NDArray[Any]]


class Measuring:
    """Scores and optics of a scope, read in one pass over its records.

    Args:
        store: The records, and the baselines.
        query: Which of them.

    Raises:
        StoreError: The database fails.
    """

    def __init__(self, store: Database, query: Query) -> None:
        everything = replace(query, limit=0)
        self._store = store
        self._scores = _Split(store, everything, ("score",))
        self._said = _Split(store, replace(everything, reviewed=True), ("score", "part"))
        self._normal = _normals(store, everything, self._scores.size)

    def charts(
        self, in_force: Sequence[InForce]
    ) -> tuple[tuple[ScoreHistogram, ...], tuple[Drift, ...]]:
        """Return histograms and drift of the checkpoints with the most parts."""
        histograms: list[ScoreHistogram] = []
        drifts: list[Drift] = []
        for recipe, checkpoint, sha256 in biggest(in_force)[:_SHOWN]:
            of = (recipe, sha256)
            rows = [row for row in in_force if (row.recipe, row.checkpoint_sha256) == of]
            histogram = _histogram(rows, self._scores.of(*of)["score"], self._said.of(*of))
            if histogram is not None:
                histograms.append(histogram)
                baseline = _baseline(self._store, *of)
                drifts += _drifts(recipe, checkpoint, self._normal.of(*of), baseline)
        return tuple(histograms), tuple(drifts)


class _Split:
    """Columns of records, to be had for each recipe and checkpoint.

    One pass over the records for all of them: many are read faster in their own order than
    some by an index.
    """

    def __init__(self, store: Database, query: Query, names: Sequence[str]) -> None:
        self._names = tuple(names)
        wanted = ("recipe", "checkpoint_sha256", *names)
        self._columns = store.figures.columns(query, wanted)
        self.size = self._columns["recipe"].size

    def of(self, recipe: str, sha256: str) -> Columns:
        """Return the columns of one recipe and checkpoint."""
        columns = self._columns
        own = (columns["checkpoint_sha256"] == sha256) & (columns["recipe"] == recipe)
        return {name: columns[name][own] for name in self._names}


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


def _normals(store: Database, query: Query, parts: int) -> _Split:
    """Return the figures of the OK parts; of very many, of those that were drawn by chance."""
    normal = replace(query, verdicts=(Verdict.OK,))
    names = ("taken_utc", *FIGURES)
    if parts > _ALL_UP_TO:
        drawn = _Split(store, replace(normal, sampled=True, queued=True), names)
        if drawn.size >= _ENOUGH_DRAWN:
            return drawn
    return _Split(store, normal, names)


def _baseline(store: Database, recipe: str, sha256: str) -> Baseline | None:
    document = store.baselines.newest(recipe, sha256)
    if document is None:
        return None
    try:
        return from_json(document)
    except ValueError:
        log.store.warning("the baseline of %s cannot be read; the report goes without", recipe)
        return None


def _drifts(
    recipe: str, checkpoint: str, columns: Columns, baseline: Baseline | None
) -> list[Drift]:
    """Return the figures over time, as means of spans of equally many parts."""
    found = []
    for name in FIGURES:
        values, times = columns[name], columns["taken_utc"]
        known = np.flatnonzero(np.isfinite(values))
        if known.size < 2:
            continue
        spans = np.array_split(known, min(_SPANS, max(2, known.size // 20)))
        figure = None if baseline is None else baseline.figures.get(name)
        middle = float(np.median(values[known]))
        own = _MAD * float(np.median(np.abs(values[known] - middle)))
        found.append(
            Drift(
                measure=name,
                recipe=recipe,
                checkpoint=checkpoint,
                times=np.array([times[span].mean() for span in spans]),
                levels=np.array([values[span].mean() for span in spans]),
                target=middle if figure is None else figure.mean,
                spread=own if figure is None else figure.spread,
                has_baseline=figure is not None,
            )
        )
    return found
