from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.errors import DatasetError, ModelError
from model.images import check_size, read_image, to_bgr, write_image
from model.opencv import cv2


def picture(height: int = 40, width: int = 50) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_bgr_passes_unchanged() -> None:
    image = picture()
    assert np.array_equal(to_bgr(image), image)


@pytest.mark.parametrize("shape", [(40, 50), (40, 50, 1)])
def test_grey_fills_three_channels(shape: tuple[int, ...]) -> None:
    grey = np.arange(2000, dtype=np.uint16).reshape(shape).astype(np.uint8)
    out = to_bgr(grey)
    assert out.shape == (40, 50, 3)
    assert all(np.array_equal(out[:, :, channel], grey.reshape(40, 50)) for channel in range(3))


def test_alpha_is_dropped_and_order_kept() -> None:
    image = np.dstack([picture(), np.zeros((40, 50), np.uint8)])
    assert np.array_equal(to_bgr(image), image[:, :, :3])


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bit_is_scaled_by_its_full_range_and_never_by_the_picture(channels: int) -> None:
    values = np.zeros((40, 50, channels), np.uint16)
    values[0, 0], values[0, 1], values[0, 2] = 65535, 257 * 100, 200
    out = to_bgr(values)
    assert out.dtype == np.uint8
    assert out[0, :3, 0].tolist() == [255, 100, 1]


@pytest.mark.parametrize(
    "image",
    [np.zeros((40, 50, 3), np.float32), np.zeros((40, 50, 2), np.uint8), np.zeros(40, np.uint8)],
)
def test_other_formats_are_refused_in_a_sentence(image: np.ndarray) -> None:
    with pytest.raises(ModelError, match="needed"):
        to_bgr(image)


@pytest.mark.parametrize(("height", "width"), [(31, 100), (100, 31), (8193, 40), (40, 8193)])
def test_sides_outside_the_range_are_refused(height: int, width: int) -> None:
    with pytest.raises(ModelError, match="between 32 and 8192"):
        check_size(np.zeros((height, width), np.uint8))


def test_limits_of_the_range_pass() -> None:
    check_size(np.zeros((32, 8192), np.uint8))


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".webp"])
def test_round_trip_with_a_korean_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"검사 부품{suffix}"
    write_image(path, picture())
    got = read_image(path)
    assert got.shape == (40, 50, 3)
    if suffix != ".webp":
        assert np.array_equal(got, picture())
    assert list(tmp_path.iterdir()) == [path]


def test_jpeg_quality_is_used(tmp_path: Path) -> None:
    write_image(tmp_path / "low.jpg", picture(), jpeg_quality=10)
    write_image(tmp_path / "high.jpg", picture(), jpeg_quality=95)
    assert (tmp_path / "low.jpg").stat().st_size < (tmp_path / "high.jpg").stat().st_size


def test_sixteen_bit_png_file(tmp_path: Path) -> None:
    write_image(tmp_path / "deep.png", np.full((40, 50), 257 * 7, np.uint16))
    assert np.unique(read_image(tmp_path / "deep.png")).tolist() == [7]


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_cut_off_file_is_refused_although_opencv_reads_it(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cut{suffix}"
    write_image(path, cv2.resize(picture(), (400, 400)))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    with pytest.raises(DatasetError, match=path.name):
        read_image(path)


def test_bytes_after_the_end_of_a_jpeg_pass(tmp_path: Path) -> None:
    path = tmp_path / "trailer.jpg"
    write_image(path, picture())
    path.write_bytes(path.read_bytes() + b"trailer of a camera")
    assert read_image(path).shape == (40, 50, 3)


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n"])
def test_rubbish_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.png").write_bytes(content)
    with pytest.raises(DatasetError, match=r"bad\.png"):
        read_image(tmp_path / "bad.png")


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="Cannot read the image"):
        read_image(tmp_path / "none.png")
    with pytest.raises(DatasetError, match="Cannot write"):
        write_image(tmp_path / "none" / "a.png", picture())
    with pytest.raises(DatasetError, match="unknown image format"):
        write_image(tmp_path / "a.xyz", picture())


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    write_image(path, picture())
    before = path.read_bytes()

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DatasetError, match="No space left"):
        write_image(path, 255 - picture())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
