"""How text evidence and nearest-neighbour evidence are read and weighed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Fusion:
    """The choices of a few-shot detector; data of the checkpoint.

    Attributes:
        layers: Vision blocks (1-based) whose patches are compared with the bank.
        neighbourhood: Side of the square of patches averaged around each, odd; 1 for none.
        coordinates: Of the bank's space, per layer.
        place: Distance in the bank's space that the whole height or width counts; 0 for
            materials and for parts that lie anywhere.
        text_map: Weight of the text's map in the map, 0..1; the rest is the bank's.
        text_image: Weight of the text's image score in the image score, 0..1; the rest is
            the peak of the map.
        peak_fraction: Share of the map's pixels whose mean is its peak.
        sigma: Smoothing of the bank's map, pixels of the network's input.
    """

    layers: tuple[int, ...]
    neighbourhood: int = 1
    coordinates: int = 64
    place: float = 10.0
    text_map: float = 0.2
    text_image: float = 0.2
    peak_fraction: float = 0.01
    sigma: float = 2.0

    def __post_init__(self) -> None:
        """Refuse values out of range.

        Raises:
            ValueError: Says which.
        """
        if not self.layers or self.neighbourhood < 1 or self.neighbourhood % 2 == 0:
            raise ValueError("layers must not be empty and neighbourhood must be odd")
        weights = (self.text_map, self.text_image, self.peak_fraction)
        if self.coordinates < 1 or not 0 <= self.place < math.inf:
            raise ValueError("coordinates must be at least 1 and place not negative")
        if not all(0 <= weight <= 1 for weight in weights) or self.sigma < 0:
            raise ValueError("weights must be within 0..1 and sigma not negative")

    def to_json(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return {
            "layers": list(self.layers),
            "neighbourhood": self.neighbourhood,
            "coordinates": self.coordinates,
            "place": self.place,
            "text_map": self.text_map,
            "text_image": self.text_image,
            "peak_fraction": self.peak_fraction,
            "sigma": self.sigma,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ValueError: A value is unknown or out of range.
            TypeError: A value has another type.
        """
        return cls(**(values | {"layers": tuple(int(layer) for layer in values["layers"])}))
