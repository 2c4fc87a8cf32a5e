"""What a list of records shows, read without their regions and reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from app.inspection.review import Finding, Part
from app.inspection.verdict import Verdict
from app.store.base import Query
from app.store.conditions import conditions, page
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
        chosen = page(query, *shown, column.image.is_not(None).label("has_picture"))
        with self._connections.read() as connection:
            found = connection.execute(chosen)
            return [_row(dict(row)) for row in found.mappings()]

    def facets(self, query: Query) -> Facets:
        """Return what occurs among the matching records; order and page are of no account."""
        query = replace(query, order="time")
        with self._connections.read() as connection:
            found = list(connection.execute(_combinations(query)))
            lots = [row[0] for row in connection.execute(_newest_lots(query))]
        shifts, recipes, versions, products, names, hashes, defects = (
            zip(*found, strict=True) if found else ((),) * 7
        )
        return Facets(
            lots=tuple(lots),
            shifts=_in_order(shifts),
            recipes=_in_order(recipes),
            versions=tuple(
                sorted(
                    set(zip(recipes, versions, strict=True)),
                    key=lambda pair: (pair[0], -pair[1]),
                )
            ),
            products=_in_order(products),
            checkpoints=tuple(sorted(set(zip(names, hashes, strict=True)))),
            defects=_in_order(defects),
        )


def _row(values: dict[str, Any]) -> RecordRow:
    values["verdict"] = Verdict(values["verdict"])
    for flag in ("sampled", "second_opinion", "queued", "disputed", "has_picture"):
        values[flag] = bool(values[flag])
    return RecordRow(**values)


def _combinations(query: Query) -> Select[Any]:
    """Return a select of what occurs together: one pass over an index of the lists."""
    column = records.c
    chosen = select(
        column.shift,
        # Not by name alone: SQLite would read the table in the order of that index.
        (column.recipe + "").label("recipe"),
        column.recipe_version,
        column.product,
        column.checkpoint,
        column.checkpoint_sha256,
        column.named,
    )
    return chosen.where(*conditions(query)).distinct()


def _newest_lots(query: Query) -> Select[Any]:
    wanted, newest = conditions(query), func.max(records.c.id)
    # The index of the lots serves only if all records are asked for, see `_combinations`.
    lot = records.c.lot + "" if wanted else records.c.lot
    chosen = select(lot).where(*wanted, lot != "").group_by(lot)
    return chosen.order_by(newest.desc()).limit(_NEWEST_LOTS)


def _in_order(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values) - {""}))
