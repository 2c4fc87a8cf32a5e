"""New limits of a recipe: a new version with author and reason, and an event that says so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from app.errors import RecipeError, UsageError
from app.i18n import tr
from app.inspection.event import Event
from app.inspection.recipe import Recipe
from app.settings.recipes import RecipeBook
from app.store.database import Database


@dataclass(frozen=True, slots=True)
class LimitChange:
    """Limits that a person wants to be in force.

    Attributes:
        recipe: The version that the person saw.
        checkpoint_sha256: The checkpoint whose scores the limits were set from; the new
            version is tied to it, because the scores of another one mean something else.
        limit: score >= limit is NG, raw unit.
        review_limit: Start of the REVIEW band, <= limit; None for no band.
        author: Who.
        reason: Why.
        promise: What is promised of the limit, in one sentence; "" for nothing.
        false_call_cost: Kept in the recipe too; None leaves the recipe's own.
        escape_cost: The same.
    """

    recipe: Recipe
    checkpoint_sha256: str
    limit: float
    review_limit: float | None
    author: str
    reason: str
    promise: str = ""
    false_call_cost: float | None = None
    escape_cost: float | None = None


def save_limits(store: Database, change: LimitChange, station: str) -> Recipe:
    """Keep the limits as the next version of the recipe and return it; blocks.

    Args:
        store: The database.
        change: What is wanted.
        station: Name of the station, for the event.

    Raises:
        UsageError: Author, reason or a limit is missing or impossible.
        RecipeError: The recipe was changed meanwhile, names another checkpoint, or has these
            limits already.
        StoreError: The database fails.
    """
    _check(change)
    book = RecipeBook(store)
    before = book.load(change.recipe.name)
    _check_recipe(before, change)
    changes = {
        "ng_limit": change.limit,
        "review_limit": change.review_limit,
        "checkpoint_sha256": change.checkpoint_sha256 or before.checkpoint_sha256,
        "false_call_cost": _kept(change.false_call_cost, before.false_call_cost),
        "escape_cost": _kept(change.escape_cost, before.escape_cost),
    }
    wanted = Recipe.model_validate({**before.model_dump(), **changes})
    if wanted == before:
        raise RecipeError(tr("The recipe has these limits already; nothing was saved."))
    author, reason = change.author.strip(), change.reason.strip()
    saved = book.save(wanted, author=author, reason=reason)
    store.events.add(_event(before, saved, change, station))
    return saved


def _check(change: LimitChange) -> None:
    start = change.limit if change.review_limit is None else change.review_limit
    if not (math.isfinite(change.limit) and math.isfinite(start)):
        raise UsageError(tr("A limit must be a number."))
    if start > change.limit:
        raise UsageError(tr("The review limit must not be above the NG limit."))
    if not change.author.strip() or not change.reason.strip():
        raise UsageError(tr("Limits are saved with a name and a reason; give both."))


def _check_recipe(before: Recipe, change: LimitChange) -> None:
    if before.version != change.recipe.version:
        raise RecipeError(
            tr(
                "Recipe {name} was changed meanwhile (version {version}); load the records again."
            ).format(name=before.name, version=before.version)
        )
    if before.checkpoint_sha256 and before.checkpoint_sha256 != change.checkpoint_sha256:
        raise RecipeError(
            tr(
                "Recipe {name} uses another checkpoint by now, and limits do not pass from one "
                "to another; choose records of its own checkpoint."
            ).format(name=before.name)
        )


def _kept(wanted: float | None, before: float | None) -> float | None:
    return before if wanted is None else wanted


def _event(before: Recipe, saved: Recipe, change: LimitChange, station: str) -> Event:
    text = tr("NG limit {before} -> {after} (version {version}): {reason}").format(
        before="-" if before.ng_limit is None else f"{before.ng_limit:.6g}",
        after=f"{change.limit:.6g}",
        version=saved.version,
        reason=change.reason.strip(),
    )
    return Event(
        datetime.now(UTC),
        "limits",
        station,
        recipe=saved.name,
        by=change.author.strip(),
        text=text,
        details={
            "version": saved.version,
            "ng_limit": [before.ng_limit, saved.ng_limit],
            "review_limit": [before.review_limit, saved.review_limit],
            "reason": change.reason.strip(),
            "promise": change.promise,
        },
    )
