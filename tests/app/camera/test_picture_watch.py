from __future__ import annotations

import numpy as np

from app.camera.picture_watch import BLACK_AFTER_S, FROZEN_AFTER_S, PictureWatch


def noisy(seed: int, level: int = 120) -> np.ndarray:
    spread = np.random.default_rng(seed).integers(-2, 3, (64, 64, 3))
    return np.clip(spread + level, 0, 255).astype(np.uint8)


def test_good_pictures_are_good() -> None:
    watch = PictureWatch()
    assert {watch.look(noisy(n), n * 0.1) for n in range(100)} == {""}


def test_black_is_noticed_after_a_moment_and_cleared_at_once() -> None:
    watch = PictureWatch()
    assert watch.look(noisy(0, 2), 0.0) == ""
    assert watch.look(noisy(1, 2), BLACK_AFTER_S / 2) == ""
    assert watch.look(noisy(2, 2), BLACK_AFTER_S) == "black"
    assert watch.look(noisy(3), BLACK_AFTER_S + 0.1) == ""


def test_dark_pictures_between_flashes_are_no_fault() -> None:
    watch = PictureWatch()
    levels = [120 if n % 2 else 2 for n in range(100)]
    assert {watch.look(noisy(n, level), n * 0.2) for n, level in enumerate(levels)} == {""}


def test_a_dark_picture_with_a_part_in_it_is_not_black() -> None:
    watch = PictureWatch()
    for n in range(20):
        image = noisy(n, 4)
        image[10:30, 10:30] = 90
        assert watch.look(image, n * 0.1) == ""


def test_frozen_is_noticed_and_cleared_by_the_next_new_picture() -> None:
    watch = PictureWatch()
    stuck = noisy(0)
    found = [watch.look(stuck, n * 0.1) for n in range(40)]
    assert found.index("frozen") == round(FROZEN_AFTER_S / 0.1)
    assert watch.look(noisy(1), 4.1) == ""


def test_the_picture_may_change_its_size() -> None:
    watch = PictureWatch()
    watch.look(noisy(0), 0.0)
    assert watch.look(np.full((32, 48, 3), 99, np.uint8), 5.0) == ""
