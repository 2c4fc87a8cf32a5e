"""What a recipe's parts looked like when all was well, in the store."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert, select

from app.inspection.record import new_id
from app.store.connections import Connections
from app.store.schema import baselines


class BaselineTable:
    """Keeps baselines, nothing is overwritten. Every method may be called from any thread.

    Every method raises `StoreError` if the database fails.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def save(self, recipe: str, checkpoint_sha256: str, document: str, by: str) -> None:
        """Commit a baseline (a JSON document); it is the newest of recipe and checkpoint."""
        row = {
            "id": new_id(),
            "recipe": recipe,
            "checkpoint_sha256": checkpoint_sha256,
            "saved_utc": datetime.now(UTC),
            "by": by,
            "document": document,
        }
        with self._connections.write() as connection:
            connection.execute(insert(baselines).values(row))

    def newest(self, recipe: str, checkpoint_sha256: str) -> str | None:
        """Return the document that was saved last; None if there is none."""
        chosen = select(baselines.c.document).where(
            baselines.c.recipe == recipe, baselines.c.checkpoint_sha256 == checkpoint_sha256
        )
        newest = chosen.order_by(baselines.c.saved_utc.desc(), baselines.c.id.desc()).limit(1)
        with self._connections.read() as connection:
            return connection.execute(newest).scalar()
