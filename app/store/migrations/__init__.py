"""Steps of the database from one schema to the next, and the check before them."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, select, text

from app import log
from app.errors import StoreError
from app.i18n import tr
from app.store.schema import MAJOR, MINOR, schema_version

_LOCK = 0x41444350  # any number that only this program takes


def upgrade(connection: Connection) -> None:
    """Bring the schema up to date, in the transaction of `connection`.

    A database of the same major but a newer minor is used as it is: newer minors only add.

    Args:
        connection: In a transaction that holds the write lock (SQLite: BEGIN IMMEDIATE).

    Raises:
        StoreError: A newer major wrote this database.
    """
    if connection.dialect.name == "postgresql":
        # Two stations may start on one empty server at the same moment.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    found = version(connection)
    if found[0] > MAJOR:
        raise StoreError(
            tr(
                "The database was written by a newer version of this program "
                "(schema {found}, this one knows {known}); update the program."
            ).format(found=found[0], known=MAJOR),
            code="store-newer",
        )
    if found < (MAJOR, MINOR):
        log.store.info("the database is brought from schema %s to %s", found, (MAJOR, MINOR))
        if connection.dialect.name == "postgresql":
            # Years of records take longer than any statement of the daily work.
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        command.upgrade(_config(connection), "head")


def version(connection: Connection) -> tuple[int, int]:
    """Return (major, minor) of the database, (0, 0) if it has no tables of ours."""
    if not inspect(connection).has_table(schema_version.name):
        return 0, 0
    newest = select(schema_version.c.major, schema_version.c.minor).order_by(
        schema_version.c.major.desc()
    )
    row = connection.execute(newest.limit(1)).first()
    return (row.major, row.minor) if row else (0, 0)


def _config(connection: Connection) -> Config:
    config = Config()
    # Alembic expands %; a folder may contain one.
    folder = str(Path(__file__).parent).replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
