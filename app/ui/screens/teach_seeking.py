"""A live frame in which the part was looked for."""

from __future__ import annotations

from dataclasses import dataclass

from app.camera.frame import Image
from app.inspection.placement import Matrix, Placement, find, to_frame
from app.inspection.recipe_parts import Anchor


@dataclass(frozen=True, slots=True, eq=False)
class Sought:
    """A frame and where the part lies in it.

    Attributes:
        image: (H, W, 3) uint8 BGR.
        anchor: What was looked for.
        placement: Where the part lies; None if it was not found.
    """

    image: Image
    anchor: Anchor
    placement: Placement | None

    @property
    def to_frame(self) -> Matrix | None:
        """(2, 3) from the reference picture to the frame; None if the part was not found."""
        return None if self.placement is None else to_frame(self.placement, self.anchor)


def seek(image: Image, anchor: Anchor) -> Sought:
    """Look for the part. Blocks for some milliseconds.

    Raises:
        RecipeError: The anchor is damaged.
    """
    return Sought(image, anchor, find(image, anchor))
