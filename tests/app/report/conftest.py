from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store import open_store
from app.store.database import Database
from app.store.evidence import EvidenceStore
from tests.rigs.postgres_server import PostgresServer, postgres_server


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(f"sqlite:///{(tmp_path / 'station.db').as_posix()}")
    yield opened
    opened.close()


@pytest.fixture
def evidence(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence", min_free_bytes=0)


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        yield running
