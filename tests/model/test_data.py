from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.data import good_images, image_files, images_at, read_mask, read_test_set
from model.errors import DatasetError
from model.images import write_image
from tests.shared_data import data_root, golden


def make(path: Path, value: int = 100, size: tuple[int, int] = (40, 60)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_image(path, np.full(size, value, np.uint8))
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in (1, 2, 10):
        make(tmp_path / "train" / "good" / f"{number}.png")
    make(tmp_path / "test" / "good" / "000.png")
    make(tmp_path / "test" / "scratch" / "000.png")
    make(tmp_path / "test" / "scratch" / "001.jpg")
    make(tmp_path / "test" / "dent" / "000.png")
    mask = np.zeros((40, 60), np.uint8)
    mask[:20] = 1
    (tmp_path / "ground_truth" / "scratch").mkdir(parents=True)
    write_image(tmp_path / "ground_truth" / "scratch" / "000_mask.png", mask)
    write_image(tmp_path / "ground_truth" / "scratch" / "001.png", mask)
    return tmp_path


def test_the_test_part_with_kinds_and_both_names_of_masks(root: Path) -> None:
    samples = read_test_set(root)
    found = [(s.kind, s.is_defective, s.mask.name if s.mask else None) for s in samples]
    assert found == [
        ("dent", True, None),
        ("good", False, None),
        ("scratch", True, "000_mask.png"),
        ("scratch", True, "001.png"),
    ]


def test_masks_are_resized_and_good_parts_have_an_empty_one(root: Path) -> None:
    dent, good, scratch, _ = read_test_set(root)
    assert not read_mask(good, 24).any()
    mask = read_mask(scratch, 24)
    assert mask[:12].all()
    assert not mask[12:].any()
    with pytest.raises(DatasetError, match="no mask"):
        read_mask(dent, 24)


def test_a_missing_mask_names_the_image(root: Path) -> None:
    make(root / "test" / "scratch" / "002.png")
    with pytest.raises(DatasetError, match=r"002\.png has no mask"):
        read_test_set(root)


def test_good_images_of_a_data_set_of_a_good_folder_and_of_a_plain_folder(root: Path) -> None:
    names = ["1.png", "2.png", "10.png"]
    assert [path.name for path in good_images(root)] == names
    assert [path.name for path in good_images(root / "train")] == names
    assert [path.name for path in good_images(root / "train" / "good")] == names


def test_plain_folder_leaves_out_other_files(tmp_path: Path) -> None:
    make(tmp_path / "b.PNG")
    make(tmp_path / "a.bmp")
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    (tmp_path / ".hidden.png").write_bytes(b"")
    assert [path.name for path in image_files(tmp_path)] == ["a.bmp", "b.PNG"]
    assert images_at(tmp_path / "a.bmp") == (tmp_path / "a.bmp",)
    assert len(images_at(tmp_path)) == 2


def test_missing_and_empty_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="Cannot read the folder"):
        image_files(tmp_path / "none")
    with pytest.raises(DatasetError, match="No image in"):
        image_files(tmp_path)
    with pytest.raises(DatasetError, match="no folder 'test'"):
        read_test_set(tmp_path)
    (tmp_path / "test" / "good").mkdir(parents=True)
    with pytest.raises(DatasetError, match="No image"):
        read_test_set(tmp_path)


def test_masks_are_those_of_the_reference() -> None:
    samples = {sample.path.name: sample for sample in read_test_set(golden("minids") / "01")}
    with np.load(golden("preprocess.npz")) as file:
        for index in range(5):
            # (1, 70, 70) in [0, 1], cut at one half by the scripts of the reference
            expected = file[f"s70_{index}_mask"][0] > 0.5
            name = str(file[f"{index}_path"]).rsplit("/", 1)[-1]
            assert np.array_equal(read_mask(samples[name], 70), expected)


def test_a_mask_of_another_size_names_both_files_and_sizes(root: Path) -> None:
    scratch = read_test_set(root)[2]
    write_image(scratch.mask, np.zeros((50, 70), np.uint8))
    with pytest.raises(DatasetError) as error:
        read_mask(scratch, 24)
    for part in (str(scratch.mask), str(scratch.path), "70 x 50", "60 x 40"):
        assert part in str(error.value)


def test_a_good_part_may_have_an_empty_mask_and_no_other(root: Path) -> None:
    good = replace(read_test_set(root)[1], mask=root / "mask.png")
    make(root / "mask.png", 0)
    assert not read_mask(good, 24).any()
    make(root / "mask.png", 1)
    with pytest.raises(DatasetError, match="counts as good"):
        read_mask(good, 24)


@pytest.mark.parametrize("content", [b"", b"a text", b"\x89PNG\r\n\x1a\n"])
def test_an_image_without_a_header_is_refused_with_its_mask(root: Path, content: bytes) -> None:
    scratch = read_test_set(root)[2]
    scratch.path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"000\.png is damaged or not an image"):
        read_mask(scratch, 24)


def test_the_real_sets_are_read() -> None:
    tiles = read_test_set(data_root("magnetic_tile"))
    assert sum(not s.is_defective for s in tiles) == 206
    assert sum(s.mask is not None for s in tiles) == 386
    cookies = read_test_set(data_root("cookies"))
    assert sum(s.is_defective and s.mask is None for s in cookies) == 8
