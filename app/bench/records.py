"""How long lists, counts and figures of many records take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from app.bench.measurement import Measurement, timed_ms
from app.inspection.verdict import Verdict
from app.month.filling import fill
from app.month.records import Month
from app.store import open_store
from app.store.base import Query
from app.store.database import Database
from app.store.listing import Facets

_PAGE = 100
_REPEATS = 3
_OPTICS = ("score", "brightness", "sharpness", "shift_x", "shift_y", "colour_a")
_BY = ("day", "recipe", "verdict", "part")


def measure_records(count: int, url: str) -> list[Measurement]:
    """Measure the review lists and the figures of a database.

    Pages: the first and the second page of 100, by time and by score, both ways, for every
    filter of `filters`; the baseline is the same pages as whole records.

    Args:
        count: So many made-up records are put in if there are none.
        url: The database.

    Raises:
        StoreError: The database fails.
    """
    store = open_store(url, wait_s=30)
    try:
        if not sum(store.count(Query()).values()):
            fill(store, Month(seed=1, records=count))
        return _pages(store) + _figures(store)
    finally:
        store.close()


def filters(store: Database) -> Iterator[Query]:
    """Yield what people ask for, and what finds nothing: the whole index is read for that."""
    found = store.facets(Query())
    serial = store.rows(Query(limit=50))[-1].serial
    for queued in (True, None):
        of = Query(queued=queued)
        yield from (of, replace(of, reviewed=False), replace(of, reviewed=True))
        yield from (replace(of, verdicts=(verdict,)) for verdict in Verdict)
        yield from (replace(of, text=text) for text in (serial, serial[-3:], "nowhere"))
        yield from (replace(of, score_from=0.3, score_to=0.31), replace(of, sampled=True))
        yield from (replace(of, part="defective"), replace(of, second_opinion_by="nobody"))
        yield from _by_facets(of, found)


def _by_facets(of: Query, found: Facets) -> Iterator[Query]:
    for lot in (*found.lots[:1], *found.lots[-1:], "nowhere"):
        yield replace(of, lot=lot)
    for shift in (*found.shifts[:1], "nowhere"):
        yield replace(of, shift=shift)
        yield replace(of, shift=shift, recipe=found.recipes[0])
    for recipe, version in found.versions[:2]:
        yield replace(of, recipe=recipe, recipe_version=version, text="nowhere")
    yield from (replace(of, product=product) for product in found.products[:1])
    yield from (replace(of, checkpoint_sha256=sha) for _, sha in found.checkpoints[:1])
    yield from (replace(of, defect=defect) for defect in (*found.defects[:1], "nowhere"))


def _pages(store: Database) -> list[Measurement]:
    rows: list[float] = []
    whole: list[float] = []
    counts: list[float] = []
    queue_rows: list[float] = []
    for query in filters(store):
        spent = [ms for asked in _orders(store, query) for ms in _timed(store.rows, asked)]
        rows += spent
        queue_rows += spent if query.queued else []
        whole += [ms for asked in _orders(store, query) for ms in _timed(store.find, asked)]
        counts += _timed(store.count, query)
    return [
        Measurement("page_p95_ms", _p95(rows), "ms", "whole records", _p95(whole)),
        Measurement("queue_page_p95_ms", _p95(queue_rows), "ms"),
        Measurement("page_max_ms", max(rows), "ms"),
        Measurement("count_p95_ms", _p95(counts), "ms"),
    ]


def _orders(store: Database, query: Query) -> Iterator[Query]:
    for order in ("time", "score"):
        for newest_first in (True, False):
            asked = replace(query, order=order, newest_first=newest_first, limit=_PAGE)
            yield asked
            page = store.rows(asked)
            if len(page) == _PAGE:
                yield replace(asked, after_id=page[-1].id, after_score=page[-1].score)


def _figures(store: Database) -> list[Measurement]:
    everything = Query(limit=0)
    counts = _timed(lambda query: store.figures.counts(query, _BY), everything)
    columns = _timed(lambda query: store.figures.columns(query, _OPTICS), everything)
    return [
        Measurement("facets_ms", min(_timed(store.facets, Query())), "ms"),
        Measurement("counts_ms", min(counts), "ms"),
        Measurement("columns_ms", min(columns), "ms"),
        Measurement("records", float(sum(store.count(Query()).values())), "records"),
    ]


def _timed(read: Callable[[Query], Any], query: Query) -> list[float]:
    return timed_ms(lambda: read(query), _REPEATS, warm_up=0)


def _p95(values: list[float]) -> float:
    return float(np.percentile(values, 95))
