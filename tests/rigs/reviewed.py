"""A store with judged and reviewed parts whose pictures are really there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from app.camera.frame import Frame, Image
from app.inspection.judgement import Inspection
from app.inspection.recipe import Recipe
from app.inspection.record import InspectionRecord
from app.inspection.review import Polygon, Review, finding_for
from app.inspection.verdict import Decision, Verdict
from app.store.database import Database, open_store
from app.store.evidence import EvidenceStore
from tests.model.tiny_clip import picture
from tests.rigs.records import REGION, a_record

START = datetime(2026, 5, 4, 6, tzinfo=UTC)
SPOT: Polygon = ((30, 20), (45, 20), (45, 31), (30, 31))


@dataclass
class Shop:
    """Makes parts; `store` and `evidence` are the real ones."""

    store: Database
    evidence: EvidenceStore
    made: int = 0

    def part(
        self,
        verdict: Verdict,
        said: str | Sequence[str] = "",
        image: Image | None = None,
        mask: tuple[Polygon, ...] | None = None,
        defect: str = "",
        **changes: Any,
    ) -> InspectionRecord:
        """Add a judged part with its picture and what persons "a", "b" ... say of it."""
        self.made += 1
        if image is None:
            image = spotted(self.made) if verdict is Verdict.NG else picture(self.made, 120, 160)
        height, width = image.shape[:2]
        taken = START + timedelta(seconds=self.made)
        regions = (REGION,) if verdict is Verdict.NG else ()
        given: dict[str, Any] = {
            "serial": f"S{self.made}", "taken_utc": taken, "frame_width": width,
            "frame_height": height, "product": "bolt M8",
            "decision": Decision(verdict, a_record(verdict).decision.reasons, regions),
        } | changes  # fmt: skip
        record = a_record(verdict, **given)
        frame = Frame(image, self.made, 0.0, taken, "test")
        inspection = Inspection(record, None, frame, Recipe(name="bolt", keep_ok_every=1))
        record = replace(record, evidence=self.evidence.save(inspection))
        self.store.add(record)
        words = (said,) if isinstance(said, str) else tuple(said)
        for number, word in enumerate(filter(None, words)):
            self.store.add_review(review(record, word, "abcdef"[number], number, mask, defect))
        return record


def review(
    record: InspectionRecord,
    word: str,
    by: str = "a",
    later: int = 0,
    mask: tuple[Polygon, ...] | None = None,
    defect: str = "",
) -> Review:
    """Return a review; `word` is a finding, or "good" or "defective" for the part."""
    finding = finding_for(record.verdict, word) if word in ("good", "defective") else word
    at = record.taken_utc + timedelta(minutes=later + 1)
    return Review(record.id, at, by, finding, "", defect, mask)


def spotted(seed: int, spot: Polygon = SPOT, width: int = 160) -> Image:
    """A texture with a bright spot."""
    image = picture(seed, 120, width)
    (x0, y0), (x1, y1) = spot[0], spot[2]
    image[y0 : y1 + 1, x0 : x1 + 1] = np.uint8(250)
    return image


def open_shop(root: Path) -> Shop:
    """Open an empty one; the caller closes its store."""
    root.mkdir(parents=True, exist_ok=True)
    store = open_store(f"sqlite:///{(root / 'station.db').as_posix()}")
    return Shop(store, EvidenceStore(root / "evidence", min_free_bytes=0))
