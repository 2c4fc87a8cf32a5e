"""A product that is being taught: what was chosen so far, kept on disk at every step."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import log
from app.camera.folder import read_picture
from app.camera.frame import Image
from app.errors import ExpectedError
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.paths import Home
from app.settings.files import write_text
from app.teaching.picture_file import write_picture

FORMAT: Literal[1] = 1

Way = Literal[
    "memory", "painted", "trained", "patchcore", "cfa", "msflow", "efficient_ad", "classifier"
]

LONGEST_NAME = 60
_FORBIDDEN = set('<>:"/\\|?*')
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{n}{i}" for n in ("com", "lpt") for i in range(10)}


class DraftError(ExpectedError):
    """A draft cannot be made or read."""

    code = "draft"


class Draft(BaseModel):
    """What was chosen so far.

    Attributes:
        format: Format number of this document.
        recipe: Name, camera, regions, anchor and scale as far as they are known.
        step: Where the person was, a key of `app.teaching.steps`.
        way: How to teach: "memory" of good parts, "painted" defects besides, "trained" on
            defective parts, or another detector by its name.
        minutes: Time for the training.
        false_calls: Share of good parts that may be called NG, which the limit is to hold.
        limit: NG limit that was set by hand, raw unit; None takes the proposed one.
        saved: Version that the recipe was saved as; 0 while it was not.
        changed: When it was changed last, UTC.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    format: Literal[1] = FORMAT
    recipe: Recipe
    step: str = ""
    way: Way = "memory"
    minutes: float = Field(default=15.0, ge=1, le=600)
    false_calls: float = Field(default=0.02, gt=0, lt=1)
    limit: float | None = None
    saved: int = Field(default=0, ge=0)
    changed: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def name(self) -> str:
        """Of the product."""
        return self.recipe.name


@dataclass(frozen=True, slots=True)
class DraftPlace:
    """The folder of one draft; every method blocks.

    Attributes:
        root: home/teaching/NAME.
    """

    root: Path

    @property
    def file(self) -> Path:
        """The choices (JSON)."""
        return self.root / "draft.json"

    @property
    def reference_file(self) -> Path:
        """The picture that is drawn on."""
        return self.root / "reference.png"

    @property
    def good(self) -> Path:
        """Pictures of good parts."""
        return self.root / "good"

    @property
    def defective(self) -> Path:
        """Pictures of defective parts with their masks."""
        return self.root / "defective"

    @property
    def lesson(self) -> Path:
        """What was learned last; made anew by every lesson."""
        return self.root / "lesson"

    @property
    def trial(self) -> Path:
        """Frames on their way to and from the trial on the live line."""
        return self.root / "trial"

    def load(self) -> Draft:
        """Return the draft.

        Raises:
            DraftError: There is none, or it is damaged.
        """
        try:
            return Draft.model_validate(json.loads(self.file.read_text(encoding="utf-8")))
        except (OSError, ValueError, ValidationError) as error:
            raise DraftError(
                tr(
                    "What was begun for {name} cannot be read; its pictures lie in {folder}."
                ).format(name=self.root.name, folder=self.root)
            ) from error

    def save(self, draft: Draft) -> Draft:
        """Keep the draft, the whole new one or the old one, and return it as it was kept.

        Raises:
            StoreError: It cannot be written.
        """
        kept = draft.model_copy(update={"changed": datetime.now(UTC)})
        write_text(self.file, kept.model_dump_json(indent=2))
        return kept

    def reference(self) -> Image | None:
        """Return the picture that is drawn on, (H, W, 3) uint8 BGR; None if there is none."""
        try:
            return read_picture(self.reference_file)
        except ExpectedError:
            return None

    def save_reference(self, image: Image) -> None:
        """Keep the picture that is drawn on.

        Raises:
            StoreError: It cannot be written.
        """
        write_picture(self.reference_file, image)

    def counts(self) -> tuple[int, int, int]:
        """Return how many pictures lie there: good ones, defective ones, those with a mask."""
        good, defective = (len(list(one.glob("*.png"))) for one in (self.good, self.defective))
        return good, defective, len(list(self.defective.glob("*.json")))

    def put_aside(self) -> Path:
        """Move everything into the bin beside the drafts; return where it lies now.

        Raises:
            DraftError: The folder cannot be moved.
        """
        target = self.root.parent / ".bin" / f"{self.root.name}-{time.time_ns()}"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(self.root, target)
        except OSError as error:
            raise DraftError(
                tr("{folder} cannot be moved: {error}.").format(
                    folder=self.root, error=error.strerror or error
                )
            ) from error
        return target


def teaching_folder(home: Home) -> Path:
    """Return where the drafts lie."""
    return home.root / "teaching"


def place_of(home: Home, name: str) -> DraftPlace:
    """Return the place of a draft, whether it exists or not."""
    return DraftPlace(teaching_folder(home) / name)


def name_problem(name: str) -> str:
    """Return why a product cannot be called so, a sentence; "" if it can.

    The name becomes that of a folder and of a checkpoint, on Windows too.
    """
    if not name.strip():
        return tr("Give the product a name.")
    if len(name) > LONGEST_NAME:
        return tr("The name is too long; {count} letters at most.").format(count=LONGEST_NAME)
    if name != name.strip() or name.endswith(".") or name.startswith("."):
        return tr("A name must not begin or end with a point or a space.")
    if any(letter in _FORBIDDEN or ord(letter) < 32 for letter in name):
        return tr("A name must not hold any of these: {signs}").format(
            signs=" ".join(sorted(_FORBIDDEN))
        )
    if name.split(".")[0].lower() in _RESERVED:
        return tr("Windows keeps this name for itself; choose another one.")
    return ""


def drafts(home: Home) -> tuple[Draft, ...]:
    """Return what was begun on this station, the newest first; a damaged one is left out."""
    found = []
    for file in teaching_folder(home).glob("*/draft.json"):
        try:
            found.append(DraftPlace(file.parent).load())
        except DraftError as error:
            log.station.warning("%s", error)
    return tuple(sorted(found, key=lambda draft: draft.changed, reverse=True))
