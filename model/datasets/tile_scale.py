"""How much of the product one pixel shows, and how to bring pictures to one scale."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from model.errors import DatasetError

Unit = Literal["mm", "px"]

_WRITTEN = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(mm|px)(?:/(?:px|hole))?", re.IGNORECASE)
_MOST_TIMES = 10.0
_LEAST_TIMES = 1 / 100


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale of a picture.

    Attributes:
        value: Millimetres that one pixel shows, or pixels from one hole (thread, pin ...) of the
            product to the next; positive.
        unit: "mm" for millimetres per pixel, "px" for pixels per hole.
    """

    value: float
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Scale:
        """Return the scale that a person wrote: "0.05mm" (per pixel) or "12.5px" (per hole).

        Raises:
            DatasetError: It is no scale.
        """
        found = _WRITTEN.fullmatch(text.strip())
        value = float(found[1]) if found else 0.0
        if found is None or not 0 < value < math.inf:
            raise DatasetError(
                f"{text!r} is no scale; write 0.05mm for millimetres per pixel, or 12.5px for "
                "pixels per hole."
            )
        return cls(value, "mm" if found[2].lower() == "mm" else "px")

    def factor_to(self, target: Scale) -> float:
        """Return by how much a picture of this scale is enlarged to have that of the target.

        Raises:
            DatasetError: The units differ, or the factor is outside 0.01 to 10.
        """
        if self.unit != target.unit:
            raise DatasetError(
                f"The scales {self} and {target} cannot be compared; give all in millimetres per "
                "pixel or all in pixels per hole."
            )
        one, other = self.value, target.value
        factor = one / other if self.unit == "mm" else other / one
        if not _LEAST_TIMES <= factor <= _MOST_TIMES:
            raise DatasetError(
                f"From {self} to {target} a picture would be made {factor:.4g} times as large; "
                "one of the two must be wrong."
            )
        return factor

    def __str__(self) -> str:
        """Return it as it is read."""
        what = "mm/px" if self.unit == "mm" else "px/hole"
        return f"{self.value:g}{what}"


def coarsest(scales: Iterable[Scale]) -> Scale:
    """Return the scale to which all pictures can be brought without inventing pixels.

    Args:
        scales: At least one.

    Raises:
        DatasetError: The units differ.
    """
    first, *rest = scales
    found = first
    for scale in rest:
        # a factor below 1 makes it smaller: the target is the coarser one
        found = scale if found.factor_to(scale) < 1 else found
    return found
