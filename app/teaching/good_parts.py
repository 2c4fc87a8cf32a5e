"""Pictures of good parts for teaching: only sharp ones, only new ones, all on disk."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app import log
from app.camera.folder import read_picture
from app.camera.frame import Image
from app.errors import ExpectedError, StoreError
from app.i18n import tr
from app.inspection.cutting import NotPlaced, cut
from app.inspection.recipe import Recipe
from app.teaching.picture_file import write_picture
from app.teaching.traits import Traits, traits_of

Reason = Literal["blurred", "duplicate", "dark", "bright", "not-found", "size", "full"]

MOST_GOOD = 200
"""As many pictures as a memory bank takes."""

LEAST_FOCUS = 0.75
"""Of the usual focus of the pictures; a blur of 2 pixels (deviation) takes more than that away."""

DARK, BRIGHT = 10.0, 247.0
_SAME_LOOK = 0.5
_NOISE_FACTOR = 4.0
_MOST_SAME_LOOK = 2.5


class PictureRefused(ExpectedError):
    """A picture that nothing should be learned from.

    Attributes:
        reason: Why, for programs.
        like: Number (from 1) of the picture that shows the same; 0 for other reasons.
    """

    code = "picture-refused"

    def __init__(self, message: str, reason: Reason, like: int = 0) -> None:
        super().__init__(message)
        self.reason, self.like = reason, like


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A picture that was kept.

    Attributes:
        file: Where it lies.
        traits: What it is like.
    """

    file: Path
    traits: Traits


class GoodParts:
    """The collected pictures of one product; the files are all there is, so a crash loses none.

    Every method blocks and is called from one thread at a time.

    Args:
        folder: Where they lie.
        recipe: Says what is cut out of a picture, as the line will do it.
        reference: Traits of the picture that was drawn on; the measure of focus until there are
            pictures; None for none.
    """

    def __init__(self, folder: Path, recipe: Recipe, reference: Traits | None = None) -> None:
        self._folder, self._recipe, self._reference = folder, recipe, reference
        self._kept: list[Kept] = []
        self._lost: list[Path] = []

    @property
    def kept(self) -> tuple[Kept, ...]:
        """What was collected, in order."""
        return tuple(self._kept)

    @property
    def unusable(self) -> tuple[Path, ...]:
        """Pictures on the disk that cannot be used: damaged, or the part is not found any more."""
        return tuple(self._lost)

    def load(self) -> tuple[Kept, ...]:
        """Read what lies on the disk and return it."""
        self._kept, self._lost = [], []
        for file in sorted(self._folder.glob("*.png")):
            try:
                image = read_picture(file)
                self._kept.append(Kept(file, traits_of(image, cut(image, self._recipe))))
            except ExpectedError as error:
                log.station.warning("%s cannot be taught: %s", file, error)
                self._lost.append(file)
        return self.kept

    def look(self, image: Image) -> Traits:
        """Return the traits of a picture that may be kept.

        Args:
            image: (H, W, 3) uint8 BGR.

        Raises:
            PictureRefused: Blurred, dark, too bright, the part is not found, it shows the same
                as another one, or there are enough.
        """
        if len(self._kept) >= MOST_GOOD:
            raise PictureRefused(
                tr("{count} pictures are as many as can be learned from.").format(count=MOST_GOOD),
                "full",
            )
        try:
            traits = traits_of(image, cut(image, self._recipe))
        except NotPlaced as error:
            raise PictureRefused(str(error), "not-found") from error
        self._check_light(traits)
        self._check_focus(traits)
        self._check_news(traits)
        return traits

    def add(self, image: Image) -> Kept:
        """Keep a picture.

        Raises:
            PictureRefused: As `look`.
            StoreError: It cannot be written.
        """
        traits = self.look(image)
        kept = Kept(self._folder / f"{self._next_number():04d}.png", traits)
        write_picture(kept.file, image)
        self._kept.append(kept)
        return kept

    def remove(self, file: Path) -> None:
        """Forget a picture.

        Raises:
            StoreError: Its file cannot be removed.
        """
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                tr("{file} cannot be removed: {error}.").format(
                    file=file, error=error.strerror or error
                )
            ) from error
        self._kept = [one for one in self._kept if one.file != file]
        self._lost = [one for one in self._lost if one != file]

    def _next_number(self) -> int:
        taken = [int(one.stem) for one in self._folder.glob("*.png") if one.stem.isdigit()]
        return max(taken, default=0) + 1

    def _check_light(self, traits: Traits) -> None:
        if traits.brightness < DARK:
            raise PictureRefused(
                tr("Too dark: nothing can be learned from it. Switch the light on."), "dark"
            )
        if traits.brightness > BRIGHT:
            raise PictureRefused(tr("Too bright: shorten the exposure."), "bright")

    def _check_focus(self, traits: Traits) -> None:
        known = [one.traits.focus for one in self._kept]
        if self._reference is not None:
            known.append(self._reference.focus)
        usual = statistics.median(known) if known else traits.focus
        if traits.focus < LEAST_FOCUS * usual:
            raise PictureRefused(
                tr(
                    "Blurred: only {share} % as sharp as usual. Let the part lie still, or set "
                    "the focus."
                ).format(share=round(100 * traits.focus / usual)),
                "blurred",
            )

    def _check_news(self, traits: Traits) -> None:
        for number, other in enumerate(self._kept, start=1):
            noise = max(traits.noise, other.traits.noise)
            same = min(_MOST_SAME_LOOK, _SAME_LOOK + _NOISE_FACTOR * noise)
            if traits.distance(other.traits) < same:
                raise PictureRefused(
                    tr("The same as picture {number}: put the next part there.").format(
                        number=number
                    ),
                    "duplicate",
                    number,
                )
