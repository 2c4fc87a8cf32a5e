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

COLUMNS = ("taken_utc", "verdict", "region_of_interest", *FIGURES)

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


def figures_of(record: InspectionRecord) -> dict[str, float]:
    """Return what is watched of one part: the optics, and the score if it is OK.

    The score of a defective part says nothing of the machine.
    """
    found: dict[str, float] = {}
    if record.verdict is Verdict.OK and record.score is not None:
        found["score"] = record.score
    if record.optics is not None:
        found.update((name, getattr(record.optics, name)) for name in _OPTICS)
    return found


def watched(columns: Mapping[str, Any]) -> dict[str, Floats]:
    """Return the same of many parts.

    Args:
        columns: (N,) each, those of `COLUMNS`, as `Figures.columns` returns them.

    Returns:
        (N,) float64 each: "taken_utc" and the figures, NaN where there is none.
    """
    found = {name: np.asarray(columns[name], np.float64) for name in ("taken_utc", *FIGURES)}
    found["score"] = np.where(columns["verdict"] == Verdict.OK.value, found["score"], np.nan)
    return found


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
    return make_baseline(watched(first), *key), parts


def keep(database: Database, baseline: Baseline) -> None:
    """Commit a baseline; it holds from now on. Blocks.

    Raises:
        StoreError: The database fails.
    """
    database.baselines.save(
        baseline.recipe, baseline.checkpoint_sha256, baseline.to_json(), baseline.by
    )
