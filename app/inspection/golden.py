"""Golden samples: pictures whose score is known, judged again to prove the machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from app.inspection.record import new_id
from app.inspection.verdict import Verdict


@dataclass(frozen=True, slots=True)
class GoldenSample:
    """One picture of a recipe's golden set.

    Attributes:
        recipe: Name of the recipe.
        name: What people call it, unique in the recipe among those in use.
        image: PNG file, relative to the golden folder, forward slashes.
        image_sha256: Hash of that file.
        verdict: The verdict that it must get.
        score: Image score when it was added, raw unit.
        tolerance: The score may move by this much, raw unit.
        checkpoint_sha256: Checkpoint that `score` is of; with another one the verdict alone
            is compared until the sample is measured anew.
        added_at: When, timezone-aware UTC.
        added_by: Who.
        id: Own UUIDv7.
    """

    recipe: str
    name: str
    image: str
    image_sha256: str
    verdict: Verdict
    score: float
    tolerance: float
    checkpoint_sha256: str
    added_at: datetime
    added_by: str = ""
    id: str = field(default_factory=new_id)
