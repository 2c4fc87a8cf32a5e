from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.camera.demo_scene import draw_pose
from app.camera.frame import Image
from app.camera.simulated import SimulatedLine
from app.inspection.optics import measure
from model.opencv import cv2


def crop(image: Image, region: tuple[int, int, int, int]) -> Image:
    x, y, width, height = region
    return np.ascontiguousarray(image[y : y + height, x : x + width])


def part_on_ground(x: float, y: float, part: int = 200, ground: int = 40) -> Image:
    """A disc with a hole, its middle x right of and y below the middle of a 400x300 picture."""
    image = np.full((300, 400, 3), ground, np.uint8)
    at = (round((200 + x - 0.5) * 16), round((150 + y - 0.5) * 16))
    for radius, grey in ((80, part), (20, ground)):
        cv2.circle(image, at, radius * 16, (grey,) * 3, cv2.FILLED, cv2.LINE_AA, shift=4)
    return image


@settings(max_examples=30, deadline=None)
@given(
    x=st.floats(-90, 90),
    y=st.floats(-50, 50),
    greys=st.sampled_from([(200, 40), (40, 200), (90, 60)]),
)
def test_the_place_of_a_part_is_found(x: float, y: float, greys: tuple[int, int]) -> None:
    found = measure(part_on_ground(x, y, *greys))
    assert found.shift_x == pytest.approx(x, abs=1.0)
    assert found.shift_y == pytest.approx(y, abs=1.0)


def test_a_speck_on_the_ground_does_not_move_the_part() -> None:
    image = part_on_ground(5, -3)
    image[10:22, 370:385] = 255
    found = measure(image)
    assert found.shift_x == pytest.approx(5, abs=1.5)
    assert found.shift_y == pytest.approx(-3, abs=1.5)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_empty_picture_has_no_place(grey: int) -> None:
    found = measure(np.full((64, 96, 3), grey, np.uint8))
    assert (found.shift_x, found.shift_y) == (0.0, 0.0)
    assert found.brightness == grey
    assert found.sharpness == 0.0
    assert (found.colour_a, found.colour_b) == (0.0, 0.0)


def test_sensor_noise_alone_has_no_place() -> None:
    noise = np.random.default_rng(1).normal(90, 3, (400, 600, 3))
    found = measure(noise.astype(np.uint8))
    assert (found.shift_x, found.shift_y) == (0.0, 0.0)


def test_texture_without_a_part_stays_near_the_middle() -> None:
    rng = np.random.default_rng(2)
    coarse = rng.integers(0, 255, (30, 40, 3), np.uint8)
    found = measure(cv2.resize(coarse, (800, 600), interpolation=cv2.INTER_NEAREST))
    assert abs(found.shift_x) < 100
    assert abs(found.shift_y) < 100


@pytest.mark.parametrize(("region", "precision"), [((100, 36, 440, 440), 1.0), (None, 4.0)])
def test_the_pose_on_the_demo_line_is_found(
    region: tuple[int, int, int, int] | None, precision: float
) -> None:
    """In the demo recipe's region, and less exactly with the rails of the belt in sight."""
    line = SimulatedLine(seed=5, size=(640, 512), defects=0)
    line.open()
    errors = []
    for number in range(20):
        rng = np.random.default_rng((5, number))
        rng.random()
        pose = draw_pose(rng, 0.5)
        found = measure(crop(line.picture(number)[0], region or (0, 0, 640, 512)))
        errors.append((found.shift_x - pose.shift[0], found.shift_y - pose.shift[1]))
    # whatever the part looks like adds a constant, which the baseline takes up
    assert np.abs(np.asarray(errors) - np.median(errors, axis=0)).max() < precision


def test_each_figure_answers_to_its_own_fault() -> None:
    line = SimulatedLine(seed=5, size=(1280, 1024), defects=0)
    line.open()
    whole = line.picture(0)[0]
    image = crop(whole, (200, 72, 880, 880))
    before = measure(image)
    blurred = measure(cv2.GaussianBlur(image, (0, 0), 1.5))
    assert blurred.sharpness < 0.6 * before.sharpness
    assert blurred.brightness == pytest.approx(before.brightness, abs=0.5)
    assert blurred.shift_x == pytest.approx(before.shift_x, abs=1)
    dark = measure(cv2.convertScaleAbs(image, alpha=0.8))
    assert dark.brightness == pytest.approx(0.8 * before.brightness, rel=0.01)
    assert dark.shift_x == pytest.approx(before.shift_x, abs=1)
    yellow = measure(cv2.multiply(image, (0.8, 1.0, 1.0, 0.0)))
    assert yellow.colour_b > before.colour_b + 3
    moved = measure(crop(whole, (220, 60, 880, 880)))
    assert moved.shift_x - before.shift_x == pytest.approx(-20, abs=1)
    assert moved.shift_y - before.shift_y == pytest.approx(12, abs=1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (3, 2000), (641, 1279)])
def test_every_size_can_be_measured(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(3).integers(0, 255, (*shape, 3), np.uint8)
    found = measure(image)
    assert np.isfinite([found.brightness, found.sharpness, found.shift_x, found.shift_y]).all()
    assert found.brightness == pytest.approx(image.mean(), abs=40)
