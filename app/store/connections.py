"""Transactions of one database: what every table of the store works with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from app.store.engine import make_engine, writing
from app.store.failures import as_store_errors
from app.store.migrations import upgrade
from app.store.reviewing import derive_missing


class Connections:
    """A pool of connections; every thread may ask for one.

    Args:
        url: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.
        wait_s: How long a call waits for another program's lock, seconds.

    Raises:
        StoreError: It cannot be opened, is damaged, or a newer program wrote it.
    """

    def __init__(self, url: str, wait_s: float) -> None:
        with as_store_errors():
            self._engine = make_engine(url, wait_s)
        self._writing = writing(self._engine)
        try:
            with self.write() as connection:
                upgrade(connection)
                derive_missing(connection)
        except BaseException:
            self.close()
            raise

    @property
    def is_sqlite(self) -> bool:
        """True for a file, False for a server."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection for reading; every failure of the database is a `StoreError`."""
        with as_store_errors(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection that holds SQLite's write lock; committed at the end, or not at all.

        Every failure of the database is a `StoreError`.
        """
        with as_store_errors(), self._writing.begin() as connection:
            yield connection

    def close(self) -> None:
        """Release connections; may be called twice."""
        self._engine.dispose()
