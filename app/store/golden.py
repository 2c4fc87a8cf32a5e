"""Golden samples in the store."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from app.inspection.golden import GoldenSample
from app.inspection.verdict import Verdict
from app.store.connections import Connections
from app.store.schema import golden_samples


class GoldenTable:
    """Adds, lists and retires golden samples. Every method may be called from any thread.

    Every method raises `StoreError` if the database fails.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, sample: GoldenSample) -> None:
        """Commit one sample.

        Raises:
            Refused: The recipe has a sample of that name in use.
        """
        with self._connections.write() as connection:
            connection.execute(insert(golden_samples).values(sample_row(sample)))

    def replace(self, sample_id: str, sample: GoldenSample) -> None:
        """Commit that one sample takes the place of another, or nothing at all.

        Args:
            sample_id: Id of the sample that is retired, at the time when the other was added.
            sample: The new one, of the same name if people shall know it again.
        """
        old = golden_samples.c.id == sample_id, golden_samples.c.retired_at.is_(None)
        retired = update(golden_samples).where(*old).values(retired_at=sample.added_at)
        with self._connections.write() as connection:
            connection.execute(retired)
            connection.execute(insert(golden_samples).values(sample_row(sample)))

    def samples(self, recipe: str) -> list[GoldenSample]:
        """Return the samples of a recipe that are in use, the oldest first."""
        chosen = select(golden_samples).where(
            golden_samples.c.recipe == recipe, golden_samples.c.retired_at.is_(None)
        )
        with self._connections.read() as connection:
            found = connection.execute(chosen.order_by(golden_samples.c.id)).mappings()
            return [_from_row(row) for row in found]

    def retire(self, sample_id: str, at: datetime) -> None:
        """Commit that a sample is used no longer; it stays in the table. Unknown: nothing.

        Args:
            sample_id: Id of the sample.
            at: When, timezone-aware.
        """
        table = golden_samples.c
        mine = table.id == sample_id, table.retired_at.is_(None)
        with self._connections.write() as connection:
            connection.execute(update(golden_samples).where(*mine).values(retired_at=at))


def _from_row(row: Any) -> GoldenSample:
    return GoldenSample(
        recipe=row["recipe"],
        name=row["name"],
        image=row["image"],
        image_sha256=row["image_sha256"],
        verdict=Verdict(row["verdict"]),
        score=row["score"],
        tolerance=row["tolerance"],
        checkpoint_sha256=row["checkpoint_sha256"],
        added_at=row["added_at"],
        added_by=row["added_by"],
        id=row["id"],
    )


def sample_row(sample: GoldenSample) -> dict[str, Any]:
    """Return a sample as a row of the table."""
    return {
        "id": sample.id,
        "recipe": sample.recipe,
        "name": sample.name,
        "image": sample.image,
        "image_sha256": sample.image_sha256,
        "verdict": sample.verdict.value,
        "score": sample.score,
        "tolerance": sample.tolerance,
        "checkpoint_sha256": sample.checkpoint_sha256,
        "added_at": sample.added_at,
        "added_by": sample.added_by,
        "retired_at": None,
    }
