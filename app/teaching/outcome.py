"""What came of a lesson: a checkpoint, and how it judges pictures that it has not learned from."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.inspection.recipe import Recipe
from app.settings.files import write_text
from app.teaching.draft import DraftError, Way

OUTCOME = "outcome.json"
CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True)
class Tried:
    """One picture that was judged after the lesson, exactly as the line judges it.

    Attributes:
        file: Name of the picture.
        is_defective: What the person said of it.
        score: Of the worst region, raw unit; None if it could not be judged.
        region: Name of the worst region; "" if there is only one.
        overlay: File name of the picture with its heatmap, in the folder of the lesson; "" if
            there is none.
        fault: Why it could not be judged, a sentence; "" if it was.
    """

    file: str
    is_defective: bool
    score: float | None
    region: str = ""
    overlay: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a lesson made. Nothing uses it yet.

    Attributes:
        way: How it was taught.
        name: Of the checkpoint.
        sha256: Its hash.
        limit: Its own NG limit, raw unit.
        typical: Score of a typical good part.
        map_limit: Its map limit.
        learned_good: Pictures of good parts that were learned from.
        learned_defective: Pictures of defective parts that were learned from.
        left_out: Pictures that could not be used.
        tried: Pictures that were not learned from.
        seconds: How long it took.
        drawing: What was drawn when it was taught, see `drawing_of`.
        device: What it ran on.
    """

    way: Way
    name: str
    sha256: str
    limit: float
    typical: float
    map_limit: float
    learned_good: int
    learned_defective: int
    left_out: int
    tried: tuple[Tried, ...]
    seconds: float
    drawing: str
    device: str = ""

    def scores(self, *, defective: bool) -> tuple[float, ...]:
        """Return the scores of the good or the defective pictures that could be judged."""
        return tuple(
            one.score
            for one in self.tried
            if one.is_defective is defective and one.score is not None and math.isfinite(one.score)
        )

    @property
    def faults(self) -> tuple[Tried, ...]:
        """Pictures that could not be judged."""
        return tuple(one for one in self.tried if one.score is None)


def drawing_of(recipe: Recipe) -> str:
    """Return a hash of all that decides what is cut out of a picture."""
    fields = {
        "regions",
        "region_of_interest",
        "exclusions",
        "anchor",
        "tile_mm",
        "mm_per_px",
    }
    if recipe.tile_mm is None:
        fields.remove("mm_per_px")
    return hashlib.sha256(recipe.model_dump_json(include=fields).encode()).hexdigest()


def write_outcome(outcome: Outcome, folder: Path) -> None:
    """Keep an outcome in the folder of its lesson.

    Raises:
        StoreError: It cannot be written.
    """
    write_text(folder / OUTCOME, json.dumps(asdict(outcome), indent=2))


def read_outcome(folder: Path) -> Outcome | None:
    """Return the outcome of the last lesson; None if there is none with its checkpoint.

    Raises:
        DraftError: It is damaged.
    """
    file = folder / OUTCOME
    if not file.is_file() or not (folder / CHECKPOINT).is_file():
        return None
    try:
        return from_json(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DraftError(f"{file}: {error}") from error


def from_json(values: dict[str, Any]) -> Outcome:
    """Read the JSON values of an outcome.

    Raises:
        KeyError, TypeError: They are something else.
    """
    tried = tuple(Tried(**one) for one in values["tried"])
    return Outcome(**(values | {"tried": tried}))
