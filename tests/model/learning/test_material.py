from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data import Sample
from model.errors import DatasetError, ModelError
from model.images import write_image
from model.learning.material import Label, Material, PictureFiles, cut_out


def picture(value: int, height: int = 40, width: int = 50) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    for number, path in enumerate(paths):
        write_image(path, picture(10 * number))
    return paths


def test_files_are_read_when_they_are_asked_for(files: list[Path]) -> None:
    pictures = PictureFiles(files)
    files[3].unlink()
    assert len(pictures) == 4
    assert [int(pictures[number][0, 0, 0]) for number in (0, 2)] == [0, 20]
    assert len(pictures[1:]) == 3
    with pytest.raises(ModelError, match=r"3\.png"):
        pictures[3]


def test_a_window_is_cut_out_of_every_file(files: list[Path]) -> None:
    material = Material(PictureFiles(files, (5, 2, 40, 33)))
    assert material.pictures[0].shape == (33, 40, 3)
    few = material.taken([2, 0])
    assert isinstance(few.pictures, PictureFiles)
    assert few.names == ("3", "1")
    assert few.pictures[0].shape == (33, 40, 3)


@pytest.mark.parametrize("window", [(0, 0, 51, 10), (0, 10, 10, 31), (-1, 0, 9, 9), (0, 0, 0, 9)])
def test_a_window_beyond_the_picture_is_refused(window: tuple[int, int, int, int]) -> None:
    with pytest.raises(DatasetError, match="region"):
        cut_out(picture(1), window, "a.png")


def test_good_ones_are_those_without_a_defect() -> None:
    labels = (Label(), Label(state="bent"), Label("nut"))
    material = Material([picture(n) for n in range(3)], labels, ("a", "b", "c"))
    assert material.good.names == ("a", "c")
    assert [label.name for label in labels] == ["good", "bent", "nut-good"]
    with pytest.raises(DatasetError, match="no good picture"):
        _ = material.taken([1]).good
    with pytest.raises(DatasetError, match="as many labels"):
        Material([picture(0)], labels)


@given(st.integers(2, 60), st.floats(0.05, 0.6), st.integers(1, 5), st.integers(0, 9))
def test_a_split_holds_out_a_share_and_loses_nothing(
    count: int, share: float, least: int, seed: int
) -> None:
    material = Material([picture(0)] * count, seed=seed)
    if max(least, round(share * count)) >= count:
        with pytest.raises(DatasetError, match="too few"):
            material.split(share, least)
        return
    rest, held_out = material.split(share, least)
    assert len(held_out) == max(least, round(share * count))
    assert sorted((*rest.names, *held_out.names), key=int) == list(material.names)
    assert material.split(share, least)[0].names == rest.names


def test_samples_of_a_data_set_keep_their_labels(files: list[Path]) -> None:
    samples = [Sample(files[0], "good", False), Sample(files[1], "bent", True, None, "nut")]
    material = Material.of_samples(samples, seed=4)
    assert [label.name for label in material.labels] == ["good", "nut-bent"]
    assert (material.names, material.seed) == (("0.png", "1.png"), 4)
