"""Saving limits: what is kept, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.errors import RecipeError, UsageError
from app.inspection.recipe import Recipe
from app.settings.limit_change import LimitChange, save_limits
from app.settings.recipes import RecipeBook
from app.store import open_store
from app.store.database import Database

CHECKPOINT = "c" * 64


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(f"sqlite:///{(tmp_path / 'station.db').as_posix()}")
    yield opened
    opened.close()


def a_recipe(store: Database, **changes: Any) -> Recipe:
    return RecipeBook(store).save(Recipe(name="bolt", ng_limit=2.0, **changes), author="Han")


def change(recipe: Recipe, **changes: Any) -> LimitChange:
    wanted = LimitChange(recipe, CHECKPOINT, 2.5, 1.5, "Choi", "lot 14")
    return replace(wanted, **changes)


def test_only_the_limits_change_and_they_are_tied_to_their_checkpoint(store: Database) -> None:
    before = a_recipe(store, keep_ok_every=7, escape_cost=9.0)
    saved = save_limits(store, change(before, promise="at most 1 %"), "station-7")
    kept = RecipeBook(store).load("bolt")
    assert kept == saved
    expected = {
        "version": 2, "ng_limit": 2.5, "review_limit": 1.5, "checkpoint_sha256": CHECKPOINT,
    }  # fmt: skip
    assert kept == before.model_copy(update=expected)
    (event,) = store.events.find()
    assert (event.kind, event.station, event.recipe, event.by) == (
        "limits", "station-7", "bolt", "Choi",
    )  # fmt: skip
    assert event.details == {
        "version": 2, "ng_limit": [2.0, 2.5], "review_limit": [None, 1.5], "reason": "lot 14",
        "promise": "at most 1 %",
    }  # fmt: skip
    assert "2 -> 2.5" in event.text


def test_earlier_versions_stay(store: Database) -> None:
    before = a_recipe(store)
    save_limits(store, change(before), "station-1")
    assert RecipeBook(store).load("bolt", 1) == before


def test_a_band_can_be_taken_away_and_costs_be_kept(store: Database) -> None:
    before = a_recipe(store, review_limit=1.0, false_call_cost=1.0)
    wanted = change(before, review_limit=None, false_call_cost=None, escape_cost=80.0)
    saved = save_limits(store, wanted, "station-1")
    assert (saved.review_limit, saved.false_call_cost, saved.escape_cost) == (None, 1.0, 80.0)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"author": " "}, "name and a reason"),
        ({"reason": ""}, "name and a reason"),
        ({"review_limit": 3.0}, "above the NG limit"),
        ({"limit": float("nan")}, "must be a number"),
        ({"limit": float("inf")}, "must be a number"),
    ],
)
def test_what_is_missing_or_impossible_is_refused(
    store: Database, changes: dict[str, Any], why: str
) -> None:
    before = a_recipe(store)
    with pytest.raises(UsageError, match=why):
        save_limits(store, change(before, **changes), "station-1")
    assert RecipeBook(store).load("bolt") == before
    assert store.events.find() == []


def test_limits_of_another_checkpoint_are_refused(store: Database) -> None:
    before = a_recipe(store, checkpoint_sha256="d" * 64)
    with pytest.raises(RecipeError, match="another checkpoint"):
        save_limits(store, change(before), "station-1")


def test_a_recipe_that_changed_meanwhile_is_refused(store: Database) -> None:
    seen = a_recipe(store)
    a_recipe(store)
    with pytest.raises(RecipeError, match="changed meanwhile"):
        save_limits(store, change(seen), "station-1")


def test_the_same_limits_make_no_new_version(store: Database) -> None:
    before = a_recipe(store, review_limit=1.5, checkpoint_sha256=CHECKPOINT)
    with pytest.raises(RecipeError, match="already"):
        save_limits(store, change(before, limit=2.0), "station-1")
    assert store.events.find() == []
