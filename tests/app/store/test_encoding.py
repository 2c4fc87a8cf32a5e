from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import StoreError
from app.store.encoding import decode_image, decode_map, encode_image, encode_map

PICTURE = np.random.default_rng(3).integers(0, 255, (37, 53, 3), np.uint8)


def test_a_png_is_exact() -> None:
    assert np.array_equal(decode_image(encode_image(PICTURE, "png")), PICTURE)


def test_colours_keep_their_order_in_both_formats() -> None:
    blue = np.zeros((40, 40, 3), np.uint8)
    blue[:, :, 0] = 200
    for file_format in ("png", "jpg"):
        found = decode_image(encode_image(blue, file_format))  # type: ignore[arg-type]
        assert np.abs(found.astype(int) - blue).max() <= 4


def test_the_formats_are_what_they_say() -> None:
    assert encode_image(PICTURE, "png").startswith(b"\x89PNG")
    assert encode_image(PICTURE, "jpg").startswith(b"\xff\xd8")


@given(
    low=st.floats(-1e3, 1e3, width=32),
    span=st.floats(0, 1e3, width=32),
    seed=st.integers(0, 99),
)
def test_a_map_comes_back_within_half_a_step(low: float, span: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    anomaly_map = (rng.random((9, 7)) * span + low).astype(np.float32)
    data, least, most = encode_map(anomaly_map)
    found = decode_map(data, least, most)
    assert found.dtype == np.float32
    step = (most - least) / 65535
    float_error = np.spacing(np.float32(abs(low) + span)) * 4
    assert np.abs(found - anomaly_map).max() <= step * 0.52 + float_error + 1e-30


def test_a_flat_map() -> None:
    data, low, high = encode_map(np.full((4, 5), 0.25, np.float32))
    assert (low, high) == (0.25, 0.25)
    assert np.array_equal(decode_map(data, low, high), np.full((4, 5), 0.25, np.float32))


def test_a_map_is_a_16_bit_png_of_its_size() -> None:
    data, _, _ = encode_map(np.random.default_rng(0).random((21, 34), np.float32))
    header = data[16:26]  # IHDR: width, height, bit depth, colour type
    assert int.from_bytes(header[:4]) == 34
    assert int.from_bytes(header[4:8]) == 21
    assert tuple(header[8:]) == (16, 0)


@pytest.mark.parametrize("data", [b"", b"nothing", encode_image(PICTURE, "png")[:40]])
def test_damaged_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        decode_image(data)


def test_a_picture_that_cannot_be_written() -> None:
    with pytest.raises(StoreError, match="cannot be made into a file"):
        encode_image(np.zeros((0, 0, 3), np.uint8), "png")
