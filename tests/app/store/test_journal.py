from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import StoreError
from app.store.journal import Journal
from app.store.rows import to_line
from tests.rigs.records import a_record


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "pending.jsonl")


def test_an_empty_journal_has_no_file(journal: Journal) -> None:
    assert journal.is_empty
    assert journal.pending(5) == []
    assert not journal.path.exists()


def test_lines_come_back_in_order_and_once(journal: Journal) -> None:
    made = [a_record(serial=f"번호 {i}\n") for i in range(5)]
    for record in made:
        journal.append(record)
    first = journal.pending(2)
    assert [entry.record for entry in first] == made[:2]
    for entry in first:
        journal.settle(entry)
    late = a_record()
    journal.append(late)
    rest = journal.pending(10)
    assert [entry.record for entry in rest] == [*made[2:], late]
    for entry in rest:
        assert not journal.is_empty
        journal.settle(entry)
    assert journal.is_empty
    assert not journal.path.exists()


def test_another_run_finds_what_was_pending(journal: Journal) -> None:
    made = [a_record(), a_record()]
    for record in made:
        journal.append(record)
    journal.settle(journal.pending(1)[0])
    # The program dies here: settled lines come again, the database knows their ids.
    again = Journal(journal.path)
    assert [entry.record for entry in again.pending(10)] == made


@pytest.mark.logs_expected
def test_a_torn_line_spoils_no_other(journal: Journal) -> None:
    before, after = a_record(), a_record()
    journal.append(before)
    with journal.path.open("ab") as stream:
        stream.write(to_line(a_record()).encode()[:100])
    again = Journal(journal.path)
    again.append(after)
    entries = again.pending(10)
    assert [entry.record for entry in entries] == [before, None, after]
    again.reject(entries[1].line)
    assert journal.path.with_name("pending.jsonl.rejected").read_text().count("\n") == 1


def test_a_journal_that_was_deleted_starts_anew(journal: Journal) -> None:
    for _ in range(3):
        journal.append(a_record(serial="long " * 50))
    journal.settle(journal.pending(2)[0])
    journal.path.unlink()
    assert journal.is_empty
    journal.append(record := a_record())
    assert [entry.record for entry in journal.pending(5)] == [record]


def test_a_disk_that_fails_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="Records cannot be written to the disk"):
        Journal(tmp_path / "file" / "pending.jsonl").append(a_record())
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match="Records cannot be written to the disk"):
        Journal(tmp_path / "folder").append(a_record())
    with pytest.raises(StoreError, match="Pending records cannot be read"):
        Journal(tmp_path / "folder").pending(1)
