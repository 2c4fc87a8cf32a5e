"""Frozen features of the pictures of a lesson: kept while there is room, else computed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from model.images import Picture
from model.learning.material import Material
from model.learning.watch import Watch
from model.preprocess import Preprocess
from model.tiling import Tile, plan_tiles
from model.variation import changed

Levels = tuple[Tensor, ...]
See = Callable[[Tensor], Levels]

KEPT_BYTES = 1 << 30
_AT_ONCE = 8


class View(NamedTuple):
    """A picture or a changed copy of it.

    Attributes:
        number: Of the picture, from 0.
        copy: 0 for the picture itself.
    """

    number: int
    copy: int

    def of(self, picture: Picture, seed: int) -> Picture:
        """Return what is seen; the same each time."""
        if not self.copy:
            return picture
        return changed(picture, np.random.default_rng((seed, 9, self.number, self.copy)))


class LevelFeatures:
    """The features of every tile of every picture, in half precision, on the CPU.

    Args:
        material: Pictures; read one after another, and again where features are not kept.
        copies: Changed copies of each picture that are seen too.
        preprocess: How a tile becomes input.
        see: From (B, 3, S, S) float32 input on the CPU to (B, C_i, h_i, w_i) float32 features.
        watch: Told of each picture, as stage "features".
        budget: Bytes kept at most.
    """

    def __init__(
        self,
        material: Material,
        copies: int,
        preprocess: Preprocess,
        see: See,
        watch: Watch,
        budget: int = KEPT_BYTES,
    ) -> None:
        self._material, self._preprocess, self._see = material, preprocess, see
        self._places: list[tuple[View, Tile]] = []
        self._kept: list[Levels] = []
        self._room, self._is_full = budget, False
        for number, picture in enumerate(material.checked()):
            watch.step("features", number, len(material))
            for copy in range(copies + 1):
                self._add(View(number, copy), picture)
        watch.step("features", len(material), len(material))

    def _add(self, view: View, picture: Picture) -> None:
        """Take the tiles of a view in, and their features while there is room."""
        tiles = plan_tiles(*picture.shape[:2])
        self._places += [(view, tile) for tile in tiles]
        if self._is_full:
            return
        seen = view.of(picture, self._material.seed)
        found = self._seen([seen[tile.window] for tile in tiles])
        self._room -= sum(part.nbytes for levels in found for part in levels)
        self._is_full = self._room < 0
        if not self._is_full:
            self._kept += found

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self._places)

    @property
    def kept(self) -> int:
        """How many of the tiles are kept: the first ones."""
        return len(self._kept)

    def batch(self, numbers: Sequence[int]) -> Levels:
        """Return (len(numbers), C_i, h_i, w_i) float32 of some tiles.

        Raises:
            ModelError: A picture is read again and cannot be used any more.
        """
        found = {n: self._kept[n] for n in numbers if n < len(self._kept)}
        anew = [n for n in numbers if n >= len(self._kept)]
        found |= zip(anew, self._seen([self._cut(n) for n in anew]), strict=True)
        columns = zip(*(found[n] for n in numbers), strict=True)
        return tuple(torch.stack(column).float() for column in columns)

    def _cut(self, number: int) -> Picture:
        """Return a tile, read anew."""
        view, tile = self._places[number]
        picture = next(self._material.taken([view.number]).checked())
        return view.of(picture, self._material.seed)[tile.window]

    def _seen(self, cuts: Sequence[Picture]) -> list[Levels]:
        """Return the features of tiles in half precision."""
        found: list[Levels] = []
        for first in range(0, len(cuts), _AT_ONCE):
            inputs = [self._preprocess(cut) for cut in cuts[first : first + _AT_ONCE]]
            with torch.inference_mode():
                levels = self._see(torch.cat(inputs))
            # clones are no inference tensors and hold no more than their own rows
            halves = [part.half().cpu() for part in levels]
            found += [tuple(part[i].clone() for part in halves) for i in range(len(inputs))]
        return found
