"""Pixel figures of resamples from counts, against the exact ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.bench.overlap import made_maps
from model.comparison.pixel_counts import PixelCounts, aupros, counted_pixels, pixel_aurocs
from model.metrics import aupro, pixel_auroc

N, SIDE = 8, 64


@pytest.fixture(scope="module")
def pictures() -> tuple[list[np.ndarray], list[np.ndarray]]:
    masks, maps = made_maps(N, SIDE, seed=4)
    masks[0][:] = 0
    return [mask > 0 for mask in masks], maps


def test_every_picture_once_gives_the_exact_figures(
    pictures: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    masks, maps = pictures
    found = counted_pixels(masks, maps)
    assert found is not None
    once = np.ones((1, N), np.int64)
    assert found.pixel_auroc == pixel_auroc(masks, maps)
    assert found.aupro == aupro(masks, maps)
    assert pixel_aurocs(found, once)[0] == pytest.approx(found.pixel_auroc, abs=2e-4)
    assert aupros(found, once)[0] == pytest.approx(found.aupro, abs=1e-12)


def test_a_resample_is_a_list_with_repeated_pictures(
    pictures: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    masks, maps = pictures
    found = counted_pixels(masks, maps)
    assert found is not None
    times = [1, 0, 3, 1, 0, 2, 1, 0]
    again = [i for i, count in enumerate(times) for _ in range(count)]
    exact = pixel_auroc([masks[i] for i in again], [maps[i] for i in again])
    assert pixel_aurocs(found, np.array([times]))[0] == pytest.approx(exact, abs=3e-4)
    # the thresholds stay those of all pictures, so it is near, not equal
    exact = aupro([masks[i] for i in again], [maps[i] for i in again])
    assert aupros(found, np.array([times]))[0] == pytest.approx(exact, abs=0.02)


def test_pictures_without_a_mask_are_left_out(
    pictures: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    masks, maps = pictures
    some = counted_pixels([*masks[:5], None], maps[:6])
    assert some is not None
    assert some.numbers.tolist() == [0, 1, 2, 3, 4]
    assert some.aupro == aupro(masks[:5], maps[:5])
    assert counted_pixels([None, masks[0]], maps[:2]) is None


def test_a_constant_map_has_no_figures() -> None:
    mask = np.zeros((8, 8), bool)
    mask[:2] = True
    found = counted_pixels([mask], [np.ones((8, 8), np.float32)])
    assert found is not None
    assert np.isnan(found.aupro)
    assert pixel_aurocs(found, np.array([[1]]))[0] == 0.5
    assert np.isnan(aupros(found, np.array([[1]])))[0]


def test_counts_come_back_from_their_file(
    pictures: tuple[list[np.ndarray], list[np.ndarray]], tmp_path: Path
) -> None:
    found = counted_pixels(*pictures)
    assert found is not None
    found.save(tmp_path / "pixels.npz")
    back = PixelCounts.load(tmp_path / "pixels.npz")
    once = np.ones((1, N), np.int64)
    assert pixel_aurocs(back, once) == pixel_aurocs(found, once)
    assert back.aupro == found.aupro
