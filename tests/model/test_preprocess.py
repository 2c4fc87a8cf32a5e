from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from model.preprocess import CLIP_MEAN, CLIP_STD, Preprocess
from tests.model.golden_clip import load_arrays, weights_by_name
from tests.shared_data import golden


@pytest.mark.parametrize("index", range(5))
def test_pictures_and_masks_of_every_mode_are_those_of_the_reference(index: int) -> None:
    expected = load_arrays(golden("preprocess.npz"))
    stats = weights_by_name().stats
    path = str(expected[f"{index}_path"])
    mask_file = golden("minids") / path.replace("/test/", "/ground_truth/")
    for size in (70, 518):
        preprocess = Preprocess(size)
        with Image.open(golden("minids") / path) as picture:
            tensor = preprocess.picture(picture)[0]
        assert np.allclose(stats(tensor.numpy()), expected[f"s{size}_{index}_stats"], atol=1e-6)
        if size == 70:
            assert torch.equal(tensor, torch.from_numpy(expected[f"s70_{index}_img"]))
        if mask_file.is_file():
            with Image.open(mask_file) as picture:
                share = preprocess.mask_share(picture)
                mask = preprocess.mask(picture)
            found = stats(share.numpy())
            assert np.allclose(found, expected[f"s{size}_{index}_maskstats"], atol=1e-6)
            assert torch.equal(mask, (share > 0.5).float())
            if size == 70:
                assert torch.equal(share, torch.from_numpy(expected[f"s70_{index}_mask"]))


def test_the_mini_data_set_has_the_awkward_modes() -> None:
    modes = set()
    for path in sorted(golden("minids").glob("*/test/*/*.png")):
        with Image.open(path) as picture:
            modes.add(picture.mode)
    assert {"RGB", "L", "P", "RGBA"} <= modes


@given(
    arrays.arrays(
        np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3)), fill=st.just(7)
    ),
    st.integers(4, 32),
)
def test_an_array_gives_the_same_as_its_picture(image: np.ndarray, size: int) -> None:
    preprocess = Preprocess(size)
    tensor = preprocess(image)
    assert tensor.shape == (1, 3, size, size)
    assert tensor.dtype == torch.float32
    assert torch.equal(tensor, preprocess.picture(Image.fromarray(image[:, :, ::-1].copy())))


def test_blue_first_in_red_first_out() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    image[:, :, 0] = 255
    red, green, blue = Preprocess(8)(image)[0, :, 4, 4].tolist()
    assert blue == pytest.approx((1 - CLIP_MEAN[2]) / CLIP_STD[2], abs=1e-6)
    assert green == pytest.approx(-CLIP_MEAN[1] / CLIP_STD[1], abs=1e-6)
    assert red == pytest.approx(-CLIP_MEAN[0] / CLIP_STD[0], abs=1e-6)


def test_json_round_trip() -> None:
    preprocess = Preprocess(240, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    assert Preprocess.from_json(preprocess.to_json()) == preprocess


def test_two_means_are_refused() -> None:
    with pytest.raises(ValueError, match="three values"):
        Preprocess.from_json({"size": 240, "mean": [0, 0], "std": [1, 1, 1]})
