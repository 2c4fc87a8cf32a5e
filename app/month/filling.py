"""Puts the made-up month into a database."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.errors import StoreError
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.month.draws import draw
from app.month.happenings import happenings
from app.month.people import slot_reviews
from app.month.pictures import is_queued, with_pictures
from app.month.products import PRODUCTS, Edition
from app.month.records import slot_records
from app.month.timetable import Month, timetable
from app.quality.baseline import FIGURES, make_baseline
from app.store.base import Query
from app.store.database import Database
from app.store.evidence import EvidenceStore

_BASELINE_PARTS = 1000

Progress = Callable[[int, int], None]


def fill(
    database: Database,
    month: Month,
    progress: Progress | None = None,
    evidence: EvidenceStore | None = None,
    pictures: int = 0,
) -> None:
    """Add the month's recipes, records, reviews, events and baselines to an empty database.

    Args:
        database: Holds no record yet.
        month: What to add.
        progress: Called with the records added so far and all of them.
        evidence: Where pictures go; needed for `pictures`.
        pictures: So many of the newest records of the review queue get picture and map.

    Raises:
        StoreError: The database holds records already, or it or the evidence folder fails.
    """
    if sum(database.count(Query()).values()):
        raise StoreError(
            "The database already holds records; made-up ones would not be told from them."
        )
    _keep_recipes(database, month)
    first_id = _first_with_picture(month, pictures) if evidence is not None else None
    done = 0
    for slot in timetable(month):
        drawn = draw(month, slot)
        judged = slot_records(month, slot)
        if evidence is not None and first_id is not None:
            judged = with_pictures(month, slot, drawn, judged, evidence, first_id)
        database.add_many(judged, slot_reviews(month, slot, drawn, judged))
        done += len(judged)
        if progress is not None:
            progress(done, month.records)
    for event in happenings(month):
        database.events.add(event)
    for product in PRODUCTS:
        for edition in product.editions:
            _keep_baseline(database, edition)


def _keep_recipes(database: Database, month: Month) -> None:
    for product in PRODUCTS:
        for edition in product.editions:
            recipe = edition.recipe
            is_due = edition.from_day < month.days
            if is_due and database.recipe(recipe.name, recipe.version) is None:
                database.save_recipe(
                    recipe.to_json(), recipe.name, recipe.version, edition.author, edition.reason
                )


def _keep_baseline(database: Database, edition: Edition) -> None:
    """Keep the baseline of the first parts under a checkpoint, if there is none yet."""
    recipe, sha256 = edition.recipe.name, edition.recipe.checkpoint_sha256
    if database.baselines.newest(recipe, sha256) is not None:
        return
    first = Query(
        recipe=recipe, checkpoint_sha256=sha256, newest_first=False, limit=_BASELINE_PARTS
    )
    columns = database.figures.columns(first, ("taken_utc", "verdict", *FIGURES))
    is_ok = columns.pop("verdict") == Verdict.OK.value
    columns["score"] = np.where(is_ok, columns["score"], np.nan)
    made = make_baseline(columns, recipe, sha256, None, edition.author)
    if made is not None:
        database.baselines.save(recipe, sha256, made.to_json(), edition.author)


def _first_with_picture(month: Month, pictures: int) -> str | None:
    """Return the id from which on queued records get pictures; None for none."""
    if pictures < 1:
        return None
    newest: list[str] = []
    for slot in reversed(list(timetable(month))):
        found = [record.id for record in slot_records(month, slot) if _can_be_shown(record)]
        newest = found + newest
        if len(newest) >= pictures:
            break
    return newest[-pictures:][0] if newest else None


def _can_be_shown(record: InspectionRecord) -> bool:
    return is_queued(record) and record.score is not None
