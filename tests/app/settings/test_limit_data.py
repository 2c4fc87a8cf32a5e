"""Records as limits are set from them, on both databases."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from app.errors import RecipeError
from app.inspection.recipe_parts import RegionOfInterest
from app.quality.working_point import working_point
from app.settings.limit_data import WEEK_S, LimitData, checkpoints_of, load_limit_data
from app.settings.recipes import RecipeBook
from app.store import open_store
from app.store.base import Query
from app.store.database import Database
from tests.rigs.postgres_server import PostgresServer, postgres_server
from tests.rigs.scored_parts import CHECKPOINT, Parts, fill


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{(tmp_path / 'station.db').as_posix()}"
    else:
        server: PostgresServer = request.getfixturevalue("server")
        server.empty()
        url = server.url
    opened = open_store(url)
    yield opened
    opened.close()


def test_the_rates_of_the_records_are_the_known_ones(store: Database) -> None:
    fill(store, Parts(3000, review_limit=1.5))
    found = load_limit_data(store, Query(recipe="bolt"))
    assert found.sample is not None
    assert (found.limit, found.review_limit, found.refusal) == (2.0, 1.5, "")
    assert found.checkpoint_sha256 == CHECKPOINT
    assert found.count == 3000
    point = working_point(found.sample, 2.0, 1.5)
    assert norm.sf(2.0) in point.false_calls.interval
    assert norm.cdf(1.5 - 4) in point.escapes.interval
    assert found.sample.defect_share == pytest.approx(0.05, abs=0.015)


def test_a_refusal_is_kept_as_a_sentence(store: Database) -> None:
    fill(store, Parts(200))
    fill(store, Parts(200, checkpoint="d" * 64))
    found = load_limit_data(store, Query(recipe="bolt"))
    assert found.sample is None
    assert "2 checkpoints" in found.refusal
    known = checkpoints_of(store, Query(recipe="bolt"))
    assert {one.sha256: one.count for one in known} == {CHECKPOINT: 197, "d" * 64: 197}
    one = load_limit_data(store, Query(recipe="bolt", checkpoint_sha256="d" * 64))
    assert one.refusal == ""


def test_only_errors_have_no_limits(store: Database) -> None:
    fill(store, Parts(5, errors=5))
    found = load_limit_data(store, Query(recipe="bolt"))
    assert found.limit is None
    assert "no judged parts" in found.refusal
    assert checkpoints_of(store, Query(recipe="bolt")) == ()


def test_an_unknown_recipe_names_the_known_ones(store: Database) -> None:
    fill(store, Parts(5))
    with pytest.raises(RecipeError, match="'nut'; known are: bolt"):
        load_limit_data(store, Query(recipe="nut"))


def test_the_last_week_ends_with_the_newest_record() -> None:
    taken = np.array([0.0, 1.0, WEEK_S - 1, WEEK_S + 0.5])
    columns = {"taken_utc": taken, "score": np.arange(4.0)}
    data = LimitData(None, columns, None, "", None, None, "")  # type: ignore[arg-type]
    assert data.last_week()["score"].tolist() == [1.0, 2.0, 3.0]
    empty = {name: values[:0] for name, values in columns.items()}
    data = LimitData(None, empty, None, "", math.nan, None, "")  # type: ignore[arg-type]
    assert data.last_week()["score"].size == 0


def test_regions_with_limits_of_their_own_are_not_measured_by_one(store: Database) -> None:
    recipe = fill(store, Parts(200))
    region = RegionOfInterest(name="thread", polygon=((0, 0), (9, 0), (9, 9)), ng_limit=1.5)
    RecipeBook(store).save(recipe.model_copy(update={"regions": (region,)}))
    found = load_limit_data(store, Query(recipe="bolt"))
    assert found.sample is None
    assert "limits of their own" in found.refusal
