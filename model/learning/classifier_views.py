"""Random views of a picture, by the rules of its product (classifier spec, sections 2 and 6)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import torch
import torchvision.transforms.v2.functional as TF
from torch import Tensor


@dataclass(frozen=True, slots=True)
class View:
    """How one picture is turned and mirrored, in this order.

    Attributes:
        turn: First turn, degrees.
        is_upside_down: Whether rows are reversed.
        is_mirrored: Whether columns are reversed.
        second_turn: Second turn, degrees.
    """

    turn: float = 0.0
    is_upside_down: bool = False
    is_mirrored: bool = False
    second_turn: float = 0.0

    def of(self, picture: Tensor) -> Tensor:
        """Return the view of a (3, S, S) normalised picture.

        As torchvision does by default: nearest pixel, 0, the mean colour, where nothing was.
        """
        if self.turn:
            picture = TF.affine(picture, self.turn, [0.0, 0.0], 1.0, [0.0, 0.0])
        if self.is_upside_down:
            picture = picture.flip(1)
        if self.is_mirrored:
            picture = picture.flip(2)
        return TF.rotate(picture, self.second_turn) if self.second_turn else picture


@dataclass(frozen=True, slots=True)
class ViewRules:
    """Which views there are; a product whose defect is a turned part must not be turned.

    Attributes:
        turn: Largest first turn, degrees, to either side.
        second_turn: Largest second turn, degrees, to one side.
        flips: Whether pictures are mirrored.
        no_flips: Products that are not.
        no_turns: Products that are not turned.
    """

    turn: float
    second_turn: float
    flips: bool
    no_flips: Collection[str] = ()
    no_turns: Collection[str] = ()

    def drawn(self, product: str, generator: torch.Generator) -> View:
        """Return a random view; every call takes four numbers from the generator."""
        first, rows, columns, second = torch.rand(4, generator=generator).tolist()
        may_turn = product not in self.no_turns
        may_flip = self.flips and product not in self.no_flips
        return View(
            (2 * first - 1) * self.turn if may_turn else 0.0,
            may_flip and rows < 0.5,
            may_flip and columns < 0.5,
            second * self.second_turn if may_turn else 0.0,
        )


def products_in(text: str) -> tuple[str, ...]:
    """Return the names of "metal_nut+screw"."""
    return tuple(name.strip() for name in text.split("+") if name.strip())
