"""The records of a report as CSV and Parquet."""

from __future__ import annotations

import csv
import errno
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from app.errors import StoreError, UsageError
from app.inspection.record import InspectionRecord
from app.report import tables
from app.report.saving import Cancelled, save_records
from app.report.scope import of_lot, of_time
from app.store.database import Database
from tests.rigs import reported_lot as lot


def read_csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def saved(store: Database, file: Path) -> int:
    return save_records(store, of_time(None, None), file)


def test_csv_has_every_record_in_order(store: Database, tmp_path: Path) -> None:
    parts = lot.store_it(store)
    file = tmp_path / "lot.csv"
    assert saved(store, file) == 100
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = read_csv(file)
    assert [row["id"] for row in rows] == [one.id for one in parts]
    for row, part in zip(rows, parts, strict=True):
        assert (float(row["score"]) if row["score"] else None) == part.score
        assert row["verdict"] == part.verdict.value
        assert row["taken_utc"] == part.taken_utc.strftime("%Y-%m-%d %H:%M:%S.000")
    assert rows[0]["finding"] == "escape"
    assert rows[-1]["reasons"] == '["frame-stale: 2.4 s"]'


def test_parquet_has_every_record_with_its_types(store: Database, tmp_path: Path) -> None:
    parts = lot.store_it(store)
    file = tmp_path / "lot.parquet"
    assert saved(store, file) == 100
    table = pq.read_table(file)
    assert table.schema.names == list(tables.COLUMNS)
    rows = table.to_pylist()
    for row, part in zip(rows, parts, strict=True):
        assert (row["id"], row["score"], row["taken_utc"]) == (part.id, part.score, part.taken_utc)
        assert (row["limit_ng"], row["recipe_version"]) == (0.5, 3)
        assert row["sampled"] is part.sampled
        assert row["operator"] == "Kim"


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_pages_join_without_gap(
    store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    parts = lot.store_it(store)
    monkeypatch.setattr(tables, "_PAGE", 7)
    file = tmp_path / f"lot.{ending}"
    seen: list[int] = []
    save_records(store, of_lot(store, lot.LOT), file, seen.append)
    ids = (
        [row["id"] for row in read_csv(file)]
        if ending == "csv"
        else pq.read_table(file)["id"].to_pylist()
    )
    assert ids == [one.id for one in parts]
    assert seen == [*range(7, 100, 7), 100]


def test_texts_of_every_kind_come_back(store: Database, tmp_path: Path) -> None:
    names = ['a,"b"\nc', "로트 7", "=1+1", "-12", "@x", " "]
    parts: list[InspectionRecord] = [
        replace(lot.part(number, 0.2), serial=name) for number, name in enumerate(names)
    ]
    store.add_many(parts)
    saved(store, tmp_path / "all.csv")
    saved(store, tmp_path / "all.parquet")
    assert pq.read_table(tmp_path / "all.parquet")["serial"].to_pylist() == names
    rows = [row["serial"] for row in read_csv(tmp_path / "all.csv")]
    # No cell may run as a formula of a spreadsheet.
    assert rows == [names[0], names[1], "'=1+1", "'-12", "'@x", " "]


def test_no_records_make_a_table_with_heads_alone(store: Database, tmp_path: Path) -> None:
    assert saved(store, tmp_path / "none.csv") == 0
    assert saved(store, tmp_path / "none.parquet") == 0
    assert read_csv(tmp_path / "none.csv") == []
    assert pq.read_table(tmp_path / "none.parquet").num_rows == 0


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_is_whole_or_not_there(store: Database, tmp_path: Path, ending: str) -> None:
    lot.store_it(store)
    file = tmp_path / f"lot.{ending}"
    file.write_bytes(b"old")

    def stop(_: int) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        save_records(store, of_time(None, None), file, stop)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StoreError, match="No space left on device"):
        save_records(store, of_time(None, None), file, full)
    assert file.read_bytes() == b"old"
    assert list(tmp_path.glob(f".lot.{ending}*")) == []


def test_a_full_disk_is_a_sentence(store: Database) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full; this test proves nothing here")
    lot.store_it(store)
    with pytest.raises(OSError, match="No space left"):
        tables.write_csv(store, of_time(None, None).query, Path("/dev/full"))


def test_a_report_is_no_table(store: Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="PDF or HTML"):
        saved(store, tmp_path / "lot.pdf")
