"""The choices of a PatchCore detector; data of its checkpoint."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Self

MAPS = ("smooth", "blocks")
SCORES = ("weighted", "peak")
MOST_ROWS = 50_000
_LEVELS = 3


@dataclass(frozen=True, slots=True)
class PatchCoreSettings:
    """How patches are seen and how their distances become score and map.

    Attributes:
        levels: Levels of the network, from 1, that are joined; ascending.
        neighbourhood: Side of the square of cells averaged around each, odd; 1 for none.
        coordinates: Directions of strongest variation kept, see `model.memory_bank.MemoryBank`;
            0 compares the features as they are, as the paper does.
        place: Distance that the whole height or width of the picture counts; only with
            `coordinates`. 0 for materials and for parts that lie anywhere.
        neighbours: Rows around the nearest one that weigh the score.
        score: "weighted": the paper's, of the farthest patch. "peak": mean of the highest
            hundredth of the map.
        map: "smooth": bilinear, then Gaussian. "blocks": nearest neighbour, then Gaussian, as
            anomalib does.
        sigma: Smoothing of the map, pixels of the network's input.
    """

    levels: tuple[int, ...] = (2, 3)
    neighbourhood: int = 3
    coordinates: int = 0
    place: float = 0.0
    neighbours: int = 9
    score: str = "weighted"
    map: str = "smooth"
    sigma: float = 4.0

    def __post_init__(self) -> None:
        """Refuse values out of range.

        Raises:
            ValueError: Says which.
        """
        rising = sorted(set(self.levels))
        if not rising or rising != list(self.levels) or rising[0] < 1 or rising[-1] > _LEVELS:
            raise ValueError(f"levels {self.levels} must be some of 1 to {_LEVELS}, ascending")
        if self.neighbourhood < 1 or self.neighbourhood % 2 == 0:
            raise ValueError(f"neighbourhood {self.neighbourhood} must be odd")
        if self.coordinates < 0 or self.neighbours < 1:
            raise ValueError("coordinates must not be negative and neighbours at least 1")
        if not all(0 <= value < math.inf for value in (self.place, self.sigma)):
            raise ValueError("place and sigma must not be negative")
        if self.score not in SCORES or self.map not in MAPS:
            raise ValueError(f"score {self.score!r} or map {self.map!r} is unknown")

    def to_json(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self) | {"levels": list(self.levels)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ValueError: A value is out of range.
            TypeError: A value is unknown or has another type.
        """
        return cls(**(values | {"levels": tuple(int(level) for level in values["levels"])}))
