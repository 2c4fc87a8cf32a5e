"""Parts that are announced while the store is counted are counted once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.inspection.record import Context, InspectionRecord
from app.station.lot import LotCounter
from app.store.database import Database, open_store
from tests.rigs.records import a_record


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    database = open_store(f"sqlite:///{(tmp_path / 'station.db').as_posix()}")
    yield database
    database.close()


def stored(store: Database, number: int, age_s: float) -> InspectionRecord:
    taken = datetime.now(UTC) - timedelta(seconds=age_s)
    record = replace(
        a_record(), id=f"{number:032d}", taken_utc=taken, context=Context(lot="A"), evidence=None
    )
    store.add(record)
    return record


def test_whatever_comes_first_a_part_is_counted_once(qtbot: QtBot, store: Database) -> None:
    for number in range(3):
        stored(store, number, age_s=3600)
    before, after = stored(store, 3, age_s=1), stored(store, 4, age_s=1)
    stored(store, 5, age_s=2)  # told long ago
    counter = LotCounter(store, "A", None)
    counter.restore()
    counter.add(before)
    with qtbot.waitSignal(counter.restored):
        pass
    counter.add(after)
    assert counter.tally.total == 6
    late = stored(store, 6, age_s=0)
    counter.add(late)
    counter.add(replace(late, id="x", context=Context(lot="B")))
    assert counter.tally.total == 7


def test_parts_before_the_last_reset_do_not_count(qtbot: QtBot, store: Database) -> None:
    old = stored(store, 0, age_s=30)
    stored(store, 1, age_s=1)
    counter = LotCounter(store, "A", datetime.now(UTC) - timedelta(seconds=5))
    with qtbot.waitSignal(counter.restored):
        counter.restore()
    counter.add(old)
    assert counter.tally.total == 1
