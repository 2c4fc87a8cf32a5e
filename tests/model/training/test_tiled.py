from __future__ import annotations

import numpy as np

from model.tiling import plan_tiles
from model.training.example import Example
from model.training.tiled import TiledViews
from tests.model.training.test_painted import texture


class Pictures:
    def __init__(self, *examples: Example) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def view(self, index: int, turn: int) -> Example:
        return self.examples[index]


def wide(mask: np.ndarray | None, *, is_defective: bool) -> Example:
    picture = np.concatenate([texture(1), texture(2), texture(3)], axis=1)
    return Example(picture, mask, is_defective, "crack" if is_defective else "good")


def test_long_pictures_come_in_the_tiles_of_the_predictor() -> None:
    mask = np.zeros((96, 288), np.uint8)
    mask[10:20, 270:280] = 1
    good = Example(texture(4), np.zeros((96, 96), np.uint8), False, "good")
    views = TiledViews(Pictures(good, wide(mask, is_defective=True)))
    tiles = plan_tiles(96, 288)
    assert len(tiles) > 1
    assert views.sources == (0, *(1 for _ in tiles))
    assert views.defective == (len(tiles),), "only the last tile shows the defect"
    for number, tile in enumerate(tiles, start=1):
        shown = views.view(number, 0)
        assert shown.picture.shape[:2] == tile.size
        assert shown.mask is not None
        assert shown.is_defective == bool(shown.mask.any())
        assert shown.name == ("crack" if shown.is_defective else "good")
    whole = np.concatenate([texture(1), texture(2), texture(3)], axis=1)
    assert np.array_equal(views.view(1, 0).picture, whole[tiles[0].window])


def test_a_defective_picture_whose_defect_has_no_place_stays_whole() -> None:
    views = TiledViews(Pictures(wide(None, is_defective=True)))
    assert len(views) == 1
    assert views.defective == (0,)
    assert views.view(0, 0).picture.shape == (96, 288, 3)
