from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.errors import StoreError
from app.inspection.review import Review
from app.inspection.verdict import Verdict
from app.review.outbox import Outbox
from app.store.database import Database, open_store
from tests.rigs.records import a_record

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
MASK = (((1, 2), (30, 2), (30, 40)), ((50, 50), (60, 50), (60, 60)))


class Failing(Database):
    """A real database that stops working when it is told to."""

    broken = False
    answers_late = False

    def add_review(self, review: Review) -> None:
        if self.broken:
            raise StoreError("The database server cannot be reached.")
        super().add_review(review)
        if self.answers_late:
            self.answers_late = False
            raise StoreError("The connection broke before the answer came.")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Failing]:
    opened = Failing(f"sqlite:///{(tmp_path / 's.db').as_posix()}")
    yield opened
    opened.close()


def a_review(store: Database, finding: str = "confirmed", **changes: object) -> Review:
    record = a_record(Verdict.NG)
    store.add(record)
    return Review(record.id, NOW, "kim", finding, **changes)  # type: ignore[arg-type]


def test_reviews_are_written_in_order(store: Failing, tmp_path: Path) -> None:
    outbox = Outbox(store, tmp_path / "wait.jsonl")
    first = a_review(store)
    second = Review(first.record_id, NOW + timedelta(seconds=1), "kim", "withdrawn")
    outbox.put(first)
    outbox.put(second)
    assert outbox.deliver().written == (first, second)
    assert store.reviews(first.record_id) == [first, second]
    assert outbox.waiting == ()
    assert not (tmp_path / "wait.jsonl").exists()


def test_a_failing_database_loses_nothing_even_over_a_restart(
    store: Failing, tmp_path: Path
) -> None:
    file = tmp_path / "folder" / "wait.jsonl"
    reviews = [a_review(store, comment="깨짐", defect="dent", mask=MASK), a_review(store, mask=())]
    outbox = Outbox(store, file)
    store.broken = True
    for review in reviews:
        outbox.put(review)
    delivery = outbox.deliver()
    assert delivery.written == ()
    assert "reached" in delivery.problem
    assert outbox.waiting == tuple(reviews)
    again = Outbox(store, file)
    assert again.waiting == tuple(reviews)
    store.broken = False
    assert again.deliver().written == tuple(reviews)
    assert not file.exists()
    assert [store.reviews(r.record_id) for r in reviews] == [[r] for r in reviews]


@pytest.mark.logs_expected
def test_a_refused_review_is_handed_back_and_stops_no_other(store: Failing, tmp_path: Path) -> None:
    outbox = Outbox(store, tmp_path / "wait.jsonl")
    orphan = Review("no such record", NOW, "kim", "confirmed")
    sound = a_review(store)
    outbox.put(orphan)
    outbox.put(sound)
    delivery = outbox.deliver()
    assert [review for review, _ in delivery.refused] == [orphan]
    assert delivery.refused[0][1]
    assert delivery.written == (sound,)
    assert outbox.waiting == ()


def test_an_answer_that_was_lost_on_the_way_is_no_refusal(store: Failing, tmp_path: Path) -> None:
    outbox = Outbox(store, tmp_path / "wait.jsonl")
    review = a_review(store)
    store.answers_late = True
    outbox.put(review)
    assert outbox.deliver().problem
    delivery = outbox.deliver()
    assert (delivery.written, delivery.refused) == ((review,), ())
    assert store.reviews(review.record_id) == [review]


def test_two_deliveries_at_once_write_each_review_once(store: Failing, tmp_path: Path) -> None:
    outbox = Outbox(store, tmp_path / "wait.jsonl")
    reviews = [a_review(store) for _ in range(30)]
    for review in reviews:
        outbox.put(review)
    written: list[Review] = []

    def deliver() -> None:
        written.extend(outbox.deliver().written)

    threads = [threading.Thread(target=deliver) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(review.id for review in written) == sorted(review.id for review in reviews)


@pytest.mark.logs_expected
def test_a_damaged_file_costs_only_the_damaged_line(store: Failing, tmp_path: Path) -> None:
    file = tmp_path / "wait.jsonl"
    store.broken = True
    outbox = Outbox(store, file)
    review = a_review(store)
    outbox.put(review)
    outbox.deliver()
    file.write_text(file.read_text("utf-8") + '{"record_id": 3}\n{torn', encoding="utf-8")
    assert Outbox(store, file).waiting == (review,)


def test_opening_reads_the_same_schema(tmp_path: Path) -> None:
    plain = open_store(f"sqlite:///{(tmp_path / 'plain.db').as_posix()}")
    assert Outbox(plain, tmp_path / "none.jsonl").deliver().problem == ""
    plain.close()
