"""Which index SQLite reads for the lists: the table itself only for the rows that are shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Select, select

from app.inspection.verdict import Verdict
from app.store.base import Query
from app.store.conditions import conditions, page
from app.store.database import Database
from app.store.listing import _combinations, _newest_lots
from app.store.schema import records

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FILTERS = {
    "all": Query(),
    "text": Query(text="SN"),
    "shift": Query(shift="early"),
    "product": Query(product="p"),
    "version": Query(recipe_version=2, text="SN"),
    "checkpoint": Query(checkpoint_sha256="a" * 64),
    "defect": Query(defect="dent", shift="late"),
    "good verdicts": Query(verdicts=(Verdict.OK,), shift="late"),
    "unreviewed": Query(reviewed=False, text="x"),
}
QUEUE = {
    "queue": Query(queued=True),
    "text": Query(queued=True, text="SN"),
    "to do": Query(queued=True, reviewed=False),
    "NG": Query(verdicts=(Verdict.NG, Verdict.ERROR)),
    "reviewed": Query(reviewed=True, shift="early"),
    "findings": Query(findings=("escape",)),
    "part": Query(part="good", text="x"),
    "second opinion": Query(second_opinion_by="kim"),
    "sampled": Query(sampled=True),
    "disputed": Query(disputed=True),
    "recipe": Query(queued=True, recipe="bolt", reviewed=False),
    "version": Query(verdicts=(Verdict.NG,), recipe="bolt", recipe_version=3),
    "lot": Query(queued=True, lot="L1"),
    "week": Query(queued=True, since=NOON, until=NOON + timedelta(days=7)),
    "score": Query(queued=True, shift="early", defect="dent", product="p"),
}


def plan(store: Database, chosen: Select[Any]) -> list[str]:
    with store._read() as connection:
        sql = chosen.compile(connection, compile_kwargs={"literal_binds": True})
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")
        return [row[3] for row in found]


@pytest.mark.parametrize("order", ["time", "score"])
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("query", FILTERS.values(), ids=FILTERS)
def test_a_page_is_found_in_an_index_of_all(
    store: Database, query: Query, order: Any, newest_first: bool
) -> None:
    asked = replace(query, order=order, newest_first=newest_first)
    for after in (asked, replace(asked, after_id="x", after_score=0.5)):
        steps = plan(store, page(after, records.c.lot))
        assert any("COVERING INDEX" in step for step in steps), steps
        assert_shown_rows_alone_are_read(steps)


@pytest.mark.parametrize("order", ["time", "score"])
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("query", QUEUE.values(), ids=QUEUE)
def test_a_page_of_the_queue_is_found_in_its_small_index(
    store: Database, query: Query, order: Any, newest_first: bool
) -> None:
    asked = replace(query, order=order, newest_first=newest_first)
    for after in (asked, replace(asked, after_id="x", after_score=0.5)):
        steps = plan(store, page(after, records.c.lot))
        assert any("COVERING INDEX ix_records_queue" in step for step in steps), steps
        assert_shown_rows_alone_are_read(steps)


def assert_shown_rows_alone_are_read(steps: list[str]) -> None:
    """Only the outer select, by primary key, may read the table."""
    table = [step for step in steps if "records" in step and "COVERING" not in step]
    assert table == ["SEARCH records USING INDEX sqlite_autoindex_records_1 (id=?)"]


@pytest.mark.parametrize("query", [*FILTERS.values(), *QUEUE.values()])
def test_counts_and_facets_read_indexes_only(store: Database, query: Query) -> None:
    verdict = records.c.verdict
    counted: Select[Any] = select(verdict).where(*conditions(query))
    for chosen in (counted, _combinations(query), _newest_lots(query)):
        steps = plan(store, chosen)
        assert all("COVERING" in step for step in steps if "records" in step), steps


def test_a_lot_and_a_time_have_their_own_index(store: Database) -> None:
    window = Query(since=NOON, until=NOON + timedelta(hours=1))
    for query in (Query(lot="L1"), window, replace(window, lot="L1")):
        steps = plan(store, page(query, records.c.lot))
        assert any("ix_records_lot" in s or "ix_records_taken" in s for s in steps), steps


def test_pages_by_id_and_score_need_no_sorting(store: Database) -> None:
    inner = plan(store, page(Query(queued=True, order="score"), records.c.id))
    # The outer select sorts its page; there must be no second one.
    assert sum("ORDER BY" in step for step in inner) <= 1
