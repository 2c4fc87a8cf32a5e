"""The records of a report as a table: CSV for spreadsheets, Parquet for programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from app.store.base import Query
from app.store.database import Database

Columns = dict[str, npt.NDArray[Any]]
Progress = Callable[[int], None]

_PAGE = 20_000

_TIME = pa.timestamp("us", tz="UTC")
COLUMNS: dict[str, pa.DataType] = {
    "id": pa.string(),
    "taken_utc": _TIME,
    "station": pa.string(),
    "lot": pa.string(),
    "shift": pa.string(),
    "operator": pa.string(),
    "product": pa.string(),
    "serial": pa.string(),
    "recipe": pa.string(),
    "recipe_version": pa.int64(),
    "checkpoint": pa.string(),
    "checkpoint_sha256": pa.string(),
    "detector": pa.string(),
    "verdict": pa.string(),
    "score": pa.float64(),
    "limit_ng": pa.float64(),
    "limit_review": pa.float64(),
    "reasons": pa.string(),
    "defect": pa.string(),
    "named": pa.string(),
    "finding": pa.string(),
    "part": pa.string(),
    "reviewers": pa.int64(),
    "sampled": pa.bool_(),
    "second_opinion": pa.bool_(),
    "brightness": pa.float64(),
    "sharpness": pa.float64(),
    "shift_x": pa.float64(),
    "shift_y": pa.float64(),
    "colour_a": pa.float64(),
    "colour_b": pa.float64(),
    "grab_ms": pa.float64(),
    "wait_ms": pa.float64(),
    "model_ms": pa.float64(),
    "decide_ms": pa.float64(),
    "store_ms": pa.float64(),
    "image": pa.string(),
    "image_sha256": pa.string(),
    "software": pa.string(),
}
"""Name and type of every column; the names are those of the database."""

SCHEMA = pa.schema(list(COLUMNS.items()))


def write_csv(store: Database, query: Query, file: Path, progress: Progress | None = None) -> int:
    """Write the records as CSV, UTF-8 with a byte-order mark, and return how many there are.

    Spreadsheets take a cell that begins with =, +, - or @ for a formula; text that does gets
    an apostrophe before it. Parquet has the texts as they are.

    Args:
        store: The records.
        query: Which of them; they come oldest first, whatever its order and page.
        file: Is written as it goes; the caller sees to it that it appears whole.
        progress: Called with the number of records written so far; what it raises ends it.

    Raises:
        StoreError: The database fails.
        OSError: The disk fails.
    """
    done = 0
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for table in _pages(store, query):
            columns = [_csv_cells(table[name]) for name in COLUMNS]
            writer.writerows(zip(*columns, strict=True))
            done += table.num_rows
            if progress is not None:
                progress(done)
    return done


def write_parquet(
    store: Database, query: Query, file: Path, progress: Progress | None = None
) -> int:
    """Write the records as Parquet (zstd) and return how many there are; see `write_csv`."""
    done = 0
    with pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:  # type: ignore[no-untyped-call]
        for table in _pages(store, query):
            writer.write_table(table)
            done += table.num_rows
            if progress is not None:
                progress(done)
    return done


def _pages(store: Database, query: Query) -> Iterator[pa.Table]:
    """Yield the records page by page, so that a million of them need little memory."""
    page = replace(
        query, order="time", newest_first=False, after_id="", after_score=None, limit=_PAGE
    )
    while True:
        columns = store.figures.columns(page, tuple(COLUMNS))
        size = len(columns["id"])
        if size:
            yield pa.table(
                {name: _array(columns[name], kind) for name, kind in COLUMNS.items()}, SCHEMA
            )
        if size < _PAGE:
            return
        page = replace(page, after_id=str(columns["id"][-1]))


def _array(values: npt.NDArray[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(kind):
        return pa.array(np.round(values * 1e6).astype(np.int64), pa.int64()).cast(kind)
    if pa.types.is_string(kind):
        texts = [
            value if value is None or isinstance(value, str) else _json(value) for value in values
        ]
        return pa.array(texts, kind)
    if pa.types.is_floating(kind):
        return pa.array(values, kind, from_pandas=True)
    whole = pa.array(values, pa.float64(), from_pandas=True)
    return whole.cast(pa.int64()).cast(kind)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _csv_cells(column: pa.ChunkedArray) -> list[object]:
    if pa.types.is_timestamp(column.type):
        return [_csv_time(value) for value in column.to_pylist()]
    if pa.types.is_string(column.type):
        return [_csv_text(value) for value in column.to_pylist()]
    if pa.types.is_boolean(column.type):
        return [int(value) for value in column.to_pylist()]
    return list(column.to_pylist())


def _csv_time(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _csv_text(value: str | None) -> str:
    if not value:
        return ""
    return f"'{value}" if value[0] in "=+-@\t\r" else value
