"""What every record store makes of reviews."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import StoreError
from app.inspection.review import Review
from app.inspection.verdict import Verdict
from app.store.base import Query
from app.store.database import Database
from app.store.failures import Refused
from app.store.reviewing import derived_of_record
from tests.rigs.records import a_record

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
MASK = (((1, 2), (30, 2), (30, 9)), ((5, 5), (6, 6), (7, 5)))


def said(record_id: str, finding: Any, by: str = "kim", hour: int = 0, **more: Any) -> Review:
    return Review(record_id, START + timedelta(hours=hour), by, finding, **more)


def test_reviews_are_added_never_edited(store: Database) -> None:
    record = a_record(Verdict.NG)
    store.add(record)
    second = said(record.id, "confirmed", "", hour=1, defect="긁힘", mask=MASK)
    first = said(record.id, "false-call", "이순신", comment="긁힌 자국이 아님", mask=())
    store.add_review(second)
    store.add_review(first)
    assert store.reviews(record.id) == [first, second]
    assert store.get(record.id) == record
    with pytest.raises(Refused):
        store.add_review(first)
    assert store.reviews(record.id) == [first, second]


def test_a_mark_of_the_line_waits_for_a_review(store: Database) -> None:
    record = a_record(Verdict.NG)
    store.add(record)
    store.add_review(said(record.id, "marked", "operator"))
    (row,) = store.rows(Query(queued=True, reviewed=False))
    assert (row.finding, row.part, row.reviewers) == ("marked", None, 0)
    store.add_review(said(record.id, "confirmed", hour=1))
    (row,) = store.rows(Query(queued=True, reviewed=True))
    assert (row.finding, row.part, row.reviewer) == ("confirmed", "defective", "kim")
    store.add_review(said(record.id, "withdrawn", hour=2))
    assert store.rows(Query(findings=("marked",)))[0].reviewers == 0


def test_a_review_needs_its_record(store: Database) -> None:
    with pytest.raises(Refused):
        store.add_review(said("no such id", "unsure"))


def test_a_mark_on_an_ok_part_queues_it_and_taking_back_restores(store: Database) -> None:
    record = a_record(defect="speck")
    store.add(record)
    before = store.rows(Query())
    assert (before[0].queued, before[0].named) == (False, "speck")
    store.add_review(said(record.id, "acknowledged"))
    assert store.rows(Query()) == before
    store.add_review(said(record.id, "escape", hour=1, defect="dent"))
    marked = store.rows(Query(queued=True))[0]
    assert (marked.finding, marked.part, marked.named) == ("escape", "defective", "dent")
    assert (marked.reviewers, marked.reviewer) == (1, "kim")
    store.add_review(said(record.id, "withdrawn", hour=2))
    assert store.rows(Query()) == before


def test_the_newest_standing_word_counts(store: Database) -> None:
    record = a_record(Verdict.NG)
    store.add(record)
    store.add_review(said(record.id, "confirmed", defect="dent"))
    store.add_review(said(record.id, "false-call", "lee", hour=1))
    row = store.rows(Query())[0]
    assert (row.finding, row.part, row.named) == ("false-call", "good", "dent")
    assert (row.reviewers, row.reviewer) == (2, "lee")
    assert row.disputed
    assert store.rows(Query(disputed=True)) == [row]
    assert store.rows(Query(disputed=False)) == []
    store.add_review(said(record.id, "withdrawn", "lee", hour=2))
    row = store.rows(Query())[0]
    assert (row.finding, row.part, row.reviewers, row.reviewer) == (
        "confirmed",
        "defective",
        1,
        "kim",
    )
    assert row.queued
    assert not row.disputed


def test_an_unsure_word_contradicts_nobody(store: Database) -> None:
    record = a_record(Verdict.NG)
    store.add(record)
    store.add_review(said(record.id, "confirmed"))
    store.add_review(said(record.id, "unsure", "lee", hour=1))
    assert store.rows(Query(disputed=True)) == []


@pytest.mark.logs_expected  # psycopg warns of the pipeline that the refused row ends
def test_many_at_once_or_none(store: Database) -> None:
    made = [a_record(Verdict.NG) for _ in range(5)]
    store.add(made[0])
    reviews = [said(record.id, "false-call") for record in made[:3]]
    with pytest.raises(Refused):
        store.add_many(made, reviews)
    assert store.count(Query())[Verdict.NG] == 1
    store.add_many(made[1:], reviews)
    assert store.count(Query(part="good"))[Verdict.NG] == 3
    assert store.count(Query(reviewed=False))[Verdict.NG] == 2
    assert [store.reviews(record.id) for record in made[:3]] == [[review] for review in reviews]
    store.add_many([])


findings = st.sampled_from(
    ["confirmed", "false-call", "escape", "good", "defective", "unsure", "acknowledged"]
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    words=st.lists(
        st.tuples(findings | st.just("withdrawn"), st.sampled_from(["kim", "lee"])), max_size=6
    ),
    verdict=st.sampled_from(Verdict),
    sampled=st.booleans(),
)
def test_one_by_one_and_all_at_once_agree(
    store: Database, words: list[tuple[Any, str]], verdict: Verdict, sampled: bool
) -> None:
    one, other = (a_record(verdict, sampled=sampled) for _ in range(2))
    reviews = [said(one.id, word, by, hour=i) for i, (word, by) in enumerate(words)]
    store.add(one)
    for review in reviews:
        store.add_review(review)
    copies = [said(other.id, word, by, hour=i) for i, (word, by) in enumerate(words)]
    store.add_many([other], copies[::-1])
    rows = {row.id: row for row in store.rows(Query(limit=10_000))}
    for record in (one, other):
        known = derived_of_record(record, reviews)
        del known["words"]
        for name, value in known.items():
            assert getattr(rows[record.id], name) == value


def test_two_persons_at_the_same_moment(store: Database) -> None:
    """Whoever comes second must see the first one's word, or a withdrawal would come back."""
    made = [a_record(Verdict.NG) for _ in range(20)]
    store.add_many(made)
    problems: list[BaseException] = []
    together = threading.Barrier(4)

    def review(by: str) -> None:
        try:
            for record in made:
                together.wait(30)
                store.add_review(said(record.id, "false-call", by))
        except (StoreError, threading.BrokenBarrierError) as error:
            problems.append(error)
            together.abort()

    threads = [threading.Thread(target=review, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert {row.reviewers for row in store.rows(Query())} == {4}
