from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.data import Sample
from model.datasets.collection import read_collection
from model.errors import DatasetError
from model.images import read_image, write_image
from model.training.views import PlainViews
from tests.model.datasets.small_sets import MAKERS, mask, picture


def test_pictures_masks_and_names_as_they_are_on_the_disk(tmp_path: Path) -> None:
    MAKERS["btad"](tmp_path)
    samples = read_collection(tmp_path, "btad").test
    views = PlainViews(samples)
    assert len(views) == len(samples) == 6
    assert views.class_names == ("good", "ko")
    assert views.products == ("01", "01", "01", "03", "03", "03")
    for index, sample in enumerate(samples):
        example = views.view(index, 3)
        assert np.array_equal(example.picture, read_image(sample.path))
        assert example.mask is not None
        assert example.mask.dtype == np.uint8
        assert int(example.mask.sum()) == (64 if sample.is_defective else 0)
        assert (example.is_defective, example.name) == (sample.is_defective, sample.kind)


@pytest.mark.parametrize(
    ("naming", "names"), [("kind", ("good", "dent")), ("product", ("nut",)), ("", ())]
)
def test_classes_are_kinds_or_products_or_nothing(
    tmp_path: Path, naming: str, names: tuple[str, ...]
) -> None:
    file = picture(tmp_path / "1.png")
    samples = [Sample(file, "dent", True, None, "nut"), Sample(file, "good", False, None, "nut")]
    views = PlainViews(samples, naming)
    assert views.class_names == names
    assert views.view(0, 0).name == ("" if not names else names[-1])


def test_the_place_of_a_defect_without_a_mask_is_not_known(tmp_path: Path) -> None:
    file = picture(tmp_path / "1.png")
    assert PlainViews([Sample(file, "dent", True)]).view(0, 0).mask is None


def test_workers_can_take_them_along(tmp_path: Path) -> None:
    views = PlainViews([Sample(picture(tmp_path / "1.png"), "good", False)])
    copy = pickle.loads(pickle.dumps(views))
    assert np.array_equal(copy.view(0, 0).picture, views.view(0, 0).picture)


def test_no_sample_at_all_is_refused() -> None:
    with pytest.raises(DatasetError, match="no image to train with"):
        PlainViews([])


def test_a_mask_of_another_size_names_the_file_and_both_sizes(tmp_path: Path) -> None:
    file, truth = picture(tmp_path / "1.png"), mask(tmp_path / "truth.png", side=64)
    with pytest.raises(DatasetError) as error:
        PlainViews([Sample(file, "dent", True, truth)]).view(0, 0)
    for part in ("truth.png", "1.png", "64 x 64", "32 x 32"):
        assert part in str(error.value)


def test_a_defect_in_the_mask_of_a_good_part_is_refused_and_an_empty_one_passes(
    tmp_path: Path,
) -> None:
    file = picture(tmp_path / "1.png")
    empty = mask(tmp_path / "empty.png", empty=True)
    assert not PlainViews([Sample(file, "good", False, empty)]).view(0, 0).mask.any()
    with pytest.raises(DatasetError, match="counts as good"):
        PlainViews([Sample(file, "good", False, mask(tmp_path / "m.png"))]).view(0, 0)


def test_a_text_named_png_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_text("no picture at all", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"1\.png is damaged or not an image"):
        PlainViews([Sample(tmp_path / "1.png", "good", False)]).view(0, 0)


def colours() -> np.ndarray:
    y, x = np.mgrid[0:40, 0:48]
    return np.stack([5 * x, 6 * y, 120 + 0 * x], axis=2).astype(np.uint8)


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [
        ("CMYK", ".jpg"),
        ("CMYK", ".tif"),
        ("P", ".png"),
        ("RGBA", ".png"),
        ("LA", ".png"),
        ("1", ".png"),
    ],
)
def test_pictures_of_every_mode_are_read_as_pillow_reads_them(
    tmp_path: Path, mode: str, suffix: str
) -> None:
    path = tmp_path / f"1{suffix}"
    Image.fromarray(colours()).convert(mode).save(
        path, **({"quality": 95} if ".j" in suffix else {})
    )
    with Image.open(path) as stored:
        assert stored.mode == mode
        expected = np.asarray(stored.convert("RGB"), np.int16)[:, :, ::-1]
    shown = PlainViews([Sample(path, "good", False)]).view(0, 0).picture.astype(np.int16)
    assert np.abs(shown - expected).max() <= 2


def test_black_ink_of_a_printers_picture_darkens_it(tmp_path: Path) -> None:
    inks = np.zeros((40, 48, 4), np.uint8)
    inks[:, 24:, 3] = 255
    Image.frombytes("CMYK", (48, 40), inks.tobytes()).save(tmp_path / "1.tif")
    shown = PlainViews([Sample(tmp_path / "1.tif", "good", False)]).view(0, 0).picture
    assert (shown[:, :24] == 255).all()
    assert (shown[:, 24:] == 0).all()


def test_sixteen_bits_keep_their_brightness(tmp_path: Path) -> None:
    write_image(tmp_path / "1.png", colours().astype(np.uint16) * 257)
    shown = PlainViews([Sample(tmp_path / "1.png", "good", False)]).view(0, 0).picture
    assert np.array_equal(shown, colours())


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1"])
def test_masks_of_every_mode_mean_the_same(tmp_path: Path, mode: str) -> None:
    truth = np.zeros((32, 32), np.uint8)
    truth[3:9, 5:20] = 255
    Image.fromarray(truth).convert("RGB").convert(mode).save(tmp_path / "m.png")
    sample = Sample(picture(tmp_path / "1.png"), "dent", True, tmp_path / "m.png")
    example = PlainViews([sample]).view(0, 0)
    assert np.array_equal(example.mask, truth // 255)
