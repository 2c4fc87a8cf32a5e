"""Reviewed records as labelled parts: what a training set may be made of, and what it may not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal

from app.errors import ExpectedError
from app.i18n import tr
from app.inspection.record import InspectionRecord
from app.inspection.review import Part, Polygon, Review, part_of, standing
from app.review.mask import machine_outlines
from app.store.base import Query, RecordStore

Source = Literal["", "review", "machine"]
Progress = Callable[[str, int, int], None]
Cancelled = Callable[[], bool]

UNNAMED = "defect"
_PAGE = 200


class ExportError(ExpectedError):
    """A training set cannot be made."""

    code = "export"


class ExportCancelled(ExportError):
    """The person asked to stop; nothing was made."""

    code = "cancelled"


class LeftOut(Enum):
    """Why a reviewed record is in no training set."""

    UNSURE = "unsure"
    DISAGREEMENT = "disagreement"
    WITHDRAWN = "withdrawn"
    NO_PICTURE = "no picture"
    UNREADABLE = "unreadable"
    NO_PLACE = "place unknown"


@dataclass(frozen=True, slots=True)
class LabelledPart:
    """A record whose part is known to be good or defective, and whose picture was kept.

    Attributes:
        record: The judged part.
        part: What the people say.
        kind: Kind of defect, "" for a good part.
        mask: Outlines of the defect, pixels of the whole frame; empty if nobody drew any.
        mask_from: Who drew them: a "review", the "machine", or "" for nobody.
        reviews: The standing reviews, oldest first.
    """

    record: InspectionRecord
    part: Part
    kind: str
    mask: tuple[Polygon, ...]
    mask_from: Source
    reviews: tuple[Review, ...]

    @property
    def is_defective(self) -> bool:
        """Whether the part is defective."""
        return self.part == "defective"


@dataclass(slots=True)
class Selection:
    """The labelled parts of a query.

    Attributes:
        parts: In the order in which they were judged.
        left_out: Record ids by the reason why they are in no training set.
    """

    parts: list[LabelledPart] = field(default_factory=list)
    left_out: dict[LeftOut, list[str]] = field(
        default_factory=lambda: {reason: [] for reason in LeftOut}
    )

    @property
    def good(self) -> int:
        """How many parts are good."""
        return sum(not one.is_defective for one in self.parts)

    @property
    def defective(self) -> int:
        """How many parts are defective."""
        return len(self.parts) - self.good

    @property
    def masks(self) -> int:
        """How many defective parts have a mask."""
        return sum(bool(one.mask) for one in self.parts)


def select_parts(
    store: RecordStore,
    query: Query,
    *,
    machine_masks: bool = False,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Selection:
    """Return the labelled parts of a query. Blocks.

    Args:
        store: Records and reviews.
        query: Which records; page and order are of no account.
        machine_masks: Take the machine's regions where a defective part has no drawn mask.
        progress: Called with ("read", records done, records in all).
        cancelled: Asked between two records.

    Raises:
        StoreError: The database fails.
        ExportCancelled: `cancelled` said so.
    """
    found = Selection()
    query = replace(query, reviewed=True)
    total = sum(store.count(query).values())
    for done, record in enumerate(_records(store, query), start=1):
        if cancelled is not None and cancelled():
            raise ExportCancelled(tr("The export was stopped; nothing was written."))
        said = standing(store.reviews(record.id))
        labelled = label(record, said, machine_masks=machine_masks)
        if isinstance(labelled, LeftOut):
            found.left_out[labelled].append(record.id)
        else:
            found.parts.append(labelled)
        if progress is not None:
            progress("read", done, max(done, total))
    return found


def label(
    record: InspectionRecord, said: tuple[Review, ...], *, machine_masks: bool = False
) -> LabelledPart | LeftOut:
    """Return what people make of a record, or why it cannot be learned from.

    Args:
        record: The judged part.
        said: Its standing reviews, oldest first; a word by the newest decides over an older
            "unsure", but not over another person's word.
        machine_masks: Take the machine's regions where a defective part has no drawn mask.
    """
    parts = {part for review in said if (part := part_of(record.verdict, review.finding))}
    if not said:
        return LeftOut.WITHDRAWN
    if len(parts) > 1:
        return LeftOut.DISAGREEMENT
    if not parts or part_of(record.verdict, said[-1].finding) is None:
        return LeftOut.UNSURE
    if record.evidence is None:
        return LeftOut.NO_PICTURE
    part = parts.pop()
    if part == "good":
        return LabelledPart(record, part, "", (), "", said)
    mask, source = _mask(record, said, machine_masks)
    kinds = (*(review.defect for review in reversed(said)), record.defect, UNNAMED)
    return LabelledPart(record, part, next(filter(None, kinds)), mask, source, said)


def _mask(
    record: InspectionRecord, said: tuple[Review, ...], machine_masks: bool
) -> tuple[tuple[Polygon, ...], Source]:
    drawn = next((review.mask for review in reversed(said) if review.mask), None)
    if drawn:
        return drawn, "review"
    found = machine_outlines(record) if machine_masks else ()
    return found, "machine" if found else ""


def _records(store: RecordStore, query: Query) -> Iterator[InspectionRecord]:
    query = replace(query, order="time", newest_first=False, after_id="", limit=_PAGE)
    while page := store.find(query):
        yield from page
        query = replace(query, after_id=page[-1].id)
