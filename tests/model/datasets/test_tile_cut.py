from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.datasets.tile_cut import NO_MASK, NOT_LABELLED, SLIVER, Piece, TooSmall, cut_picture
from model.datasets.tile_grid import TileGrid
from model.datasets.tile_sources import SourcePicture
from model.errors import DatasetError
from model.images import write_image

GRID = TileGrid(64, 0.25)


def fabric(side: int, period: float) -> npt.NDArray[np.uint8]:
    """A knitted cloth: holes at a distance."""
    y, x = np.mgrid[0:side, 0:side]
    waves = np.cos(2 * np.pi * x / period) * np.cos(2 * np.pi * y / period)
    return np.asarray(120 + 60 * waves, np.uint8)


def source(
    folder: Path,
    picture: npt.NDArray[np.uint8],
    state: str = "good",
    mask: npt.NDArray[np.bool_] | None = None,
) -> SourcePicture:
    folder.mkdir(parents=True, exist_ok=True)
    write_image(folder / "p.png", picture)
    if mask is not None:
        write_image(folder / "m.png", mask.astype(np.uint8) * 255)
    truth = folder / "m.png" if mask is not None else None
    return SourcePicture(folder / "p.png", "p.png", 0, state, "p", mask=truth)


def period_of(picture: npt.NDArray[np.uint8]) -> float:
    spectrum = np.abs(np.fft.rfft(picture.mean(axis=0) * 0 + picture[0] - picture[0].mean(), 4096))
    return float(4096 / np.argmax(spectrum))


def test_holes_are_as_large_on_the_tiles_of_every_source(tmp_path: Path) -> None:
    periods = []
    for number, (side, period) in enumerate([(128, 8.0), (256, 16.0), (320, 20.0)]):
        pieces = cut_picture(
            source(tmp_path / str(number), fabric(side, period)), 8.0 / period, GRID, 8
        )
        assert {piece.picture.shape for piece in pieces} == {(64, 64)}
        periods += [period_of(piece.picture) for piece in pieces]
    assert max(periods) - min(periods) < 0.2


def test_where_a_tile_comes_from_is_told_in_pixels_of_its_source(tmp_path: Path) -> None:
    pieces = cut_picture(source(tmp_path, fabric(256, 16)), 0.5, GRID, 8)
    assert [piece.box for piece in pieces][:2] == [(0, 0, 128, 128), (64, 0, 128, 128)]
    assert pieces[-1].box == (128, 128, 128, 128)


def states(pieces: tuple[Piece, ...]) -> list[tuple[str, str]]:
    return [(piece.state, piece.why) for piece in pieces]


def test_labels_follow_the_mask(tmp_path: Path) -> None:
    mask = np.zeros((64, 160), np.bool_)
    mask[20:40, 4:24] = True  # on the first tile alone
    found = cut_picture(source(tmp_path, fabric(160, 8)[:64], "hole", mask), 1, GRID, 8)
    assert states(found) == [("hole", ""), ("good", ""), ("good", "")]
    assert found[0].mask is not None
    assert found[0].mask.sum() == 400
    assert found[1].mask is None


def test_the_edge_of_a_defect_is_for_a_person(tmp_path: Path) -> None:
    mask = np.zeros((64, 112), np.bool_)
    mask[10:40, 20:49] = True  # the second tile begins at 48 and has one column of it
    found = cut_picture(source(tmp_path, fabric(112, 8)[:64], "hole", mask), 1, GRID, 60)
    assert states(found) == [("hole", ""), ("", SLIVER)]
    enough = cut_picture(source(tmp_path, fabric(112, 8)[:64], "hole", mask), 1, GRID, 30)
    assert states(enough)[1] == ("hole", "")


def test_a_defect_smaller_than_the_least_counts_where_it_is_whole(tmp_path: Path) -> None:
    mask = np.zeros((64, 112), np.bool_)
    mask[10:12, 60:62] = True
    found = cut_picture(source(tmp_path, fabric(112, 8)[:64], "hole", mask), 1, GRID, 4000)
    assert states(found) == [("hole", ""), ("hole", "")]


def test_what_nobody_knows_has_no_label(tmp_path: Path) -> None:
    large, small = fabric(160, 8), fabric(64, 8)
    assert set(states(cut_picture(source(tmp_path, large, ""), 1, GRID, 8))) == {("", NOT_LABELLED)}
    assert set(states(cut_picture(source(tmp_path, large, "hole"), 1, GRID, 8))) == {("", NO_MASK)}
    # one tile that is the whole picture is what the picture is
    assert states(cut_picture(source(tmp_path, small, "hole"), 1, GRID, 8)) == [("hole", "")]
    empty = np.zeros((160, 160), np.bool_)
    assert set(states(cut_picture(source(tmp_path, large, "hole", empty), 1, GRID, 8))) == {
        ("", NO_MASK)
    }


@given(st.integers(0, 239), st.integers(0, 239), st.floats(0.3, 1.6))
@settings(deadline=None, max_examples=25)
def test_no_defective_pixel_is_lost_however_small_it_becomes(
    tmp_path_factory: pytest.TempPathFactory, x: int, y: int, factor: float
) -> None:
    mask = np.zeros((240, 240), np.bool_)
    mask[y, x] = True
    folder = tmp_path_factory.mktemp("thin")
    found = cut_picture(source(folder, fabric(240, 8), "crack", mask), factor, GRID, 8)
    assert any(piece.state == "crack" for piece in found)


def test_colour_stays_and_grey_takes_one_channel(tmp_path: Path) -> None:
    colour = np.dstack([fabric(64, 8), fabric(64, 9), fabric(64, 10)])
    assert cut_picture(source(tmp_path, colour), 1, GRID, 8)[0].picture.shape == (64, 64, 3)
    grey = np.dstack([fabric(64, 8)] * 3)
    assert cut_picture(source(tmp_path, grey), 1, GRID, 8)[0].picture.shape == (64, 64)


def test_what_cannot_be_cut_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooSmall, match="50 x 50 pixels at the common scale, less than a tile"):
        cut_picture(source(tmp_path, fabric(100, 8)), 0.5, GRID, 8)
    with pytest.raises(DatasetError, match="choose a coarser one"):
        cut_picture(source(tmp_path, fabric(100, 8)), 400, GRID, 8)
    with pytest.raises(DatasetError, match="make the mask the size of its image"):
        cut_picture(
            source(tmp_path, fabric(100, 8), "hole", np.ones((50, 50), np.bool_)), 1, GRID, 8
        )
