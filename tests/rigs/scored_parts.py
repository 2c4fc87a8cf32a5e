"""A database with scored and reviewed parts whose distributions are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from app.inspection.drawing import is_sampled
from app.inspection.recipe import Recipe
from app.inspection.record import InspectionRecord
from app.inspection.review import Review, finding_for
from app.inspection.verdict import Limits, Verdict, decide
from app.settings.recipes import RecipeBook
from app.store.database import Database
from tests.rigs.records import a_record

CHECKPOINT = "c" * 64


@dataclass(frozen=True)
class Parts:
    """Good parts score N(0, 1), defective ones N(4, 1); one a minute, the last one just now."""

    count: int = 2000
    defects: float = 0.05
    limit: float = 2.0
    review_limit: float | None = None
    share: float = 0.3
    checkpoint: str = CHECKPOINT
    recipe: str = "bolt"
    errors: int = 3
    reviewed: bool = True
    seed: int = 1


def fill(store: Database, parts: Parts) -> Recipe:
    """Save the recipe and its judged and reviewed parts; return the recipe."""
    recipe = RecipeBook(store).save(
        Recipe(
            name=parts.recipe, ng_limit=parts.limit, review_limit=parts.review_limit,
            map_limit=0.5, review_ok_share=parts.share, false_call_cost=1, escape_cost=50,
            checkpoint="bolt.safetensors", checkpoint_sha256=parts.checkpoint,
        ),
        author="Han", reason="taught",
    )  # fmt: skip
    rng = np.random.default_rng(parts.seed)
    records: list[InspectionRecord] = []
    reviews: list[Review] = []
    start = datetime.now(UTC) - timedelta(minutes=parts.count + 1)
    for number in range(parts.count):
        bad = bool(rng.uniform() < parts.defects)
        score = float(rng.normal() + 4 * bad) if number >= parts.errors else None
        # Fixed ids: which parts are drawn hangs on them, and must be the same in every run.
        record_id = f"{parts.seed:07d}{parts.checkpoint[0]}-0000-7000-8000-{number:012d}"
        taken = start + timedelta(minutes=number)
        record = _judged(parts, recipe, score, replace(a_record(), id=record_id, taken_utc=taken))
        records.append(record)
        if parts.reviewed and (record.sampled or record.verdict is not Verdict.OK):
            finding = finding_for(record.verdict, "defective" if bad else "good")
            at = record.taken_utc + timedelta(hours=1)
            reviews += [Review(record.id, at, by, finding) for by in ("Kim", "Lee")]
    store.add_many(records, reviews)
    return recipe


def _judged(
    parts: Parts, recipe: Recipe, score: float | None, base: InspectionRecord
) -> InspectionRecord:
    limits = Limits(parts.limit, parts.review_limit, 0.5, 0.1)
    decision = decide(score, limits, fault="" if score is not None else "frame-stale")
    record = replace(
        base,
        recipe=recipe.name,
        recipe_version=recipe.version,
        limits=limits,
        score=score,
        decision=decision,
        checkpoint="bolt",
        checkpoint_sha256=parts.checkpoint,
    )
    return replace(record, sampled=is_sampled(record.id, record.verdict, recipe))
