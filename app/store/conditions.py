"""What a `Query` means in SQL: conditions, order and page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, tuple_

from app.store.base import Query
from app.store.schema import records

# Fields of a query that a column must equal; the names are the same in both.
_EXACT = ("lot", "recipe", "shift", "product", "recipe_version", "checkpoint_sha256", "part")


def conditions(query: Query) -> list[ColumnElement[bool]]:
    """Return what a record must fulfil, apart from the page."""
    column = records.c
    wanted = [
        column[name] == value for name in _EXACT if (value := getattr(query, name)) is not None
    ]
    if query.verdicts:
        wanted.append(column.verdict.in_([verdict.value for verdict in query.verdicts]))
    if query.findings:
        wanted.append(column.finding.in_(query.findings))
    if query.defect is not None:
        wanted.append(column.named == query.defect)
    if query.text:
        serial = column.serial.icontains(query.text, autoescape=True)
        wanted.append(serial | column.lot.icontains(query.text, autoescape=True))
    return wanted + _flags(query) + _ranges(query)


def paged(chosen: Select[Any], query: Query) -> Select[Any]:
    """Return the select in the order of the query, from where its page begins, with its limit.

    Raises:
        ValueError: A page by score was asked for without `after_score`.
    """
    key: tuple[ColumnElement[Any], ...] = (records.c.id,)
    after: tuple[Any, ...] = (query.after_id,)
    if query.order == "score":
        key, after = (records.c.score, records.c.id), (query.after_score, query.after_id)
        if query.after_id and query.after_score is None:
            raise ValueError("a page by score needs after_score beside after_id")
    if query.after_id:
        # A comparison of rows, so that one index gives both the place and the order.
        here = tuple_(*key)
        chosen = chosen.where(here < after if query.newest_first else here > after)
    order = (part.desc() if query.newest_first else part for part in key)
    return chosen.order_by(*order).limit(max(0, query.limit))


def _flags(query: Query) -> list[ColumnElement[bool]]:
    column = records.c
    wanted: list[ColumnElement[bool]] = []
    if query.queued is not None:
        wanted.append(column.queued == int(query.queued))
    if query.sampled is not None:
        wanted.append(column.sampled == int(query.sampled))
    if query.reviewed is not None:
        wanted.append(column.reviewers > 0 if query.reviewed else column.reviewers == 0)
    if query.disputed is not None:
        wanted.append(column.disputed == int(query.disputed))
    if query.second_opinion_by is not None:
        wanted += [
            column.second_opinion == 1,
            column.reviewers == 1,
            column.reviewer != query.second_opinion_by,
        ]
    return wanted


def _ranges(query: Query) -> list[ColumnElement[bool]]:
    column = records.c
    wanted: list[ColumnElement[bool]] = []
    if query.since is not None:
        wanted.append(column.taken_utc >= query.since)
    if query.until is not None:
        wanted.append(column.taken_utc < query.until)
    if query.score_from is not None:
        wanted.append(column.score >= query.score_from)
    if query.score_to is not None:
        wanted.append(column.score < query.score_to)
    if query.order == "score":
        wanted.append(column.score.is_not(None))
    return wanted
