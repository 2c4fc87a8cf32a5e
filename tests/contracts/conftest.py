"""One empty store of each kind: a SQLite file and a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store import open_store
from app.store.database import Database
from tests.rigs.postgres_server import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{(tmp_path / 'new folder' / 'station.db').as_posix()}"
    found: PostgresServer = request.getfixturevalue("server")
    found.empty()
    return found.url


@pytest.fixture
def store(url: str) -> Iterator[Database]:
    opened = open_store(url)
    yield opened
    opened.close()
