from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from app.errors import StoreError
from app.store import open_store
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
