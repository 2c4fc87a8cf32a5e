from __future__ import annotations

import contextlib
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.camera.folder import FolderSource, read_picture
from app.camera.frame import Frame
from app.camera.source import CameraLost, CameraNotFound, EndOfFrames, UnreadableFrame
from model.opencv import cv2


def save(path: Path, value: int = 100, dtype: type = np.uint8) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    ok, code = cv2.imencode(path.suffix, np.full((32, 40, 3), value, dtype))
    assert ok
    path.write_bytes(code.tobytes())


def opened(folder: Path, **options: object) -> FolderSource:
    source = FolderSource(folder, **options)  # type: ignore[arg-type]
    source.open()
    return source


def read_all(source: FolderSource) -> list[Frame]:
    frames = []
    try:
        while True:
            frames.append(source.read())
    except EndOfFrames:
        source.close()
        return frames


def test_images_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for index, name in enumerate(["b/2.png", "a/1.jpg", "b/1.bmp", "부품/하나.png"]):
        save(tmp_path / name, 10 * index)
    (tmp_path / "notes.txt").write_text("no image", encoding="utf-8")
    frames = read_all(opened(tmp_path))
    names = [Path(frame.source).relative_to(tmp_path).as_posix() for frame in frames]
    assert names == ["a/1.jpg", "b/1.bmp", "b/2.png", "부품/하나.png"]
    assert [frame.number for frame in frames] == [0, 1, 2, 3]
    assert all(frame.truth is None for frame in frames)


def test_a_loop_goes_on_counting(tmp_path: Path) -> None:
    save(tmp_path / "one.png")
    save(tmp_path / "two.png")
    source = opened(tmp_path, loop=True)
    assert [source.read().number for _ in range(5)] == [0, 1, 2, 3, 4]
    source.close()


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "gone"])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif"])
def test_a_damaged_image_is_loud_and_the_rest_follows(
    tmp_path: Path, damage: str, suffix: str
) -> None:
    for name in ("1", "2", "3"):
        save(tmp_path / f"{name}{suffix}")
    second = tmp_path / f"2{suffix}"
    source = opened(tmp_path)
    whole = second.read_bytes()
    contents = {"cut": whole[: len(whole) // 2], "empty": b"", "text": b"not an image"}
    second.unlink()
    if damage in contents:
        second.write_bytes(contents[damage])
    assert source.read().number == 0
    with pytest.raises(UnreadableFrame, match=second.name):
        source.read()
    assert source.read().number == 2
    with pytest.raises(EndOfFrames):
        source.read()


@pytest.mark.parametrize("name", ["missing", "empty", "file.png"])
def test_a_folder_that_cannot_be_used_is_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    save(tmp_path / "file.png")
    with pytest.raises(CameraNotFound, match=name):
        FolderSource(tmp_path / name).open()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([".png", ".jpg", ".bmp", ".tif"]), st.data())
def test_no_damage_is_more_than_an_unreadable_frame(suffix: str, data: st.DataObject) -> None:
    whole = cv2.imencode(suffix, np.full((16, 16, 3), 90, np.uint8))[1].tobytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    damage = data.draw(st.binary(min_size=1, max_size=8))
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"part{suffix}"
        path.write_bytes(whole[:at] + damage + whole[at + len(damage) :])
        with contextlib.suppress(UnreadableFrame):  # any other exception fails
            assert read_picture(path).shape[2] == 3


def test_any_depth_becomes_eight_bit_colour(tmp_path: Path) -> None:
    grey16 = np.full((20, 30), 0x8000, np.uint16)
    (tmp_path / "deep.png").write_bytes(cv2.imencode(".png", grey16)[1].tobytes())
    alpha = np.full((20, 30, 4), (10, 20, 30, 0), np.uint8)
    (tmp_path / "alpha.png").write_bytes(cv2.imencode(".png", alpha)[1].tobytes())
    assert np.array_equal(read_picture(tmp_path / "alpha.png"), alpha[:, :, :3])
    deep = read_picture(tmp_path / "deep.png")
    assert deep.dtype == np.uint8
    assert deep.shape == (20, 30, 3)
    assert abs(int(deep[0, 0, 0]) - 128) <= 1


def test_a_labelled_tree_carries_its_truth(tmp_path: Path) -> None:
    save(tmp_path / "test/good/1.png")
    save(tmp_path / "test/scratch/1.png")
    save(tmp_path / "test/scratch/2.png")
    save(tmp_path / "ground_truth/scratch/1_mask.png", 255)
    good, scratch, unmasked = read_all(opened(tmp_path))
    assert good.truth is not None
    assert good.truth.verdict == "ok"
    assert scratch.truth is not None
    assert (scratch.truth.verdict, scratch.truth.defect) == ("ng", "scratch")
    assert scratch.truth.mask is not None
    assert scratch.truth.mask.shape == (32, 40)
    assert scratch.truth.mask.min() == 255
    assert unmasked.truth is not None
    assert unmasked.truth.mask is None


def test_a_closed_folder_gives_nothing(tmp_path: Path) -> None:
    save(tmp_path / "1.png")
    source = opened(tmp_path)
    source.close()
    with pytest.raises(CameraLost):
        source.read()
