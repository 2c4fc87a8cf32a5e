from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from app.inspection.review import Review
from app.inspection.verdict import Verdict
from app.review.queue import ReviewQueue, is_secret
from app.store.base import Query
from app.store.database import Database, open_store
from tests.rigs.records import a_record

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(f"sqlite:///{(tmp_path / 's.db').as_posix()}")
    records = [
        a_record(
            Verdict.NG,
            id=f"01900000-0000-7000-8000-{number:012d}",
            score=0.5 + (number * 7 % 25) / 50,
            serial=str(number),
            taken_utc=NOW + timedelta(minutes=number),
        )
        for number in range(57)
    ]
    opened.add_many(records)
    yield opened
    opened.close()


def walked(queue: ReviewQueue) -> list[str]:
    found: list[str] = []
    last = None
    while page := queue.page(last):
        found += [row.id for row in page]
        last = page[-1]
        if len(page) < queue.query.limit:
            break
    return found


@pytest.mark.parametrize("order", ["time", "score"])
@pytest.mark.parametrize("newest_first", [True, False])
def test_the_pages_are_the_whole_list_in_its_order(
    store: Database, order: Literal["time", "score"], newest_first: bool
) -> None:
    query = Query(order=order, newest_first=newest_first)
    whole = [record.id for record in store.find(replace(query, limit=100))]
    assert walked(ReviewQueue(store, query, page=10)) == whole
    assert ReviewQueue(store, query).count() == 57


@pytest.mark.parametrize("order", ["time", "score"])
@pytest.mark.parametrize("newest_first", [True, False])
def test_what_others_decided_meanwhile_is_noticed(
    store: Database, order: Literal["time", "score"], newest_first: bool
) -> None:
    query = Query(queued=True, reviewed=False, order=order, newest_first=newest_first)
    queue = ReviewQueue(store, query, page=20)
    first, second = queue.page(), queue.page(queue.page()[-1])
    gone = second[3]
    store.add_review(Review(gone.id, NOW, "lee", "confirmed"))
    # New parts come at the top and in between; they are no reason to think a part gone.
    store.add_many([a_record(Verdict.NG, score=0.51 + n / 100) for n in range(20)])
    for known in (first, second, first + second):
        now = queue.now(known)
        assert {key for key, row in now.items() if row is None} <= {gone.id}
        assert all(row == now[row.id] for row in known if now.get(row.id) is not None)
    assert queue.now(second)[gone.id] is None
    assert queue.now(()) == {}


def test_a_list_without_that_condition_shows_the_new_word(store: Database) -> None:
    queue = ReviewQueue(store, Query(queued=True))
    known = queue.page()
    store.add_review(Review(known[5].id, NOW, "lee", "false-call"))
    row = queue.now(known)[known[5].id]
    assert row is not None
    assert row.finding == "false-call"


def test_the_first_word_is_secret_until_the_second_is_given(store: Database) -> None:
    record = a_record(Verdict.NG, second_opinion=True)
    store.add(record)
    queue = ReviewQueue(store, Query(queued=True))
    assert not is_secret(queue.page()[0], "lee")
    store.add_review(Review(record.id, NOW, "kim", "confirmed"))
    assert is_secret(queue.page()[0], "lee")
    assert not is_secret(queue.page()[0], "kim")
    store.add_review(Review(record.id, NOW, "lee", "false-call"))
    assert not is_secret(queue.page()[0], "park")
