"""What is cut to tiles, and how."""

from __future__ import annotations

from dataclasses import dataclass

from model.datasets.tile_scale import Scale, coarsest
from model.datasets.tile_sources import TileSource
from model.errors import DatasetError
from model.images import MIN_SIDE

_MOST_SIDE = 4096


@dataclass(frozen=True, slots=True)
class TilePlan:
    """What to cut, and how.

    Attributes:
        sources: Folders with their scales.
        scale: That all pictures are brought to; None for the coarsest of the sources, so that no
            picture is enlarged.
        side: Of the tiles, pixels.
        overlap: Least share of a tile that its neighbour shows too, 0 to 0.9.
        held_out: Share of the sources without defects whose tiles are for the test.
        seed: Of the split.
        least: Share of a tile that must be defective for it to count as such, see `cut_picture`.
        together: Regular expression that finds in the name of a picture what ties it to others.
    """

    sources: tuple[TileSource, ...]
    scale: Scale | None = None
    side: int = 200
    overlap: float = 0.25
    held_out: float = 0.3
    seed: int = 0
    least: float = 0.002
    together: str = ""

    def checked(self) -> Scale:
        """Return the common scale.

        Raises:
            DatasetError: A value makes no sense.
        """
        if not self.sources:
            raise DatasetError("There is nothing to cut; name a folder with its scale.")
        if not MIN_SIDE <= self.side <= _MOST_SIDE:
            raise DatasetError(f"Tiles must be {MIN_SIDE} to {_MOST_SIDE} pixels, not {self.side}.")
        for name, value, most in (
            ("overlap", self.overlap, 0.9),
            ("share held out", self.held_out, 0.9),
            ("least defective share", self.least, 1.0),
        ):
            if not 0 <= value <= most:
                raise DatasetError(f"The {name} must be 0 to {most:g}, not {value:g}.")
        scale = self.scale or coarsest(one.scale for one in self.sources)
        for one in self.sources:
            one.scale.factor_to(scale)
        return scale
