"""One empty store of each kind: a SQLite file and a real PostgreSQL server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.store import open_store
from app.store.database import Database
from app.store.schema import MAJOR, MINOR, metadata, schema_version
from tests.rigs.postgres_server import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database without tables."""
    if kind == "sqlite":
        return f"sqlite:///{(tmp_path / 'new folder' / 'station.db').as_posix()}"
    found: PostgresServer = request.getfixturevalue("server")
    found.empty()
    return found.url


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with all tables and no record."""
    file = tmp_path_factory.mktemp("store") / "empty.db"
    open_store(f"sqlite:///{file.as_posix()}").close()
    return file


@pytest.fixture
def store(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield an empty store; its tables are not made anew for every test."""
    if kind == "sqlite":
        file = tmp_path / "station.db"
        shutil.copy(request.getfixturevalue("empty_file"), file)
        address = f"sqlite:///{file.as_posix()}"
    else:
        found: PostgresServer = request.getfixturevalue("server")
        if not is_emptied(found.url):
            found.empty()
        address = found.url
    opened = open_store(address)
    yield opened
    opened.close()


def is_emptied(url: str) -> bool:
    """Empty the tables of a server; False if they are not those of this program."""
    names = ", ".join(table.name for table in metadata.sorted_tables if table is not schema_version)
    try:
        with psycopg.connect(url) as connection:
            connection.execute(f"TRUNCATE {names}")  # type: ignore[arg-type]
            found = connection.execute("SELECT major, minor FROM schema_version").fetchone()
            return found == (MAJOR, MINOR)
    except psycopg.Error:
        return False
