"""Events reach the database whatever happens to it, and nobody waits for that."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.errors import StoreError
from app.inspection.event import Event
from app.station.event_journal import LIMIT, EventJournal
from app.station.event_keeping import EventKeeping, SignOfLife
from app.store.database import Database, open_store


def event(text: str = "Parts are judged.") -> Event:
    return Event(datetime.now(UTC), "started", "a", "bolt", "kim", text, {"lot": "7"})


class Table:
    """A real table that can be switched off."""

    def __init__(self, store: Database) -> None:
        self._store = store
        self.is_gone = False
        self.answers = threading.Event()
        self.answers.set()
        self.tries = 0

    def add(self, event: Event) -> None:
        self.tries += 1
        self.answers.wait()
        if self.is_gone:
            raise StoreError("The database server cannot be reached.")
        self._store.events.add(event)

    def texts(self) -> list[str]:
        return [event.text for event in reversed(self._store.events.find())]


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    store = open_store(f"sqlite:///{(tmp_path / 'events.db').as_posix()}")
    yield Table(store)
    store.close()


MakeKeeping = Callable[[], EventKeeping]


@pytest.fixture
def make_keeping(table: Table, tmp_path: Path) -> Iterator[MakeKeeping]:
    made: list[EventKeeping] = []

    def make() -> EventKeeping:
        made.append(EventKeeping(table, tmp_path, retry_s=0.05))
        return made[-1]

    yield make
    table.answers.set()
    for keeping in made:
        assert keeping.close(5)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_events_arrive_whole_and_in_order(make_keeping: MakeKeeping, table: Table) -> None:
    keeping = make_keeping()
    keeping.start()
    sent = [event(f"{number}") for number in range(5)]
    for one in sent:
        keeping.submit(one)
    assert keeping.close(5)
    assert table.texts() == ["0", "1", "2", "3", "4"]
    assert not keeping.has_pending


def test_while_the_database_is_gone_they_wait_on_disk(
    make_keeping: MakeKeeping, table: Table, tmp_path: Path
) -> None:
    table.is_gone = True
    keeping = make_keeping()
    keeping.start()
    for number in range(3):
        keeping.submit(event(f"{number}"))
    until(lambda: len(EventJournal(tmp_path / "events.jsonl").pending()) == 3)
    assert keeping.has_pending
    table.is_gone = False
    until(lambda: not keeping.has_pending)
    assert table.texts() == ["0", "1", "2"]
    assert not (tmp_path / "events.jsonl").exists()


@pytest.mark.logs_expected
def test_what_waits_on_disk_comes_at_the_next_start_and_only_once(
    make_keeping: MakeKeeping, table: Table, tmp_path: Path
) -> None:
    journal = EventJournal(tmp_path / "events.jsonl")
    there, new = event("there"), event("new")
    table.add(there)
    # The program died between the commit and the emptying of the journal.
    assert journal.append(there)
    assert journal.append(new)
    keeping = make_keeping()
    keeping.start()
    until(lambda: not keeping.has_pending)
    assert sorted(table.texts()) == ["new", "there"]


@pytest.mark.logs_expected
def test_a_torn_line_swallows_nothing(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    journal = EventJournal(file)
    first, second = event("1"), event("2")
    assert journal.append(first)
    with file.open("ab") as stream:
        stream.write(b'{"kind": "sto')
    again = EventJournal(file)
    assert again.append(second)
    assert again.pending() == [first, second]


@pytest.mark.logs_expected
def test_the_journal_is_bounded(tmp_path: Path) -> None:
    journal = EventJournal(tmp_path / "events.jsonl")
    journal.keep([event(f"{number}") for number in range(LIMIT)])
    assert not journal.append(event("one too many"))
    assert len(journal.pending()) == LIMIT
    journal.keep([])
    assert journal.append(event("room again"))


@pytest.mark.logs_expected
def test_without_disk_and_database_they_wait_in_memory(
    make_keeping: MakeKeeping, table: Table, tmp_path: Path
) -> None:
    (tmp_path / "events.jsonl").mkdir()
    table.is_gone = True
    keeping = make_keeping()
    keeping.start()
    keeping.submit(event("kept in mind"))
    until(lambda: table.tries > 0)
    table.is_gone = False
    until(lambda: table.texts() == ["kept in mind"])
    (tmp_path / "events.jsonl").rmdir()


@pytest.mark.logs_expected
def test_nobody_waits_for_a_database_that_does_not_answer(
    make_keeping: MakeKeeping, table: Table
) -> None:
    table.answers.clear()
    keeping = make_keeping()
    keeping.start()
    for number in range(600):
        keeping.submit(event(f"{number}"))
    assert not keeping.close(0.05)
    table.answers.set()
    assert keeping.close(5)
    # The queue is bounded: the oldest were kept.
    assert table.texts()[:3] == ["0", "1", "2"]
    assert len(table.texts()) >= 500


def test_a_sign_of_life_stays_after_a_crash_alone(
    make_keeping: MakeKeeping, tmp_path: Path
) -> None:
    keeping = make_keeping()
    assert keeping.last_sign() is None
    keeping.live(SignOfLife(datetime.now(UTC), "a", "bolt", True, ("store",)))
    keeping.start()
    until((tmp_path / "alive.json").exists)
    sign = make_keeping().last_sign()
    assert sign is not None
    assert (sign.station, sign.recipe, sign.running, sign.causes) == ("a", "bolt", True, ("store",))
    assert keeping.close(5)
    assert make_keeping().last_sign() is None


@pytest.mark.logs_expected
@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"at": 7}', '{"at": "2026-01-01T00:00:00+00:00"}']
)
def test_a_damaged_sign_of_life_is_none(
    make_keeping: MakeKeeping, tmp_path: Path, text: str
) -> None:
    (tmp_path / "alive.json").write_text(text, encoding="utf-8")
    assert make_keeping().last_sign() is None
