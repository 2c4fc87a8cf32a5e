"""The records of one recipe and one checkpoint, as limits are set from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from app.errors import RecipeError
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.inspection.verdict import Verdict
from app.quality import record_sample
from app.quality.record_sample import Edition, UnusableRecords, sample_of_records
from app.quality.score_sample import ScoreSample
from app.store.base import Query
from app.store.database import Database

Columns = Mapping[str, npt.NDArray[Any]]

WEEK_S = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """A checkpoint and how much it judged.

    Attributes:
        sha256: Its hash; "" where none was loaded.
        name: Its name.
        count: Records.
        last_day: Days since 1970, UTC, of the newest of them.
    """

    sha256: str
    name: str
    count: int
    last_day: int


@dataclass(frozen=True, slots=True, eq=False)
class LimitData:
    """What limits are set from.

    Attributes:
        recipe: Newest version of the recipe.
        columns: `record_sample.COLUMNS` and "taken_utc" of the records, (N,) each, in the
            order of time.
        sample: Scores of the reviewed parts; None if they cannot be used.
        refusal: Why they cannot be used, in one sentence; "" if they can.
        limit: NG limit of the newest judged record; None without one.
        review_limit: Its review limit; None without one.
        checkpoint_sha256: Of the newest judged record, "" without one.
    """

    recipe: Recipe
    columns: Columns
    sample: ScoreSample | None
    refusal: str
    limit: float | None
    review_limit: float | None
    checkpoint_sha256: str

    @property
    def count(self) -> int:
        """Number of records."""
        return int(self.columns["score"].size)

    def last_week(self) -> dict[str, npt.NDArray[Any]]:
        """Return the columns of the last seven days before the newest record."""
        taken = self.columns["taken_utc"]
        first = int(np.searchsorted(taken, taken[-1] - WEEK_S)) if taken.size else 0
        return {name: values[first:] for name, values in self.columns.items()}


def checkpoints_of(store: Database, query: Query) -> tuple[JudgedBy, ...]:
    """Return the checkpoints that judged these records, the last one used first.

    Raises:
        StoreError: The database fails.
    """
    by = ("checkpoint_sha256", "checkpoint", "day")
    judged = tuple(verdict for verdict in Verdict if verdict is not Verdict.ERROR)
    found: dict[str, JudgedBy] = {}
    for (sha256, name, day), count in store.figures.counts(replace(query, verdicts=judged), by):
        known = found.get(sha256, JudgedBy(sha256, name, 0, day))
        newest = name if day >= known.last_day else known.name
        found[sha256] = JudgedBy(sha256, newest, known.count + count, max(day, known.last_day))
    return tuple(sorted(found.values(), key=lambda one: (-one.last_day, -one.count)))


def load_limit_data(store: Database, query: Query) -> LimitData:
    """Read records as columns and make the sample of them; blocks.

    Args:
        store: The records.
        query: Which; `recipe` must be set.

    Raises:
        StoreError: The database fails.
        RecipeError: There is no such recipe.
    """
    recipe, editions = _versions(store, query.recipe or "")
    names = (*record_sample.COLUMNS, "taken_utc")
    columns = _in_order_of_time(store.figures.columns(replace(query, limit=0), names))
    sample, refusal = None, ""
    try:
        sample = sample_of_records(columns, editions)
    except UnusableRecords as error:
        refusal = str(error)
    if any(region.ng_limit is not None for region in recipe.regions):
        # A record has the score of its worst region alone, which was measured by that one's limit.
        sample, refusal = (
            None,
            tr("The regions of this recipe have limits of their own; set them in the recipe."),
        )
    judged = np.flatnonzero(
        (columns["verdict"] != Verdict.ERROR.value) & np.isfinite(columns["limit_ng"])
    )
    if not judged.size:
        return LimitData(recipe, columns, sample, refusal, None, None, "")
    newest = int(judged[-1])
    review = float(columns["limit_review"][newest])
    return LimitData(
        recipe,
        columns,
        sample,
        refusal,
        float(columns["limit_ng"][newest]),
        review if math.isfinite(review) else None,
        str(columns["checkpoint_sha256"][newest]),
    )


def _in_order_of_time(columns: dict[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Return columns in the order of capture; records are added in the order of their ids."""
    taken = columns["taken_utc"]
    if (np.diff(taken) >= 0).all():
        return columns
    order = np.argsort(taken, kind="stable")
    return {name: values[order] for name, values in columns.items()}


def _versions(store: Database, name: str) -> tuple[Recipe, dict[int, Edition]]:
    """Return the newest version, and what each one means for the scores."""
    editions: dict[int, Edition] = {}
    newest: Recipe | None = None
    for known in store.recipe_history(name):
        recipe = Recipe.from_json(store.recipe(name, known.version) or "")
        editions[recipe.version] = Edition(recipe.review_ok_share, recipe.view)
        if newest is None or recipe.version > newest.version:
            newest = recipe
    if newest is None:
        known_names = ", ".join(sorted(one for one, _ in store.recipes())) or tr("none")
        raise RecipeError(
            tr("There is no recipe {name!r}; known are: {known}.").format(
                name=name, known=known_names
            )
        )
    return newest, editions
