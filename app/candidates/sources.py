"""The pictures on which two checkpoints are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.camera.frame import Image
from app.candidates.comparison import Kind
from app.candidates.errors import CandidateError
from app.golden.set import GoldenSet
from app.i18n import tr
from app.inspection.record import InspectionRecord
from app.inspection.review import part_of, standing
from app.inspection.verdict import Verdict
from app.store.base import Query
from app.store.database import Database
from app.store.evidence import EvidenceStore
from model.images import SUFFIXES, read_image

_PAGE = 200
_PARTS = {"good": Verdict.OK, "defective": Verdict.NG}


@dataclass(frozen=True, slots=True)
class Source:
    """One picture, not read yet.

    Attributes:
        kind: Where it is from.
        id: Id of the record or sample; the path of a file.
        name: What people call it.
        file: The image file.
        load: Returns (H, W, 3) uint8 BGR; raises `ExpectedError` or `ModelError`.
        expected: What it must get; None if nobody knows.
        taken_utc: ISO 8601; "" if unknown.
    """

    kind: Kind
    id: str
    name: str
    file: Path
    load: Callable[[], Image]
    expected: Verdict | None = None
    taken_utc: str = ""


def stored_parts(store: Database, evidence: EvidenceStore, recipe: str, last: int) -> list[Source]:
    """Return the newest parts of a recipe whose pictures were kept.

    Args:
        store: Records and reviews.
        evidence: Their pictures.
        recipe: Name of the recipe.
        last: At most so many.

    Raises:
        StoreError: The database fails.
    """
    found: list[Source] = []
    after = ""
    while len(found) < last:
        records = store.find(Query(recipe=recipe, after_id=after, limit=_PAGE))
        kept = [record for record in records if record.evidence is not None]
        found += [_stored(store, evidence, record) for record in kept[: last - len(found)]]
        if len(records) < _PAGE:
            break
        after = records[-1].id
    return found


def golden_samples(golden: GoldenSet, recipe: str) -> list[Source]:
    """Return the golden samples of a recipe.

    Raises:
        StoreError: The database fails.
    """
    return [
        Source(
            kind="golden",
            id=sample.id,
            name=sample.name,
            file=golden.folder / sample.image,
            load=lambda sample=sample: golden.load(sample),  # type: ignore[misc]
            expected=sample.verdict,
            taken_utc=sample.added_at.isoformat(),
        )
        for sample in golden.samples(recipe)
    ]


def folder_pictures(folder: Path, last: int) -> list[Source]:
    """Return the pictures in a folder and below, the newest `last` of them.

    Raises:
        CandidateError: There is none.
    """
    files = [file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES]
    newest = sorted(files, key=lambda file: (file.stat().st_mtime_ns, str(file)))[-last:]
    if not newest:
        raise CandidateError(
            tr("There are no pictures in {folder}; choose another one.").format(folder=folder)
        )
    return [
        Source("picture", str(file), file.name, file, lambda file=file: read_image(file))  # type: ignore[misc]
        for file in newest
    ]


def _stored(store: Database, evidence: EvidenceStore, record: InspectionRecord) -> Source:
    kept = record.evidence
    assert kept is not None
    said: Sequence[str] = [review.finding for review in standing(store.reviews(record.id))]
    part = part_of(record.verdict, said[-1]) if said else None
    return Source(
        kind="part",
        id=record.id,
        name=f"{record.context.lot} {record.serial}".strip(),
        file=evidence.root / kept.image,
        load=lambda: evidence.load_image(kept),
        expected=_PARTS[part] if part else None,
        taken_utc=record.taken_utc.isoformat(),
    )
