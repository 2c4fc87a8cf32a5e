"""Scores and optics of a report: histograms, and their level over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from app import log
from app.inspection.verdict import Verdict
from app.quality.baseline import FIGURES, Baseline, from_json
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


@dataclass(frozen=True, slots=True, eq=False)
class _Own:
    """What was read of one recipe and checkpoint.

    Attributes:
        recipe: Name of the recipe.
        checkpoint: Name of the checkpoint.
        sha256: Its hash.
        scores: (N,) all scores, NaN where there is none.
        said: "score" and "part" of the reviewed parts.
        normal: "taken_utc" and the figures of OK parts.
    """

    recipe: str
    checkpoint: str
    sha256: str
    scores: Floats
    said: Columns
    normal: Columns


class Measuring:
    """Scores and optics of the checkpoints with the most parts in a scope.

    Args:
        store: The records, and the baselines.
        query: Which of them.

    Raises:
        StoreError: The database fails.
    """

    def __init__(self, store: Database, query: Query) -> None:
        self._store = store
        keys = ("recipe", "checkpoint", "checkpoint_sha256")
        counted = store.figures.counts(query, keys)
        most = sorted(counted, key=lambda pair: (-pair[1], pair[0]))[:_SHOWN]
        parts = sum(count for _, count in counted)
        # Both stand in the small index of the queue, which names no recipe first.
        said = _Split(store, replace(query, queued=True, reviewed=True), ("score", "part"))
        normal = _normals(store, query, parts)
        self._read = [
            _Own(
                recipe=recipe,
                checkpoint=checkpoint,
                sha256=sha256,
                scores=self._scores(query, recipe, sha256),
                said=said.of(recipe, sha256),
                normal=normal.of(recipe, sha256),
            )
            for (recipe, checkpoint, sha256), _ in most
        ]

    def charts(
        self, in_force: Sequence[InForce]
    ) -> tuple[tuple[ScoreHistogram, ...], tuple[Drift, ...]]:
        """Return histograms and drift, the checkpoint with the most parts first."""
        histograms: list[ScoreHistogram] = []
        drifts: list[Drift] = []
        for own in self._read:
            of = (own.recipe, own.sha256)
            rows = [row for row in in_force if (row.recipe, row.checkpoint_sha256) == of]
            histogram = _histogram(own, rows)
            if histogram is not None:
                histograms.append(histogram)
                drifts += _drifts(own, _baseline(self._store, *of))
        return tuple(histograms), tuple(drifts)

    def _scores(self, query: Query, recipe: str, sha256: str) -> Floats:
        own = replace(query, recipe=recipe, checkpoint_sha256=sha256, limit=0)
        return self._store.figures.columns(own, ("score",))["score"]


class _Split:
    """Columns of records, to be had for each recipe and checkpoint."""

    def __init__(self, store: Database, query: Query, names: Sequence[str]) -> None:
        self._names = tuple(names)
        wanted = ("recipe", "checkpoint_sha256", *names)
        self._columns = store.figures.columns(replace(query, limit=0), wanted)
        self.size = self._columns["recipe"].size

    def of(self, recipe: str, sha256: str) -> Columns:
        """Return the columns of one recipe and checkpoint."""
        columns = self._columns
        own = (columns["checkpoint_sha256"] == sha256) & (columns["recipe"] == recipe)
        return {name: columns[name][own] for name in self._names}


def _normals(store: Database, query: Query, parts: int) -> _Split:
    """Return the figures of the OK parts; of very many, of those that were drawn by chance."""
    names = ("taken_utc", *FIGURES)
    is_ok = replace(query, verdicts=(Verdict.OK,))
    if parts > _ALL_UP_TO:
        drawn = _Split(store, replace(is_ok, sampled=True, queued=True), names)
        if drawn.size >= _ENOUGH_DRAWN:
            return drawn
    return _Split(store, is_ok, names)


def _histogram(own: _Own, rows: Sequence[InForce]) -> ScoreHistogram | None:
    scored, said = own.scores[np.isfinite(own.scores)], own.said
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
        own.recipe,
        own.checkpoint,
        edges,
        np.histogram(scored, edges)[0],
        decided["good"],
        decided["defective"],
        ng,
        review,
    )


def _baseline(store: Database, recipe: str, sha256: str) -> Baseline | None:
    document = store.baselines.newest(recipe, sha256)
    if document is None:
        return None
    try:
        return from_json(document)
    except ValueError:
        log.store.warning("the baseline of %s cannot be read; the report goes without", recipe)
        return None


def _drifts(own: _Own, baseline: Baseline | None) -> list[Drift]:
    """Return the figures over time, as means of spans of equally many parts."""
    found = []
    for name in FIGURES:
        values, times = own.normal[name], own.normal["taken_utc"]
        known = np.flatnonzero(np.isfinite(values))
        if known.size < 2:
            continue
        spans = np.array_split(known, min(_SPANS, max(2, known.size // 20)))
        figure = None if baseline is None else baseline.figures.get(name)
        middle = float(np.median(values[known]))
        spread = _MAD * float(np.median(np.abs(values[known] - middle)))
        found.append(
            Drift(
                measure=name,
                recipe=own.recipe,
                checkpoint=own.checkpoint,
                times=np.array([times[span].mean() for span in spans]),
                levels=np.array([values[span].mean() for span in spans]),
                target=middle if figure is None else figure.mean,
                spread=spread if figure is None else figure.spread,
                has_baseline=figure is not None,
            )
        )
    return found
