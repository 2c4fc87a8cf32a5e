"""What a `Query` means in SQL: conditions, order and page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, select, tuple_

from app.inspection.verdict import Verdict
from app.store.base import Query
from app.store.schema import clean, folded, records

# Fields of a query that a column must equal; the names are the same in both.
_EXACT = ("lot", "recipe", "shift", "product", "recipe_version", "checkpoint_sha256", "part")


def conditions(query: Query) -> list[ColumnElement[bool]]:
    """Return what a record must fulfil, apart from the page."""
    is_queued = query.queued or (query.queued is None and _is_queued_anyway(query))
    column = _ColumnsOfQueue() if is_queued else records.c
    wanted: list[ColumnElement[bool]] = []
    if query.queued is not None or is_queued:
        # Written out: a partial index serves no parameter whose value is not known.
        wanted.append(records.c.queued == literal_column("1" if is_queued else "0"))
    for name in _EXACT:
        if (value := getattr(query, name)) is not None:
            wanted.append(column[name] == value)
    if query.text:
        wanted.append(column["words"].contains(folded(clean(query.text)), autoescape=True))
    if query.since is not None:
        wanted.append(column["taken_utc"] >= query.since)
    if query.until is not None:
        wanted.append(column["taken_utc"] < query.until)
    return wanted + _flags(query) + _scores(query)


class _ColumnsOfQueue:
    """Columns that no index but those of the queue serves.

    Without statistics SQLite takes any index for a lot, a recipe or a time before the small one
    of the queue, and then reads the table for each of its entries.
    """

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        return func.coalesce(records.c[name], records.c[name])


def page(query: Query, *shown: ColumnElement[Any]) -> Select[Any]:
    """Return a select of one page: what is shown of the records, in the order of the query.

    The records are found first, by what indexes hold, and only these are then read.

    Raises:
        ValueError: A page by score was asked for without `after_score`.
    """
    order = ordered(query)
    found = select(records.c.id).where(*conditions(query), *_behind(query))
    found = found.order_by(*order).limit(max(0, query.limit))
    return select(*shown).where(records.c.id.in_(found)).order_by(*order)


def ordered(query: Query) -> list[ColumnElement[Any]]:
    """Return what a query sorts by."""
    return [part.desc() if query.newest_first else part.asc() for part in _key(query)]


def _key(query: Query) -> tuple[ColumnElement[Any], ...]:
    return (records.c.score, records.c.id) if query.order == "score" else (records.c.id,)


def _behind(query: Query) -> list[ColumnElement[bool]]:
    """Return the condition that a record comes after the page before."""
    if not query.after_id:
        return []
    after: tuple[Any, ...] = (query.after_id,)
    if query.order == "score":
        if query.after_score is None:
            raise ValueError("a page by score needs after_score beside after_id")
        after = (query.after_score, query.after_id)
    # A comparison of rows, so that one index gives both the place and the order.
    here = tuple_(*_key(query))
    return [here < after if query.newest_first else here > after]


def _flags(query: Query) -> list[ColumnElement[bool]]:
    column = records.c
    wanted: list[ColumnElement[bool]] = []
    if query.verdicts:
        wanted.append(column.verdict.in_([verdict.value for verdict in query.verdicts]))
    if query.findings:
        wanted.append(column.finding.in_(query.findings))
    if query.defect is not None:
        wanted.append(column.named == query.defect)
    for name in ("sampled", "disputed"):
        if (value := getattr(query, name)) is not None:
            wanted.append(column[name] == int(value))
    if query.reviewed is not None:
        wanted.append(column.reviewers > 0 if query.reviewed else column.reviewers == 0)
    if query.second_opinion_by is not None:
        wanted += [
            column.second_opinion == 1,
            column.reviewers == 1,
            column.reviewer != query.second_opinion_by,
        ]
    return wanted


def _is_queued_anyway(query: Query) -> bool:
    """Say whether only records of the review queue can match (see `reviewing.derived`).

    The index of the queue is a small part of the index of all records.
    """
    return bool(
        (query.verdicts and Verdict.OK not in query.verdicts)
        or query.findings
        or query.part is not None
        or query.second_opinion_by is not None
        or query.reviewed
        or query.sampled
        or query.disputed
    )


def _scores(query: Query) -> list[ColumnElement[bool]]:
    score = records.c.score
    wanted: list[ColumnElement[bool]] = []
    if query.score_from is not None:
        wanted.append(score >= query.score_from)
    if query.score_to is not None:
        wanted.append(score < query.score_to)
    if query.order == "score":
        wanted.append(score.is_not(None))
    return wanted
