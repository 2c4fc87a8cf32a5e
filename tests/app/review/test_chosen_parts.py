"""A list of chosen parts on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.inspection.verdict import Verdict
from app.review.chosen_parts import ChosenParts
from app.store.database import Database, open_store
from tests.rigs.records import a_record


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    made = open_store(f"sqlite:///{tmp_path / 'a.db'}")
    yield made
    made.close()


def test_the_parts_come_in_the_given_order_and_only_these(store: Database) -> None:
    records = [a_record(Verdict.OK) for _ in range(5)]
    store.add_many(records)
    wanted = [records[3].id, records[0].id, "unknown", records[4].id, records[0].id]
    queue = ChosenParts(store, wanted)
    rows = queue.page()
    assert [row.id for row in rows] == [records[3].id, records[0].id, records[4].id]
    # Fewer than a page: the reader knows that the list has ended.
    assert len(rows) < queue.query.limit
    assert queue.count() == 3
    assert [row.id for row in queue.page(rows[0])] == [records[0].id, records[4].id]
    assert [row.id for row in queue.page(rows[0], 1)] == [records[0].id]
    assert queue.page(rows[-1]) == ()
    assert set(queue.now(rows)) == {row.id for row in rows}


def test_nothing_chosen_is_an_empty_list(store: Database) -> None:
    assert ChosenParts(store, ()).page() == ()
    assert ChosenParts(store, ()).count() == 0
