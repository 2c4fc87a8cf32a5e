"""What makes MSFlow's network and its scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from model.layers.flow_scores import WAYS

SCALES = 3
_LARGEST_DEPTH = 64


@dataclass(frozen=True, slots=True)
class MSFlowSettings:
    """What makes the network and its scores; the defaults are the paper's.

    Attributes:
        depths: Blocks of the flow of each scale, finest first.
        condition: Channels of the position code, a multiple of 4.
        pooled: Average every level over 3 x 3, step 2, before it flows.
        pyramid: Let the levels of a ViT, which are of one size, get smaller.
        directions: Directions of each level that flow, each with variance 1; 0 lets the
            channels flow as they are.
        share: Of the pixels, the least likely, whose mean is the image score.
        score: Which likelihoods give the image score: "multiplied" or "added".
        shown: Which give the anomaly map.
    """

    depths: tuple[int, int, int] = (2, 5, 8)
    condition: int = 64
    pooled: bool = True
    pyramid: bool = True
    directions: int = 0
    share: float = 0.03
    score: str = "multiplied"
    shown: str = "added"

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: One is out of range.
        """
        if len(self.depths) != SCALES or not all(1 <= n <= _LARGEST_DEPTH for n in self.depths):
            raise ValueError(f"depths are {self.depths}; three numbers, 1 to {_LARGEST_DEPTH}")
        if self.condition < 4 or self.condition % 4:
            raise ValueError(f"condition is {self.condition}; it must be a multiple of 4")
        if self.directions < 0 or self.directions == 1:
            raise ValueError(f"directions are {self.directions}; they must be 0, or 2 and more")
        if not 0 < self.share <= 1:
            raise ValueError(f"share is {self.share}; it must be above 0, at most 1")
        if self.score not in WAYS or self.shown not in WAYS:
            raise ValueError(f"score and shown must each be one of {', '.join(WAYS)}")

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read what `dataclasses.asdict` wrote.

        Raises:
            KeyError: A value is missing.
            ValueError: One is out of range.
        """
        depths = [int(n) for n in values["depths"]]
        if len(depths) != SCALES:
            raise ValueError(f"depths are {depths}; there must be three")
        return cls(
            (depths[0], depths[1], depths[2]),
            int(values["condition"]),
            bool(values["pooled"]),
            bool(values["pyramid"]),
            int(values["directions"]),
            float(values["share"]),
            str(values["score"]),
            str(values["shown"]),
        )
