"""A recipe's baseline in the store: read, made from its parts, kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from app import log
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.quality.baseline import FIGURES, LEAST_PARTS, Baseline, Floats, from_json, make_baseline
from app.store.base import Query
from app.store.database import Database

FULL_PARTS = 1000
"""Parts of a baseline that nobody chose; more would tell little more."""

COLUMNS = (
    "taken_utc",
    "verdict",
    "limit_ng",
    "limit_review",
    "region_of_interest",
    *FIGURES,
)

_OPTICS = FIGURES[1:]

Region = tuple[int, int, int, int] | None


class Key(NamedTuple):
    """What a baseline belongs to: another region shows another picture."""

    recipe: str
    checkpoint_sha256: str
    region_of_interest: Region

    @classmethod
    def of(cls, record: InspectionRecord) -> Key:
        """Return what a record is measured by."""
        return cls(record.recipe, record.checkpoint_sha256, record.region_of_interest)


def figures_of(record: InspectionRecord, score_below: float | None) -> dict[str, float]:
    """Return what is watched of one part: the optics, and the score if it counts.

    The score of a clearly defective part says nothing of the machine.

    Args:
        record: The part.
        score_below: Which scores count, see `Baseline`.
    """
    found: dict[str, float] = {}
    if record.score is not None and record.verdict is not Verdict.ERROR:
        is_ok = record.verdict is Verdict.OK
        if is_ok if score_below is None else record.score < score_below:
            found["score"] = record.score
    if record.optics is not None:
        found.update((name, getattr(record.optics, name)) for name in _OPTICS)
    return found


def watched(columns: Mapping[str, Any], score_below: float | None) -> dict[str, Floats]:
    """Return the same of many parts.

    Args:
        columns: (N,) each, those of `COLUMNS`, as `Figures.columns` returns them.
        score_below: Which scores count, see `Baseline`.

    Returns:
        (N,) float64 each: "taken_utc" and the figures, NaN where there is none.
    """
    found = {name: np.asarray(columns[name], np.float64) for name in ("taken_utc", *FIGURES)}
    score, verdict = found["score"], columns["verdict"]
    if score_below is None:
        counts = verdict == Verdict.OK.value
    else:
        counts = (verdict != Verdict.ERROR.value) & (score < score_below)
    found["score"] = np.where(counts, score, np.nan)
    return found


def baseline_of(columns: Mapping[str, Any], key: Key, by: str = "") -> Baseline | None:
    """Return the baseline of parts in order; None if too few were measured.

    Scores count below the lowest limit that was in force for these parts: all of those were OK.

    Args:
        columns: (N,) each, those of `COLUMNS`.
        key: What it belongs to; all parts must.
        by: Who chose them.
    """
    if not len(columns["taken_utc"]):
        return None
    limits = np.fmin(columns["limit_ng"], columns["limit_review"])
    below = float(np.fmin.reduce(limits)) if np.isfinite(limits).any() else None
    return make_baseline(watched(columns, below), *key, by=by, score_below=below)


def in_time_order(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts as they were taken; ids of one millisecond are in no order."""
    order = np.argsort(columns["taken_utc"], kind="stable")
    return {name: values[order] for name, values in columns.items()}


def of_region(columns: Mapping[str, Any], region: Region) -> dict[str, Any]:
    """Return the parts of which this region was judged."""
    wanted = None if region is None else list(region)
    same = np.array([one == wanted for one in columns["region_of_interest"]], np.bool_)
    return {name: values[same] for name, values in columns.items()}


def stored(database: Database, key: Key) -> Baseline | None:
    """Return the newest baseline that fits; None if there is none. Blocks.

    Raises:
        StoreError: The database fails.
    """
    document = database.baselines.newest(key.recipe, key.checkpoint_sha256)
    if document is None:
        return None
    try:
        found = from_json(document)
    except ValueError as error:
        log.station.warning("the baseline of recipe %s cannot be used: %s", key.recipe, error)
        return None
    return found if found.region_of_interest == key.region_of_interest else None


def of_latest_parts(database: Database, key: Key) -> tuple[Baseline | None, int]:
    """Return a baseline of the recipe's parts, and how many there are. Blocks.

    Of the newest few thousand the earliest are taken, `FULL_PARTS` at most.

    Raises:
        StoreError: The database fails.
    """
    query = Query(recipe=key.recipe, checkpoint_sha256=key.checkpoint_sha256, limit=4 * FULL_PARTS)
    columns = in_time_order(database.figures.columns(query, COLUMNS))
    columns = of_region(columns, key.region_of_interest)
    first = {name: values[:FULL_PARTS] for name, values in columns.items()}
    parts = len(first["taken_utc"])
    if parts < LEAST_PARTS:
        return None, parts
    return baseline_of(first, key), parts


def keep(database: Database, baseline: Baseline) -> None:
    """Commit a baseline; it holds from now on. Blocks.

    Raises:
        StoreError: The database fails.
    """
    database.baselines.save(
        baseline.recipe, baseline.checkpoint_sha256, baseline.to_json(), baseline.by
    )
