from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from open_clip.transform import image_transform
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


PICTURES = {
    "RGB": lambda image: image,
    "L": lambda image: image.convert("L"),
    "RGBA": lambda image: image.convert("RGBA"),
}


@pytest.mark.parametrize("mode", PICTURES)
@pytest.mark.parametrize("size", [(37, 91), (91, 37), (64, 64), (31, 30), (200, 3), (48, 17)])
def test_pad_is_the_longest_mode_of_open_clip(mode: str, size: tuple[int, int]) -> None:
    # resized by ResizeKeepRatio(longest=1), padded by CenterCropOrPad; the class ResizeMaxSize
    # of older versions of open_clip is gone, this took its place
    theirs = image_transform(48, is_train=False, resize_mode="longest", fill_color=0)
    values = np.random.default_rng(5).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    picture = PICTURES[mode](Image.fromarray(values))
    ours = Preprocess(48, resize="pad").picture(picture)[0]
    assert torch.allclose(ours, theirs(picture), atol=1e-6)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(8, 64))
def test_pad_keeps_the_ratio_and_stands_in_the_middle(height: int, width: int, size: int) -> None:
    content = Preprocess(size, resize="pad").content(height, width)
    assert max(content.height, content.width) == size
    expected = max(1, size * min(height, width) / max(height, width))
    assert abs(min(content.height, content.width) - expected) <= 0.5
    assert 0 <= size - content.height - 2 * content.top <= 1
    assert 0 <= size - content.width - 2 * content.left <= 1
    assert Preprocess(size).content(height, width) == (0, 0, size, size)


def test_the_fill_is_a_grey_value_of_the_picture() -> None:
    image = np.full((10, 40, 3), 200, np.uint8)
    padded = Preprocess(40, CLIP_MEAN, CLIP_STD, "pad", 77)(image)
    plain = Preprocess(40)
    assert torch.equal(padded[:, :, 0], plain(np.full((40, 40, 3), 77, np.uint8))[:, :, 0])
    assert torch.equal(padded[:, :, 20], plain(np.full((40, 40, 3), 200, np.uint8))[:, :, 20])


@pytest.mark.parametrize("shape", [(20, 60), (60, 20), (60, 60)])
def test_masks_lie_where_the_picture_lies(shape: tuple[int, int]) -> None:
    picture = np.zeros((*shape, 3), np.uint8)
    picture[4:12, 6:18] = 255
    preprocess = Preprocess(60, resize="pad")
    seen = preprocess(picture)[0, 0] > 0
    mask = preprocess.mask(Image.fromarray(picture[:, :, 0]))[0] > 0
    assert mask.sum() == 96
    assert torch.equal(seen, mask)


def test_json_of_padding_and_of_older_versions() -> None:
    padded = Preprocess(240, resize="pad", fill=127)
    assert Preprocess.from_json(padded.to_json()) == padded
    assert set(Preprocess(240).to_json()) == {"size", "mean", "std"}
    assert Preprocess.from_json(Preprocess(240).to_json()).resize == "squash"


@pytest.mark.parametrize("values", [{"resize": "crop"}, {"fill": 256}, {"fill": -1}])
def test_unknown_ways_of_resizing_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=str(next(iter(values)))):
        Preprocess.from_json(Preprocess(240).to_json() | values)
