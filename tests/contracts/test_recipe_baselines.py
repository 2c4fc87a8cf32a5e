"""Baselines and the figures of the health screen on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app import paths
from app.errors import UsageError
from app.inspection.record import InspectionRecord, Optics
from app.inspection.verdict import Verdict
from app.paths import Home
from app.settings.keeper import SettingsKeeper
from app.settings.recipes import RecipeBook
from app.station import recipe_baseline
from app.station.recipe_baseline import Key
from app.store.database import Database
from app.store.evidence import EvidenceStore
from app.ui.qa_desk import QaDesk
from app.ui.screens.health_loading import Request, choose_baseline, load
from tests.rigs.records import a_record

REGION = (1, 2, 30, 40)


def parts(count: int, **changes: object) -> list[InspectionRecord]:
    """Parts a second apart, every tenth NG, every fiftieth without optics."""
    rng = np.random.default_rng(1)
    begin = datetime.now(UTC) - timedelta(seconds=count + 60)
    found = []
    for number in range(count):
        draw = rng.normal(size=6)
        optics = Optics(90 + draw[0], 300 + draw[1], *draw[2:])
        record = a_record(
            Verdict.NG if number % 10 == 0 else Verdict.OK,
            taken_utc=begin + timedelta(seconds=number),
            optics=None if number % 50 == 1 else optics,
            score=0.9 if number % 10 == 0 else 0.2 + 0.01 * draw[0],
            region_of_interest=REGION,
            lot=f"lot-{number // 100}",
        )
        found.append(replace(record, **changes))
    return found


@pytest.fixture
def desk(store: Database) -> QaDesk:
    home: Home = paths.home()
    evidence = EvidenceStore(home.evidence)
    return QaDesk(store, evidence, RecipeBook(store), SettingsKeeper(home.settings), home)


def test_the_first_parts_make_a_baseline(store: Database) -> None:
    records = parts(300)
    key = Key.of(records[0])
    store.add_many(records[:150])
    assert recipe_baseline.of_latest_parts(store, key) == (None, 150)
    store.add_many(records[150:])
    store.add_many(parts(50, region_of_interest=None))
    made, count = recipe_baseline.of_latest_parts(store, key)
    assert made is not None
    assert count == 300
    assert made.figures["score"].parts == 270
    assert made.figures["brightness"].parts == 294
    assert made.figures["brightness"].mean == pytest.approx(90, abs=0.3)
    assert (made.first, made.last) == pytest.approx(
        (records[0].taken_utc.timestamp(), records[-1].taken_utc.timestamp())
    )
    recipe_baseline.keep(store, made)
    assert recipe_baseline.stored(store, key) == made
    assert recipe_baseline.stored(store, key._replace(region_of_interest=None)) is None
    assert recipe_baseline.stored(store, key._replace(recipe="nut")) is None


def test_the_health_screen_finds_everything(desk: QaDesk) -> None:
    desk.store.add_many(parts(400))
    loaded = load(desk, Request(days=1))
    assert (loaded.request.recipe, loaded.message) == ("bolt", "")
    assert loaded.key is not None
    assert loaded.key.region_of_interest == REGION
    assert loaded.trends is not None
    assert len(loaded.trends) == 7
    assert all(trend.chart is not None for trend in loaded.trends.values())
    assert loaded.by_lot is not None
    assert [group.total for group in loaded.by_lot.groups] == [100] * 4
    assert [group.ng for group in loaded.by_lot.groups] == [10] * 4
    assert loaded.by_lot.chart.centre == pytest.approx(0.1)
    assert [(bar.name, bar.count) for bar in loaded.kinds] == [("", 40)]


def test_a_person_chooses_the_baseline(desk: QaDesk) -> None:
    records = parts(500)
    desk.store.add_many(records)
    key = Key.of(records[0])
    begin, end = (records[index].taken_utc.timestamp() for index in (200, 449))
    made = choose_baseline(desk, key, begin, end, "Choi")
    assert made.figures["shift_x"].parts == 245
    assert (made.first, made.last, made.by) == (pytest.approx(begin), pytest.approx(end), "Choi")
    loaded = load(desk, Request())
    assert loaded.is_stored
    assert loaded.baseline == made
    with pytest.raises(UsageError, match="needs 200 measured parts; this span has 51"):
        choose_baseline(desk, key, begin, begin + 50, "Choi")
