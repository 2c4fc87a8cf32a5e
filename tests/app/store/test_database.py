from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.errors import StoreError
from app.inspection.record import Context, InspectionRecord
from app.inspection.review import Review
from app.store import figures, open_store
from app.store.base import Query
from app.store.database import Database
from tests.rigs.postgres_server import PostgresServer
from tests.rigs.records import a_record


@pytest.mark.parametrize(
    "address", ["", "station.db", "sqlite://", "sqlite:///:memory:", "mysql://a/b", "::", "a://"]
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(StoreError, match="The database address"):
        open_store(address)


def test_sqlite_is_durable(store: Database) -> None:
    with store._read() as connection:
        found = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert found == ["wal", 2, 1]


def test_a_file_that_is_no_database(database_file: Path) -> None:
    database_file.write_bytes(b"this is not a database " * 500)
    with pytest.raises(StoreError, match="damaged; restore a backup"):
        open_store(f"sqlite:///{database_file}")


def test_a_damaged_page_is_told(database_file: Path) -> None:
    store = open_store(f"sqlite:///{database_file}")
    for _ in range(200):
        store.add(a_record())
    store.close()
    data = bytearray(database_file.read_bytes())
    half = len(data) // 2 // 4096 * 4096
    data[half:] = b"\xff" * (len(data) - half)
    database_file.write_bytes(data)
    with pytest.raises(StoreError, match="damaged; restore a backup"):
        read_all(database_file)


def read_all(database_file: Path) -> None:
    store = open_store(f"sqlite:///{database_file}")
    try:
        store.find(Query(limit=500))
    finally:
        store.close()


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened; check folder and rights"):
        open_store(f"sqlite:///{tmp_path}")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="database"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'station.db'}")


def test_a_locked_database_is_told_and_read(store: Database, database_file: Path) -> None:
    store.add(record := a_record())
    other = sqlite3.connect(database_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked by another program"):
        store.add(a_record())
    assert store.get(record.id) == record
    other.execute("ROLLBACK")
    other.close()
    store.add(a_record())


def test_a_server_that_stops_and_returns(server: PostgresServer) -> None:
    server.empty()
    store = open_store(server.url)
    try:
        store.add(a_record())
        server.stop()
        try:
            with pytest.raises(StoreError, match="cannot be reached"):
                store.add(a_record())
        finally:
            server.start()
        store.add(a_record())
        assert sum(store.count(Query()).values()) == 2
    finally:
        store.close()


def test_a_server_that_stops_between_two_pages(server: PostgresServer) -> None:
    server.empty()
    store = open_store(server.url)
    try:
        store.add_many([a_record() for _ in range(30)])
        query = Query(limit=20)
        first = store.rows(query)
        query = replace(query, after_id=first[-1].id)
        server.stop()
        try:
            for read in (store.rows, store.find, store.count, store.facets):
                with pytest.raises(StoreError, match="cannot be reached"):
                    read(query)
            with pytest.raises(StoreError, match="cannot be reached"):
                store.figures.counts(query, ["lot"])
        finally:
            server.start()
        assert len({row.id for row in [*first, *store.rows(query)]}) == 30
    finally:
        store.close()


def test_a_server_that_ends_the_connection_while_columns_are_read(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.empty()
    monkeypatch.setattr(figures, "_BATCH", 500)
    store, other = open_store(server.url), open_store(server.url)
    try:
        store.add_many([a_record() for _ in range(3000)])
        read = figures._Collected.add

        def add(collected: figures._Collected, rows: list[object]) -> None:
            read(collected, rows)  # type: ignore[arg-type]
            with other._write() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE pid <> pg_backend_pid() AND datname = current_database()"
                    )
                )

        monkeypatch.setattr(figures._Collected, "add", add)
        with pytest.raises(StoreError):
            store.figures.columns(Query(limit=0), ["score", "lot", "reasons", "source"])
        monkeypatch.setattr(figures._Collected, "add", read)
        assert len(store.figures.columns(Query(limit=0), ["score"])["score"]) == 3000
    finally:
        store.close()
        other.close()


def test_a_person_who_may_only_read(server: PostgresServer) -> None:
    server.empty()
    store = open_store(server.url)
    store.add(a_record())
    with store._write() as connection:
        connection.execute(text("DROP ROLE IF EXISTS auditor"))
        connection.execute(text("CREATE ROLE auditor LOGIN"))
        connection.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor"))
        connection.execute(text("GRANT USAGE ON SCHEMA public TO auditor"))
    store.close()
    reader = open_store(server.url.replace("postgres@", "auditor@"))
    try:
        assert len(reader.rows(Query())) == 1
        with pytest.raises(StoreError, match="ask the administrator for the rights"):
            reader.add(a_record())
    finally:
        reader.close()


def test_a_page_of_text_as_lot_and_serial_is_stored(server: PostgresServer) -> None:
    """PostgreSQL takes no index entry of more than 2,700 bytes."""
    server.empty()
    store = open_store(server.url)
    try:
        noise = "".join(chr(0xAC00 + (i * 7919) % 11000) for i in range(3000))
        longest: dict[str, Any] = {
            "recipe": noise[:80],
            "product": noise[:200],
            "checkpoint": "c" * 255,
        }
        record = a_record(serial=noise, defect=noise, **longest)
        record = replace(record, context=Context("station-1", noise, noise, noise))
        store.add(record)
        store.add_review(Review(record.id, record.taken_utc, noise, "escape", defect=noise))
        found = store.get(record.id)
        assert found is not None
        assert (found.serial, found.context.lot) == (noise, noise[:80])
        for query in (Query(lot=noise), Query(text=noise[:40]), Query(defect=noise)):
            assert [row.id for row in store.rows(query)] == [record.id]
        assert store.rows(Query(second_opinion_by=noise)) == []
    finally:
        store.close()


def test_a_server_that_was_never_there() -> None:
    with pytest.raises(StoreError, match="cannot be reached"):
        open_store("postgresql://postgres@127.0.0.1:1/station")


def test_a_database_that_the_server_does_not_have(server: PostgresServer) -> None:
    with pytest.raises(StoreError, match=r"does not exist|cannot be reached"):
        open_store(server.url.replace("/postgres", "/nothing").replace("//nothing", "//postgres"))


def test_a_locked_table_on_a_server_is_told(server: PostgresServer) -> None:
    server.empty()
    store, other = open_store(server.url, wait_s=0.1), open_store(server.url)
    try:
        with other._write() as connection:
            connection.execute(text("LOCK TABLE records"))
            with pytest.raises(StoreError, match="locked by another program"):
                store.add(a_record())
        store.add(a_record())
    finally:
        store.close()
        other.close()


def test_two_programs_that_wait_for_each_other(server: PostgresServer) -> None:
    server.empty()
    store = open_store(server.url, wait_s=20)
    made = [a_record(), a_record()]
    store.add_many(made)
    both_hold = threading.Barrier(2)
    told: list[str] = []

    def change(first: InspectionRecord, second: InspectionRecord) -> None:
        try:
            with store._write() as connection:
                connection.execute(
                    text("UPDATE records SET serial = 'x' WHERE id = :id"), {"id": first.id}
                )
                both_hold.wait(20)
                connection.execute(
                    text("UPDATE records SET serial = 'y' WHERE id = :id"), {"id": second.id}
                )
        except StoreError as error:
            told.append(str(error))

    threads = [threading.Thread(target=change, args=pair) for pair in (made, made[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    assert len(told) == 1
    assert "at the same moment; try again" in told[0]
