"""The choices of a SOWA detector: data of the checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from model.errors import ModelError

_DEPTHS = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class SowaSettings:
    """Where the adapters sit and how they look.

    Attributes:
        levels: Tapped blocks, 1-based, ascending; the published ones are 6, 12, 18, 24.
        window: Side of a window, patches; divides the grid.
        heads: Of the adapters' attention; 8 in the published weights, whatever CLIP has.
        depth: Blocks of an adapter.
        dropout: Of the attention weights, in training only.
        sigma: Smoothing of the text's map, pixels of the network's input.
    """

    levels: tuple[int, ...] = (6, 12, 18, 24)
    window: int = 12
    heads: int = 8
    depth: int = 1
    dropout: float = 0.1
    sigma: float = 4.0

    def __post_init__(self) -> None:
        """Refuse values out of range.

        Raises:
            ValueError: Says which.
        """
        if not self.levels or list(self.levels) != sorted(set(self.levels)) or self.levels[0] < 1:
            raise ValueError(f"levels {self.levels} are not ascending numbers from 1")
        if self.window < 2 or self.heads < 1 or self.depth < 1:
            raise ValueError("window is below 2, or heads or depth below 1")
        if not 0 <= self.dropout < 1 or not 0 <= self.sigma < 1e3:
            raise ValueError("dropout or sigma is out of range")

    @classmethod
    def for_depth(cls, blocks: int, grid: int) -> Self:
        """Return the choices for a tower: levels at its quarters, a quarter of the grid a window.

        For ViT-L/14@336 these are the published ones.

        Args:
            blocks: Of the vision tower.
            grid: Patches a side.
        """
        levels = sorted({max(1, int(blocks * share + 0.5)) for share in _DEPTHS})
        window = max(side for side in range(1, max(2, grid // 2) + 1) if grid % side == 0)
        return cls(tuple(levels), max(window, 2))

    def check(self, blocks: int, grid: tuple[int, int]) -> None:
        """Refuse a tower that they do not fit.

        Raises:
            ModelError: Says what and what to do.
        """
        if self.levels[-1] > blocks:
            raise ModelError(
                f"Level {self.levels[-1]} does not exist: the backbone has {blocks} blocks; choose "
                f"levels from 1 to {blocks}."
            )
        self.check_grid(grid)

    def check_grid(self, grid: tuple[int, int]) -> None:
        """Refuse a grid that the window does not divide.

        Raises:
            ModelError: Says both and what to do.
        """
        if any(side % self.window for side in grid):
            raise ModelError(
                f"A window of {self.window} patches does not divide the picture's "
                f"{grid[0]} x {grid[1]} patches; choose another window or image size."
            )

    def to_json(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return {
            "levels": list(self.levels),
            "window": self.window,
            "heads": self.heads,
            "depth": self.depth,
            "dropout": self.dropout,
            "sigma": self.sigma,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ValueError: A value is out of range.
            TypeError: A value is unknown or has another type.
        """
        return cls(**(values | {"levels": tuple(int(level) for level in values["levels"])}))
