"""Where a part lies, by its anchor."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.camera.frame import Image
from app.errors import RecipeError
from app.inspection.anchor_search import Method
from app.inspection.placement import Placement, anchor_from, find, to_frame
from app.inspection.recipe_parts import Anchor
from model.opencv import cv2

WIDTH, HEIGHT = 240, 200
BOX = (70, 50, 90, 70)


def reference() -> Image:
    """Return a part with an L-shaped step, holes and some texture."""
    rng = np.random.default_rng(3)
    grain = cv2.GaussianBlur(rng.normal(0, 30, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 2)
    picture = np.repeat((110 + grain)[:, :, None], 3, 2)
    cv2.rectangle(picture, (85, 65), (140, 80), (200, 200, 200), -1)
    cv2.rectangle(picture, (85, 65), (98, 110), (200, 200, 200), -1)
    cv2.circle(picture, (130, 102), 9, (40, 40, 40), -1)
    return np.clip(picture, 0, 255).astype(np.uint8)


REFERENCE = reference()
METHODS: tuple[Method, ...] = ("template", "edge")
ANCHORS = {method: anchor_from(REFERENCE, BOX, method) for method in METHODS}


def moved(placement: Placement, anchor: Anchor, light: float = 1.0, seed: int = 0) -> Image:
    size, border = (WIDTH, HEIGHT), cv2.BORDER_REPLICATE
    matrix = to_frame(placement, anchor)
    shown = cv2.warpAffine(REFERENCE, matrix, size, flags=cv2.INTER_CUBIC, borderMode=border)
    noise = np.random.default_rng(seed).normal(0, 3, shown.shape)
    return np.asarray(np.clip(shown * light + noise, 0, 255), np.uint8)


@settings(max_examples=40, deadline=None)
@given(
    dx=st.floats(-50, 50),
    dy=st.floats(-40, 40),
    turn=st.floats(-5, 5),
    light=st.floats(0.7, 1.2),
    method=st.sampled_from(METHODS),
)
def test_a_shifted_and_turned_part_is_found(
    dx: float, dy: float, turn: float, light: float, method: Method
) -> None:
    anchor = ANCHORS[method]
    found = find(moved(Placement(dx, dy, turn, 1), anchor, light), anchor)
    assert found is not None
    assert math.hypot(found.dx_px - dx, found.dy_px - dy) < 0.5
    assert abs(found.turn_deg - turn) < 0.3
    assert anchor.least_match <= found.match <= 1.001


@pytest.mark.parametrize("turn", [-170.0, -90.0, 33.0, 180.0])
def test_a_part_may_lie_any_way_round(turn: float) -> None:
    anchor = ANCHORS["template"].model_copy(update={"max_turn_deg": 180.0})
    found = find(moved(Placement(7, -9, turn, 1), anchor), anchor)
    assert found is not None
    assert abs((found.turn_deg - turn + 180) % 360 - 180) < 0.3
    assert math.hypot(found.dx_px - 7, found.dy_px + 9) < 0.5


@pytest.mark.parametrize("method", METHODS)
def test_another_picture_is_not_the_part(method: Method) -> None:
    anchor = ANCHORS[method].model_copy(update={"least_match": 0.8})
    rng = np.random.default_rng(9)
    for picture in (
        np.full((HEIGHT, WIDTH, 3), 120, np.uint8),
        rng.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8),
        np.zeros((20, 20, 3), np.uint8),
        REFERENCE[:, ::-1].copy(),
    ):
        assert find(picture, anchor) is None


def test_a_part_beyond_the_reach_is_not_found() -> None:
    anchor = ANCHORS["template"].model_copy(update={"reach_px": 10, "max_turn_deg": 2.0})
    assert find(moved(Placement(8, 0, 0, 1), anchor), anchor) is not None
    assert find(moved(Placement(30, 0, 0, 1), anchor), anchor) is None
    assert find(moved(Placement(0, 0, 12, 1), anchor), anchor) is None


def test_a_twin_leaves_the_part_unplaced() -> None:
    anchor = anchor_from(REFERENCE, (85, 65, 60, 50), "template")
    twins = np.hstack([REFERENCE, REFERENCE[:, 60:]])
    near = anchor.model_copy(update={"reach_px": 40})
    far = anchor.model_copy(update={"reach_px": 200})
    assert find(twins, near) is not None
    assert find(twins, far) is None


@pytest.mark.parametrize(
    ("box", "says"),
    [
        ((5, 5, 4, 20), "at least 8 pixels"),
        ((-1, 5, 20, 20), "inside the picture"),
        ((200, 5, 60, 20), "inside the picture"),
        ((0, 0, 30, 30), "nothing that can be found"),
        ((60, 120, 60, 40), "around something unique"),
    ],
)
def test_what_is_no_anchor_is_refused(box: tuple[int, int, int, int], says: str) -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    picture[110:, ::16] = 200  # a grating: the same every 16 pixels
    picture[110:, 1::16] = 200
    with pytest.raises(RecipeError, match=says):
        anchor_from(picture, box)


def test_a_round_hole_does_not_say_how_the_part_is_turned() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 150, np.uint8)
    cv2.circle(picture, (120, 100), 20, (30, 30, 30), -1)
    anchor = anchor_from(picture, (90, 70, 61, 61))
    assert anchor.max_turn_deg == 0
    found = find(np.roll(picture, (4, -6), (0, 1)), anchor)
    assert found is not None
    assert (found.dx_px, found.dy_px, found.turn_deg) == pytest.approx((-6, 4, 0), abs=0.1)


@pytest.mark.parametrize("picture", ["no base64!", "aGVsbG8gd29ybGQ=", ""])
def test_a_damaged_anchor_is_a_sentence(picture: str) -> None:
    anchor = ANCHORS["edge"].model_copy(update={"picture": picture})
    with pytest.raises(RecipeError, match="draw it anew"):
        find(REFERENCE, anchor)


@given(st.floats(-40, 40), st.floats(-40, 40), st.floats(-180, 180))
def test_the_map_keeps_lengths_and_moves_the_anchor(dx: float, dy: float, turn: float) -> None:
    matrix = to_frame(Placement(dx, dy, turn, 1), ANCHORS["edge"])
    x, y, width, height = BOX
    middle = np.array([x + (width - 1) / 2, y + (height - 1) / 2])
    assert matrix @ (*middle, 1) == pytest.approx(middle + np.array([dx, dy]))
    assert matrix[:, :2] @ matrix[:, :2].T == pytest.approx(np.eye(2), abs=1e-9)
