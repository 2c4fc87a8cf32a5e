from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.camera.demo_defects import DEFECTS, paint_defect
from app.camera.demo_part import demo_part
from app.camera.simulated import SimulatedLine
from app.camera.source import CameraLost

SMALL = (320, 256)


def line(seed: int = 1, defects: float = 0.15, size: tuple[int, int] = SMALL) -> SimulatedLine:
    return SimulatedLine(seed=seed, fps=0, defects=defects, size=size)


def test_a_frame_is_the_same_whatever_was_read_before() -> None:
    straight, jumping = line(), line()
    straight.open()
    frames = [straight.read() for _ in range(4)]
    for number in (3, 0, 2, 1):
        image, truth = jumping.picture(number)
        assert np.array_equal(image, frames[number].image)
        assert frames[number].truth is not None
        assert truth.verdict == frames[number].truth.verdict


def test_seeds_and_numbers_give_different_parts() -> None:
    pictures = [line(seed).picture(number)[0] for seed in (1, 2) for number in (0, 1)]
    for index, one in enumerate(pictures):
        assert not any(np.array_equal(one, other) for other in pictures[:index])


def test_a_good_part_does_not_depend_on_the_share_of_defects() -> None:
    good, some = line(defects=0), line(defects=0.5)
    checked = 0
    for number in range(12):
        image, truth = some.picture(number)
        if truth.verdict == "ok":
            assert np.array_equal(image, good.picture(number)[0])
            checked += 1
    assert checked


def test_the_share_of_defects_is_kept_and_every_kind_occurs() -> None:
    some = line(seed=5, defects=0.3, size=(96, 96))
    truths = [some.picture(number)[1] for number in range(400)]
    defective = [truth for truth in truths if truth.verdict == "ng"]
    assert 0.2 < len(defective) / len(truths) < 0.4
    assert {truth.defect for truth in defective} == set(DEFECTS)
    assert len(DEFECTS) >= 6
    assert all(truth.defect == "" and truth.mask is None for truth in truths if truth.mask is None)


@pytest.mark.parametrize("kind", list(DEFECTS))
@pytest.mark.parametrize("size", [0.0, 0.5, 1.0])
def test_a_defect_changes_the_part_where_its_mask_says(kind: str, size: float) -> None:
    part = demo_part(100)
    for seed in range(5):
        canvas, mask = paint_defect(part, kind, np.random.default_rng(seed), size)
        difference = np.abs(canvas.colour.astype(int) - part.colour).max(2)
        changed = (difference > 8) | (canvas.alpha != part.alpha)
        changed &= part.alpha > 127
        assert set(np.unique(mask)) <= {0, 255}
        assert (mask > 0).sum() > 10
        assert (changed & (mask > 0)).sum() > 0.15 * (mask > 0).sum()
        assert (changed & (mask == 0)).sum() < 0.35 * changed.sum()


def test_the_mask_lies_where_the_frame_differs() -> None:
    clean, broken = line(seed=9, defects=0), line(seed=9, defects=1)
    for number in range(10):
        image, truth = broken.picture(number)
        good = clean.picture(number)[0]
        assert truth.mask is not None
        assert truth.mask.shape == image.shape[:2]
        difference = np.abs(image.astype(int) - good).max(2)
        assert difference[truth.mask > 0].mean() > 8
        assert difference[truth.mask == 0].mean() < 1
        assert not truth.mask.flags.writeable


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**40), st.integers(0, 10**6), st.sampled_from([(96, 96), (400, 120)]))
def test_any_seed_number_and_size_can_be_drawn(
    seed: int, number: int, size: tuple[int, int]
) -> None:
    image, truth = line(seed, 1.0, size).picture(number)
    assert image.shape == (size[1], size[0], 3)
    assert truth.verdict == "ng"


def test_the_light_varies_but_nothing_is_burnt_out() -> None:
    means = []
    for number in range(15):
        image, _ = line(defects=0).picture(number)
        means.append(image.mean())
        assert (image >= 255).mean() < 0.01
    assert np.std(means) > 1


def test_wake_ends_a_long_wait() -> None:
    slow = SimulatedLine(fps=0.01, size=SMALL)
    slow.open()
    slow.read()
    slow.wake()
    with pytest.raises(CameraLost):
        slow.read()
    slow.close()
