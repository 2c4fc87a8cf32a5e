"""What a list of records shows, read without their regions and reasons."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from app.inspection.review import Finding, Part
from app.inspection.verdict import Verdict
from app.store.base import Query
from app.store.conditions import conditions, paged
from app.store.connections import Connections
from app.store.schema import records

_NEWEST_LOTS = 200


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One line of a list of records; the attributes are those of record and `Query`.

    Attributes:
        named: Kind of defect in force, a person's word before the model's; "" if none.
        finding: Of the newest standing review; None if nobody reviewed it.
        part: What the part is after it; None if that is not decided.
        reviewers: Persons with a standing review.
        reviewer: Who the newest standing review is of; None if nobody reviewed it.
        disputed: Two persons' words contradict each other.
        has_picture: The raw picture is kept.
    """

    id: str
    taken_utc: datetime
    lot: str
    shift: str
    serial: str
    product: str
    recipe: str
    recipe_version: int
    checkpoint: str
    score: float | None
    limit_ng: float | None
    verdict: Verdict
    named: str
    finding: Finding | None
    part: Part | None
    reviewers: int
    reviewer: str | None
    disputed: bool
    sampled: bool
    second_opinion: bool
    queued: bool
    has_picture: bool


@dataclass(frozen=True, slots=True)
class Facets:
    """The values that occur among the records of a query, for the boxes of a filter.

    Attributes:
        lots: The newest 200, the newest first.
        shifts: By name, as all that follow; "" is left out.
        recipes: By name.
        versions: (recipe, version), the newest version of a recipe first.
        products: By name.
        checkpoints: (name, sha256).
        defects: Kinds of defect in force.
    """

    lots: tuple[str, ...] = ()
    shifts: tuple[str, ...] = ()
    recipes: tuple[str, ...] = ()
    versions: tuple[tuple[str, int], ...] = ()
    products: tuple[str, ...] = ()
    checkpoints: tuple[tuple[str, str], ...] = ()
    defects: tuple[str, ...] = ()


class Listing:
    """Reads lists. Every method may be called from any thread.

    Every method raises `StoreError` if the database fails.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def rows(self, query: Query) -> list[RecordRow]:
        """Return one page of the matching records, in the order of the query."""
        column = records.c
        shown = [column[field.name] for field in fields(RecordRow) if field.name in column]
        chosen = select(*shown, column.image.is_not(None).label("has_picture"))
        with self._connections.read() as connection:
            found = connection.execute(paged(chosen.where(*conditions(query)), query))
            return [_row(dict(row)) for row in found.mappings()]

    def facets(self, query: Query) -> Facets:
        """Return the values that occur among the matching records; the page is of no account."""
        with self._connections.read() as connection:
            defects = _values(connection, query, "named")
            pairs = _values(connection, query, "recipe", "recipe_version")
            return Facets(
                lots=_lots(connection, query),
                shifts=tuple(row[0] for row in _values(connection, query, "shift")),
                recipes=tuple(dict.fromkeys(row[0] for row in pairs)),
                versions=tuple(sorted(pairs, key=lambda pair: (pair[0], -pair[1]))),
                products=tuple(row[0] for row in _values(connection, query, "product")),
                checkpoints=_values(connection, query, "checkpoint", "checkpoint_sha256"),
                defects=tuple(row[0] for row in defects),
            )


def _row(values: dict[str, Any]) -> RecordRow:
    values["verdict"] = Verdict(values["verdict"])
    for flag in ("sampled", "second_opinion", "queued", "disputed", "has_picture"):
        values[flag] = bool(values[flag])
    return RecordRow(**values)


def _values(connection: Connection, query: Query, *names: str) -> tuple[Any, ...]:
    columns = [records.c[name] for name in names]
    chosen = select(*columns).where(*conditions(query), columns[0] != "").distinct()
    return tuple(sorted(tuple(row) for row in connection.execute(chosen)))


def _lots(connection: Connection, query: Query) -> tuple[str, ...]:
    lot, newest = records.c.lot, func.max(records.c.id)
    chosen = select(lot).where(*conditions(query), lot != "").group_by(lot)
    found = connection.execute(chosen.order_by(newest.desc()).limit(_NEWEST_LOTS))
    return tuple(row[0] for row in found)
