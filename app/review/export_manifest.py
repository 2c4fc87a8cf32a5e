"""Where every picture of a training set comes from."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import VERSION
from app.review.labelled import LabelledPart, LeftOut
from app.store.base import Query

if TYPE_CHECKING:
    from app.review.export import ExportPlan
    from app.review.export_split import Split

MANIFEST = "manifest.json"
PARTS = "parts.csv"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Exported:
    """One picture of the set.

    Attributes:
        part: What it shows.
        phase: "train" or "test".
        kind: Folder of its kind, "good" for a good part.
        file: Its file, relative to the set, with "/".
        mask: File of its mask, "" without one.
        group: Pictures of the same part have the same number.
    """

    part: LabelledPart
    phase: str
    kind: str
    file: str
    mask: str
    group: int


def parts_table(entries: Sequence[Exported]) -> str:
    """Return a CSV table (file, part, lot, serial, record) that `train` reads.

    Pictures with the same value in the column "part" never stand on two sides of a split.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("file", "part", "lot", "serial", "record"))
    for one in entries:
        record = one.part.record
        table.writerow((one.file, one.group, record.context.lot, record.serial, record.id))
    return text.getvalue()


def manifest_text(
    root: Path,
    plan: ExportPlan,
    entries: Sequence[Exported],
    left_out: Mapping[LeftOut, Sequence[str]],
    split: Split,
) -> str:
    """Return the manifest as JSON: how the set was made, and of what.

    Args:
        root: Of the set, with all its files.
        plan: How it was made.
        entries: What is in it.
        left_out: Reviewed records that are not.
        split: What its two sides were made by.
    """
    values = {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "software": f"AD-CLIP Station {VERSION}",
        "filters": _filters(plan.query),
        "machine_masks": plan.machine_masks,
        "split": {
            "held_out": plan.held_out,
            "seed": plan.seed,
            "by_lot": split.by_lot,
            "by_likeness": split.by_likeness,
        },
        "left_out": {reason.value: list(ids) for reason, ids in left_out.items() if ids},
        "pictures": [_entry(root, one) for one in entries],
    }
    return json.dumps(values, indent=1, ensure_ascii=False) + "\n"


def _filters(query: Query) -> dict[str, Any]:
    default = asdict(Query())
    return {name: _plain(value) for name, value in asdict(query).items() if value != default[name]}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [getattr(one, "value", one) for one in value]
    return value


def _entry(root: Path, one: Exported) -> dict[str, Any]:
    record, part = one.part.record, one.part
    return {
        "file": one.file,
        "sha256": _sha256(root / one.file),
        "mask": one.mask,
        "mask_sha256": _sha256(root / one.mask) if one.mask else "",
        "mask_from": part.mask_from if one.mask else "",
        "part": part.part,
        "kind": one.kind,
        "record": record.id,
        "serial": record.serial,
        "lot": record.context.lot,
        "taken": record.taken_utc.isoformat(),
        "verdict": record.verdict.value,
        "recipe": record.recipe,
        "recipe_version": record.recipe_version,
        "checkpoint_sha256": record.checkpoint_sha256,
        "region_of_interest": record.region_of_interest,
        "frame_sha256": record.evidence.image_sha256 if record.evidence else "",
        "reviews": [
            {"id": review.id, "by": review.by, "at": review.at.isoformat(),
             "finding": review.finding, "defect": review.defect}
            for review in part.reviews
        ],
        "same_part": one.group,
    }  # fmt: skip


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
