from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.inspection.review import Review
from app.inspection.verdict import Verdict
from app.review.dossier import load_dossier
from app.store.database import Database, open_store
from tests.rigs.records import a_record


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(f"sqlite:///{(tmp_path / 's.db').as_posix()}")
    yield opened
    opened.close()


def test_a_part_comes_with_its_surroundings(store: Database) -> None:
    ids = [f"01900000-0000-7000-8000-{number:012d}" for number in range(10)]
    records = [
        a_record(Verdict.NG, id=ids[number], serial=str(number), lot="L1") for number in range(9)
    ]
    again = a_record(Verdict.OK, id=ids[9], serial="4", lot="L1")
    others = [a_record(serial="4", lot="L2"), a_record(serial="44", lot="L1")]
    store.add_many([*records, again, *others])
    review = Review(records[4].id, datetime.now(UTC), "kim", "confirmed")
    store.add_review(review)
    dossier = load_dossier(store, records[4].id)
    assert dossier is not None
    assert dossier.record == records[4]
    assert dossier.reviews == (review,)
    assert dossier.same_part == (again,)
    assert dossier.before == (records[3], records[2], records[1])
    assert dossier.after == (records[5], records[6], records[7])


def test_a_part_without_number_has_no_other_records(store: Database) -> None:
    records = [a_record(serial=""), a_record(serial="")]
    store.add_many(records)
    dossier = load_dossier(store, records[0].id)
    assert dossier is not None
    assert dossier.same_part == ()


def test_an_unknown_record_has_no_dossier(store: Database) -> None:
    assert load_dossier(store, "none") is None
