"""How the station talks to SQLite and to PostgreSQL."""

from __future__ import annotations

import json
import sqlite3
from functools import partial
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from app.errors import StoreError
from app.i18n import tr

_to_json = partial(json.dumps, allow_nan=False)


def make_engine(address: str, wait_s: float) -> Engine:
    """Return an engine; nothing is opened yet except that SQLite's folder is made.

    Args:
        address: SQLAlchemy URL, `sqlite:///FILE` or `postgresql://...`.
        wait_s: How long a statement waits for another program's lock, seconds.

    Raises:
        StoreError: The address is not one of the two kinds.
        OSError: The folder cannot be made.
    """
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise StoreError(tr("The database address cannot be read; correct it.")) from error
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database not in (None, "", ":memory:"):
        return _sqlite(url, wait_s)
    if backend == "postgresql":
        return _postgresql(url.set(drivername="postgresql+psycopg"), wait_s)
    raise StoreError(
        tr("The database address must start with sqlite:///FILE or postgresql://; correct it.")
    )


def writing(engine: Engine) -> Engine:
    """Return the engine whose transactions take the write lock at their start.

    A SQLite transaction that reads first and writes later cannot wait for the lock.
    """
    return engine.execution_options(station_writes=True)


def _sqlite(url: URL, wait_s: float) -> Engine:
    Path(str(url.database)).expanduser().absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": wait_s}, json_serializer=_to_json)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # Python's own transaction handling commits before DDL; with None we say BEGIN ourselves,
    # so that a migration that dies half-way leaves nothing.
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("station_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(url: URL, wait_s: float) -> Engine:
    lock_ms = round(wait_s * 1000)
    # The client gives up on a server that vanished from the network, instead of hanging.
    arguments = {
        "connect_timeout": 3,
        "options": f"-c lock_timeout={lock_ms} -c statement_timeout={lock_ms + 10_000}",
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 8000,
        "application_name": "adclip-station",
    }
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=5,
        connect_args=arguments,
        json_serializer=_to_json,
    )
