"""Judges stored parts again, from their kept pictures through the one pipeline."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from app import checkpoints
from app.camera.frame import Frame
from app.errors import ExpectedError
from app.inspection.pipeline import inspect
from app.inspection.recipe import Recipe
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.paths import Home
from app.settings.recipes import RecipeBook
from app.store.database import Database
from app.store.evidence import EvidenceStore
from model.errors import ModelError
from model.predictor import Predictor

TOLERANCE = 1e-4
_LOADED = 2
_JPEG = "Kept as JPEG, which is not exact: the score is not compared."

Outcome = Literal["same", "different", "was-error", "not-judged"]


@dataclass(frozen=True, slots=True)
class Rejudged:
    """One stored part beside its judgement now.

    Attributes:
        record: As it was stored.
        outcome: "same": the verdict is, and so is the score; "different": one of them is not;
            "was-error": it had got no judgement then, so there is nothing to compare; "not-judged":
            picture, recipe version or checkpoint cannot be had.
        verdict: The verdict now; None if it was not judged.
        score: The score now; None if there is none.
        note: What a person must know of it, one sentence; "" if nothing.
    """

    record: InspectionRecord
    outcome: Outcome
    verdict: Verdict | None = None
    score: float | None = None
    note: str = ""

    @property
    def is_exact(self) -> bool:
        """True if the kept picture is, bit by bit, the one that was judged."""
        evidence = self.record.evidence
        return evidence is not None and evidence.image.endswith(".png")

    @property
    def difference(self) -> float | None:
        """Score now less the stored one; None without both."""
        if self.score is None or self.record.score is None:
            return None
        return self.score - self.record.score


class Rejudging:
    """Judges records again, each with the recipe version and checkpoint of its own.

    Args:
        store: Recipes.
        evidence: Kept pictures.
        home: Where checkpoints are looked for.
        device: "auto", "cpu" or "cuda".
        checkpoint: Name or file of another checkpoint for all; its limits are then used and
            scores, which are of another scale, are not compared.

    Raises:
        CheckpointError: The other checkpoint cannot be used.
    """

    def __init__(
        self,
        store: Database,
        evidence: EvidenceStore,
        home: Home,
        device: str = "auto",
        checkpoint: str | None = None,
    ) -> None:
        self._recipes = RecipeBook(store)
        self._evidence = evidence
        self._home = home
        self._device = device
        self._known_recipes: dict[tuple[str, int], Recipe] = {}
        self._loaded: dict[str, Predictor] = {}
        self._missing: dict[str, str] = {}
        self._other_name = checkpoint or ""
        self._other = self._load(Path(checkpoint)) if checkpoint else None

    def judge(self, record: InspectionRecord) -> Rejudged:
        """Judge one stored part. Never raises `ExpectedError` or `ModelError`."""
        if record.evidence is None:
            return Rejudged(record, "not-judged", note="Its picture was not kept.")
        try:
            recipe = self._recipe(record)
            predictor = self._other or self._own(record)
            image = self._evidence.load_image(record.evidence)
        except (ExpectedError, ModelError) as error:
            return Rejudged(record, "not-judged", note=str(error))
        frame = Frame(
            image=image,
            number=int(record.serial) if record.serial.isdecimal() else 0,
            taken=time.monotonic(),
            taken_utc=record.taken_utc,
            source=record.source,
        )
        frame.image.setflags(write=False)
        now = inspect(frame, predictor, recipe, record.context, is_live=False).record
        return self._compared(record, now)

    def _compared(self, record: InspectionRecord, now: InspectionRecord) -> Rejudged:
        note = "; ".join(now.decision.reasons) if now.verdict is Verdict.ERROR else ""
        judged = Rejudged(record, "same", now.verdict, now.score, note)
        if record.verdict is Verdict.ERROR:
            then = "; ".join(record.decision.reasons)
            return replace(judged, outcome="was-error", note=f"There was no verdict: {then}.")
        is_same = now.verdict is record.verdict
        if not judged.is_exact:
            judged = replace(judged, note=note or _JPEG)
        elif self._other is None:
            is_same = is_same and _is_close(record.score, now.score)
        return judged if is_same else replace(judged, outcome="different")

    def _recipe(self, record: InspectionRecord) -> Recipe:
        key = record.recipe, record.recipe_version
        if key not in self._known_recipes:
            self._known_recipes[key] = self._recipes.load(*key)
        recipe = self._known_recipes[key]
        return recipe.with_checkpoint(self._other_name) if self._other else recipe

    def _own(self, record: InspectionRecord) -> Predictor:
        """Return the predictor that judged a record.

        Raises:
            ModelError: Its checkpoint or backbone is gone or damaged.
        """
        sha256 = record.checkpoint_sha256
        if sha256 in self._missing:
            raise ModelError(self._missing[sha256])
        if sha256 not in self._loaded:
            while len(self._loaded) >= _LOADED:
                del self._loaded[next(iter(self._loaded))]
            try:
                file = checkpoints.by_hash(sha256, self._home, record.checkpoint)
                self._loaded[sha256] = self._load(file)
            except ModelError as error:
                self._missing[sha256] = str(error)
                raise
        return self._loaded[sha256]

    def _load(self, file: Path) -> Predictor:
        return checkpoints.load_predictor(str(file), self._home, self._device)


def _is_close(stored: float | None, now: float | None) -> bool:
    if stored is None or now is None:
        return stored is now
    return abs(stored - now) <= TOLERANCE
