from __future__ import annotations

from pathlib import Path

import pytest

from model.datasets.collection import read_collection
from model.errors import DatasetError
from tests.model.datasets.small_sets import mask, picture


def kinds(root: Path) -> list[tuple[str, str, str | None]]:
    found = read_collection(root)
    assert found.train == ()
    return [
        (one.kind, one.path.name, one.mask.name if one.mask is not None else None)
        for one in found.test
    ]


@pytest.mark.parametrize(
    ("good", "bad"), [("ok", "ng"), ("good", "bad"), ("normal", "defective"), ("OK", "NG")]
)
def test_two_folders_are_a_data_set(tmp_path: Path, good: str, bad: str) -> None:
    picture(tmp_path / good / "2.png")
    picture(tmp_path / good / "10.png")
    picture(tmp_path / bad / "1.png")
    assert sorted(kinds(tmp_path)) == sorted(
        [(bad, "1.png", None), ("good", "2.png", None), ("good", "10.png", None)]
    )
    assert read_collection(tmp_path).products == (tmp_path.name,)


@pytest.mark.parametrize(
    "where", ["masks/ng/scratch", "masks/scratch", "masks/ng", "masks", "ng/masks", "ground_truth"]
)
def test_masks_are_found_where_people_put_them(tmp_path: Path, where: str) -> None:
    picture(tmp_path / "ok" / "1.png")
    picture(tmp_path / "ng" / "scratch" / "1.png")
    picture(tmp_path / "ng" / "dent" / "2.png")
    mask(tmp_path / where / "1_mask.png")
    assert kinds(tmp_path) == [
        ("dent", "2.png", None),
        ("scratch", "1.png", "1_mask.png"),
        ("good", "1.png", "1_mask.png" if where in ("masks", "ground_truth") else None),
    ]


def test_shared_masks_are_never_paired_by_their_place(tmp_path: Path) -> None:
    picture(tmp_path / "ok" / "1.png")
    picture(tmp_path / "ng" / "scratch" / "1.png")
    picture(tmp_path / "ng" / "dent" / "2.png")
    mask(tmp_path / "masks" / "x.png")
    assert all(one[2] is None for one in kinds(tmp_path))


def test_loose_images_in_ng_and_kinds_beside_each_other(tmp_path: Path) -> None:
    picture(tmp_path / "ng" / "1.png")
    picture(tmp_path / "ng" / "dent" / "2.png")
    picture(tmp_path / "good" / "3.png")
    picture(tmp_path / "crack" / "4.png")
    (tmp_path / "notes").mkdir()
    assert sorted(name for name, _, _ in kinds(tmp_path)) == ["crack", "dent", "good", "ng"]


def test_several_products_each_with_its_two_folders(tmp_path: Path) -> None:
    for product in ("nut", "bolt"):
        picture(tmp_path / product / "ok" / "1.png")
        picture(tmp_path / product / "ng" / "1.png")
    assert read_collection(tmp_path).products == ("bolt", "nut")


def test_only_good_pictures_are_a_data_set_too(tmp_path: Path) -> None:
    picture(tmp_path / "ok" / "1.png")
    assert kinds(tmp_path) == [("good", "1.png", None)]


@pytest.mark.parametrize("empty", ["ok", "ng"])
def test_an_empty_folder_is_refused(tmp_path: Path, empty: str) -> None:
    picture(tmp_path / ("ng" if empty == "ok" else "ok") / "1.png")
    (tmp_path / empty).mkdir()
    with pytest.raises(DatasetError, match=f"{empty} holds no image"):
        read_collection(tmp_path)


def test_a_folder_of_anything_else_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "1.png")
    with pytest.raises(DatasetError, match="no data set in a known form"):
        read_collection(tmp_path)
    with pytest.raises(DatasetError, match="There is no folder"):
        read_collection(tmp_path / "none")


def test_masks_beside_their_images_are_masks_and_no_images(tmp_path: Path) -> None:
    picture(tmp_path / "ok" / "1.png")
    picture(tmp_path / "ng" / "2.png")
    picture(tmp_path / "ng" / "3_mask.png")
    mask(tmp_path / "ng" / "2_mask.png")
    assert kinds(tmp_path) == [
        ("ng", "2.png", "2_mask.png"),
        ("ng", "3_mask.png", None),
        ("good", "1.png", None),
    ]
