"""What the model sees of a frame."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.camera.frame import Image
from app.inspection.areas import filled, is_upright
from app.inspection.cutting import Cutting, NotPlaced, cut
from app.inspection.painting_over import painted_over
from app.inspection.placement import Placement, anchor_from, to_frame
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import RegionOfInterest
from model.opencv import cv2
from tests.app.inspection.test_placement import REFERENCE

WIDTH, HEIGHT = 160, 120
FRAME = np.random.default_rng(1).integers(1, 255, (HEIGHT, WIDTH, 3), np.uint8)
FRAME.setflags(write=False)
LEFT = RegionOfInterest(name="left", polygon=((10, 8), (60, 8), (60, 90), (10, 90)))
RIGHT = RegionOfInterest(name="right", polygon=((90, 20), (150, 30), (120, 100)))


def recipe(**settings: Any) -> Recipe:
    return Recipe(name="bolt", **settings)


def reason(image: Image, wanted: Recipe) -> str:
    with pytest.raises(NotPlaced) as caught:
        cut(image, wanted)
    assert str(caught.value).endswith(".")
    return caught.value.reason


def shows(picture: Image, frame: Image, where: Any) -> bool:
    """Return whether pixels are those of the frame, more than by chance."""
    return bool((picture == frame).all(2)[where].mean() > 0.05)


def inside(polygon: Any, x: float, y: float) -> bool:
    """Return whether a point lies in a polygon, by crossings of a ray (Shimrat, 1962); exact."""
    found = False
    for (x0, y0), (x1, y1) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y0 > y) != (y1 > y):
            slope = Fraction(x1 - x0) / Fraction(y1 - y0)
            found ^= Fraction(x) < Fraction(x0) + slope * Fraction(y - y0)
    return found


def test_a_recipe_without_regions_gives_the_frame_itself() -> None:
    (piece,) = cut(FRAME, recipe()).pieces
    assert np.shares_memory(piece.picture, FRAME)
    assert (piece.region, piece.box, piece.judged) == ("", (0, 0, WIDTH, HEIGHT), None)


def test_a_region_of_interest_gives_its_crop() -> None:
    cutting = cut(FRAME, recipe(region_of_interest=(20, 10, 70, 60)))
    (piece,) = cutting.pieces
    assert np.array_equal(piece.picture, FRAME[10:70, 20:90])
    assert piece.picture.flags.c_contiguous
    assert (cutting.placement, cutting.to_frame, piece.weights) == (None, None, None)


def test_regions_come_in_the_order_of_the_recipe() -> None:
    left, right = cut(FRAME, recipe(regions=(LEFT, RIGHT))).pieces
    assert (left.region, left.box, left.judged) == ("left", (10, 8, 50, 82), None)
    assert np.array_equal(left.picture, FRAME[8:90, 10:60])
    assert (right.region, right.box) == ("right", (90, 20, 60, 80))
    assert right.judged is not None
    assert 0.4 < right.judged.mean() < 0.6
    assert np.array_equal(right.picture[right.judged], FRAME[20:100, 90:150][right.judged])
    assert not shows(right.picture, FRAME[20:100, 90:150], ~right.judged)


def test_exclusions_hold_in_every_region() -> None:
    hole = ((40.0, 30.0), (110.0, 30.0), (110.0, 60.0), (40.0, 60.0))
    left, right = cut(FRAME, recipe(regions=(LEFT, RIGHT), exclusions=(hole,))).pieces
    assert left.judged is not None
    assert not left.judged[22:52, 30:].any()
    assert not shows(left.picture, FRAME[8:90, 10:60], ~left.judged)
    assert left.judged.sum() == left.judged.size - 30 * 20
    assert right.judged is not None
    assert not right.judged[10:40, :20].any()


def test_a_small_region_is_made_large_enough_for_the_model() -> None:
    tiny = RegionOfInterest(name="tiny", polygon=((2, 3), (12, 3), (12, 9), (2, 9)))
    (piece,) = cut(FRAME, recipe(regions=(tiny,))).pieces
    assert piece.picture.shape == (32, 32, 3)
    assert piece.judged is not None
    assert piece.judged.sum() == 60
    x, y = piece.box[:2]
    assert np.array_equal(piece.picture[3 - y : 9 - y, 2 - x : 12 - x], FRAME[3:9, 2:12])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"region_of_interest": (100, 0, 61, 20)}, "region-outside-frame: 160x120"),
        (
            {"regions": (RegionOfInterest(name="a", polygon=((0, 0), (161, 0), (9, 9))),)},
            "region-outside-frame: 160x120",
        ),
        (
            {"regions": (RegionOfInterest(name="a", polygon=((-1, 0), (60, 0), (9, 9))),)},
            "region-outside-frame: 160x120",
        ),
        ({"regions": (LEFT,), "exclusions": (((0, 0), (99, 0), (99, 99), (0, 99)),)},
         "nothing-to-judge: left"),
        ({"exclusions": (((-5, -5), (999, -5), (999, 999), (-5, 999)),)}, "nothing-to-judge"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_said(settings: dict[str, Any], says: str) -> None:
    assert reason(FRAME, recipe(**settings)) == says


@settings(deadline=None)
@given(
    width=st.integers(1, 90),
    height=st.integers(1, 90),
    tile_mm=st.floats(32, 60),
    left=st.integers(0, 60),
    top=st.integers(0, 30),
)
def test_tiles_have_one_size_and_cover_everything(
    width: int, height: int, tile_mm: float, left: int, top: int
) -> None:
    box = (left, top, width, height)
    cutting = cut(FRAME, recipe(region_of_interest=box, mm_per_px=1.0, tile_mm=tile_mm))
    side = round(tile_mm)
    weights = np.zeros((HEIGHT + 200, WIDTH + 200))
    for piece in cutting.pieces:
        assert piece.picture.shape == (side, side, 3)
        assert piece.box[2:] == (side, side)
        x, y = piece.box[0] + 100, piece.box[1] + 100
        own = np.ones((side, side)) if piece.weights is None else piece.weights
        weights[y : y + side, x : x + side] += own
        judged = np.ones((side, side), bool) if piece.judged is None else piece.judged
        whole = np.zeros((HEIGHT + 200, WIDTH + 200, 3), np.uint8)
        shown = FRAME[top : top + height, left : left + width]
        whole[100 + top : 100 + top + height, 100 + left : 100 + left + width] = shown
        seen = whole[y : y + side, x : x + side]
        assert np.array_equal(judged, seen.any(2))  # no pixel of the frame is black
        assert np.array_equal(piece.picture[judged], seen[judged])
        assert judged.any()
    covered = weights[100 + top : 100 + top + height, 100 + left : 100 + left + width]
    assert covered == pytest.approx(np.ones((height, width)), abs=1e-5)


def test_neighbouring_tiles_share_a_quarter() -> None:
    pieces = cut(FRAME, recipe(mm_per_px=0.1, tile_mm=4.0)).pieces
    starts = sorted({piece.box[0] for piece in pieces})
    assert starts[0] == 0
    assert starts[-1] == WIDTH - 40
    assert max(np.diff(starts)) <= 30


def test_far_too_small_tiles_are_refused() -> None:
    web = np.zeros((1000, 1000, 3), np.uint8)
    assert reason(web, recipe(mm_per_px=1.0, tile_mm=0.5)).startswith("tiles-too-small: ")


quarters = st.integers(-80, 480).map(lambda number: number / 4)
corners = st.tuples(quarters, quarters)


@settings(deadline=None)
@given(st.lists(corners, min_size=3, max_size=6), st.integers(0, 2))
def test_the_pixels_whose_middles_lie_inside_are_filled(polygon: list[Any], margin: int) -> None:
    mask = filled([tuple(polygon)], (5, 7, 60, 50), margin)
    for y in range(0, 50, 5):
        for x in range(0, 60, 5):
            near = range(-margin, margin + 1)
            found = any(inside(polygon, x + 5.5 + i, y + 7.5 + j) for i in near for j in near)
            assert mask[y, x] == found


def test_a_bow_tie_is_no_rectangle() -> None:
    assert is_upright(((0, 0), (5, 0), (5, 4), (0, 4)))
    assert not is_upright(((0, 0), (5, 4), (5, 0), (0, 4)))
    assert not is_upright(((0, 0), (5, 1), (5, 5), (0, 4)))


def placed(pose: Placement, wanted: Recipe) -> Cutting:
    assert wanted.anchor is not None
    matrix = to_frame(pose, wanted.anchor)
    size = (REFERENCE.shape[1], REFERENCE.shape[0])
    frame = cv2.warpAffine(
        REFERENCE, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return cut(np.asarray(frame, np.uint8), wanted)


INNER = RegionOfInterest(name="inner", polygon=((80, 60), (150, 60), (150, 115), (80, 115)))
PLACED = recipe(anchor=anchor_from(REFERENCE, (70, 50, 90, 70)), regions=(INNER,))


@settings(deadline=None)
@given(st.floats(-30, 30), st.floats(-30, 30), st.floats(-4, 4))
def test_a_shifted_part_gives_the_same_piece(dx: float, dy: float, turn: float) -> None:
    cutting = placed(Placement(dx, dy, turn, 1), PLACED)
    (piece,) = cutting.pieces
    assert piece.box == (80, 60, 70, 55)
    assert piece.judged is None
    assert cutting.placement is not None
    assert cutting.placement.dx_px == pytest.approx(dx, abs=0.3)
    difference = cv2.absdiff(piece.picture, REFERENCE[60:115, 80:150])
    assert np.mean(difference) < 4  # twice interpolated
    assert cutting.to_frame is not None
    corner = cutting.to_frame @ (80, 60, 1)
    assert PLACED.anchor is not None
    true = to_frame(Placement(dx, dy, turn, 1), PLACED.anchor) @ (80, 60, 1)
    assert corner == pytest.approx(true, abs=0.5)


def test_a_part_half_out_of_the_frame_is_not_judged() -> None:
    low = RegionOfInterest(name="rim", polygon=((20, 150), (200, 150), (200, 199), (20, 199)))
    wanted = PLACED.model_copy(update={"regions": (INNER, low)})
    assert len(placed(Placement(0, 0, 0, 1), wanted).pieces) == 2
    with pytest.raises(NotPlaced) as caught:
        placed(Placement(0, 12, 0, 1), wanted)
    assert caught.value.reason == "part-outside-frame: rim"


def test_a_missing_part_is_not_judged() -> None:
    assert reason(np.full_like(REFERENCE, 90), PLACED) == "part-not-found"


def test_of_a_whole_frame_what_has_moved_out_is_not_judged() -> None:
    wanted = PLACED.model_copy(update={"regions": ()})
    (piece,) = placed(Placement(20, 0, 0, 1), wanted).pieces
    assert piece.picture.shape == REFERENCE.shape
    assert piece.judged is not None
    assert piece.judged[:, :219].all()
    assert not piece.judged[:, 222:].any()


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 99))
def test_paint_continues_what_is_judged(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    judged = rng.random((height, width)) < rng.random() + 0.01
    judged[rng.integers(height), rng.integers(width)] = True
    picture = rng.integers(0, 255, (height, width, 3), np.uint8)
    picture[judged] = (40, 90, 200)
    before = picture.copy()
    painted = painted_over(picture, judged)
    assert np.array_equal(picture, before)
    assert painted.shape == picture.shape
    assert np.abs(painted.astype(int) - (40, 90, 200)).max() <= 30  # of rounding


@settings(deadline=None)
@given(st.integers(0, 99))
def test_paint_is_made_of_judged_pixels_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    judged = rng.random((90, 130)) < 0.5
    one = rng.integers(0, 255, (90, 130, 3), np.uint8)
    other = np.where(judged[:, :, None], one, rng.integers(0, 255, one.shape, np.uint8))
    assert np.array_equal(painted_over(one, judged), painted_over(other, judged))
