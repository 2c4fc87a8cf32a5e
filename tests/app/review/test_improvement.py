from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.commands.review_filters import add_filters, query_of
from app.inspection.recipe import Recipe
from app.inspection.verdict import Verdict
from app.paths import Home
from app.program import program
from app.review.improve_progress import STAGES, ImproveProgress
from app.review.improve_words import (
    Wish,
    free_name,
    improve_words,
    place_of,
    query_words,
    remove_leftovers,
)
from app.review.improvement import (
    Improvement,
    ImprovementError,
    Judgement,
    recipe_with,
    way_for,
)
from app.store.base import Query

OLD = Judgement("old", 0.9, 1.0, 10, 5, 1, 2)
MADE = Improvement(
    "teach", "/x/new.safetensors", "b" * 64, "new", 3.5, OLD, OLD, 30, 0, "/x/set"
)  # fmt: skip


@pytest.mark.parametrize(
    ("good", "defective", "way"),
    [(0, 50, None), (4, 0, None), (5, 0, "teach"), (200, 7, "teach"), (5, 8, "train")],
)
def test_the_way_follows_from_what_there_is(good: int, defective: int, way: str | None) -> None:
    assert way_for(good, defective) == way


def test_the_result_survives_the_pipe() -> None:
    assert Improvement.from_json(json.loads(json.dumps(MADE.to_json()))) == MADE
    alone = Improvement.from_json(MADE.to_json() | {"old": None})
    assert alone.old is None
    for broken in ({}, {"old": None}, MADE.to_json() | {"new": {"x": 1}}):
        with pytest.raises(ImprovementError, match="cannot be read"):
            Improvement.from_json(broken)
    assert OLD.wrong == 3
    assert Judgement("x", None, None, 1, 1, None, None).wrong is None


def test_the_recipe_takes_the_limit_and_drops_what_belongs_to_the_old_scores() -> None:
    old = Recipe(
        name="bolt", version=4, ng_limit=1.0, review_limit=0.5, map_limit=2.0,
        defect_kinds=("dent",),
    )  # fmt: skip
    new = recipe_with(old, MADE)
    assert (new.checkpoint, new.checkpoint_sha256) == ("new.safetensors", "b" * 64)
    assert (new.ng_limit, new.review_limit, new.map_limit) == (3.5, None, None)
    assert new.defect_kinds == ("dent",)
    assert Recipe.from_json(new.to_json()) == new


def test_words_of_filters_mean_the_same_filters() -> None:
    query = Query(
        verdicts=(Verdict.NG, Verdict.REVIEW), lot="L 1", shift="-late", product="너트",
        recipe="bolt", recipe_version=3, checkpoint_sha256="a" * 64, defect="dent", text="7",
        since=datetime(2026, 5, 4, 6, tzinfo=UTC), until=datetime(2026, 5, 5, tzinfo=UTC),
    )  # fmt: skip
    parser = argparse.ArgumentParser()
    add_filters(parser)
    assert query_of(parser.parse_args(query_words(query)), "bolt") == query
    assert query_of(parser.parse_args([]), None) == Query()
    assert query_words(Query()) == []


def test_the_database_stands_in_no_command_line(tmp_path: Path) -> None:
    wish = Wish("bolt", "new", Query(), tmp_path, "postgresql://u:secret@h/d", machine_masks=True)
    words = improve_words(wish, Home(tmp_path))
    assert not any("secret" in word for word in words)
    assert {"improve", "--supervised", "--json", "--machine-masks", "--name=new"} <= set(words)
    assert Path(program()[-1]).name == "main.py"
    assert Path(program()[-1]).is_file()


def test_names_are_free_and_leftovers_go(tmp_path: Path) -> None:
    home = Home(tmp_path)
    folder, file = place_of("new", home)
    assert free_name("new", home) == "new"
    (folder / "set").mkdir(parents=True)
    assert free_name("new", home) == "new-2"
    file.parent.mkdir()
    file.write_bytes(b"x")
    place_of("new-2", home)[1].write_bytes(b"kept")
    assert free_name("new", home) == "new-3"
    remove_leftovers(Wish("bolt", "new", Query(), tmp_path, ""), home)
    remove_leftovers(Wish("bolt", "new", Query(), tmp_path, ""), home)
    assert free_name("new", home) == "new"
    assert place_of("new-2", home)[1].read_bytes() == b"kept"


def test_progress_rises_through_the_stages_and_the_time_left_falls() -> None:
    progress = ImproveProgress()
    shares, now = [], 0.0
    for stage in STAGES:
        for step in range(1, 11):
            now += 1
            progress.take(stage, step, 10, now)
            shares.append(progress.share)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert progress.seconds_left(now) == 0
    progress.take("unknown", 1, 10, now)
    progress.take("read", 1, 10, now)
    assert progress.share == pytest.approx(1)


def test_the_time_left_is_told_only_when_it_is_known() -> None:
    progress = ImproveProgress()
    progress.take("pictures", 90, 100, 5.0)
    assert progress.seconds_left(5.0) is None
    progress.take("learn", 0, 100, 10.0)
    assert progress.seconds_left(10.0) is None
    progress.take("learn", 50, 100, 20.0)
    # ten seconds for half, ten for the rest, and the judging after it
    assert progress.seconds_left(20.0) == pytest.approx(10 + 20 * 0.3 / 0.6)


def test_training_takes_no_longer_than_it_may() -> None:
    progress = ImproveProgress(most_s=100)
    progress.take("learn", 0, 100_000, 0.0)
    progress.take("learn", 10, 100_000, 50.0)
    assert progress.seconds_left(50.0) == pytest.approx(50 + 100 * 0.3 / 0.6)
