"""Arrays to QImage. Every picture owns its memory, so no array can vanish under it.

Colour table: cividis (Nunez, Anderton, Renslow 2018, PLoS ONE 13(7) e0199239), which reads
the same with and without colour blindness and rises evenly in lightness.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from PyQt5 import sip
from PyQt5.QtCore import QRectF
from PyQt5.QtGui import QImage, QPainter

Pixels = npt.NDArray[np.uint8]

# Every eighth entry of the table of 256, and the last: 33 times RRGGBB.
_CIVIDIS = (
    "00224e00285b002e6a0533711a386f273e6e32436d3b496c434e6c4b546c535a6d"
    "5a5f6e61656f686a716f70737676767d7c788482798c8878938e789b9476a39a74"
    "aba072b4a76fbcae6cc4b468cdbb63d5c25edec958e7d150f0d846f9e03afee838"
)

# Heat up to here is not drawn (0 typical, 255 the limit): a good part shows the plain picture.
FIRST_VISIBLE = 128
_MOST_OPAQUE = 200


def base_image(image: npt.NDArray[np.uint8]) -> QImage:
    """Return a picture of (H, W, 3) uint8 BGR or (H, W) uint8 grey.

    Raises:
        ValueError: Another shape or type.
    """
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or image.size == 0:
        raise ValueError(f"need a filled uint8 picture, not {image.dtype} {image.shape}")
    pixels = np.ascontiguousarray(image)
    height, width = pixels.shape[:2]
    if pixels.ndim == 2:
        kind = QImage.Format.Format_Grayscale8
    elif pixels.shape[2] == 3:
        kind = QImage.Format.Format_BGR888
    else:
        raise ValueError(f"need (H, W, 3) or (H, W), not {image.shape}")
    # The screen's own format: three times faster to draw, and the conversion is the copy.
    wrapped = _wrapped(pixels, width, height, kind)
    return QImage(wrapped.convertToFormat(QImage.Format.Format_RGB32))


def heat_image(heat: Pixels) -> QImage:
    """Return the overlay of one result, premultiplied and ready to draw at any opacity.

    Args:
        heat: (h, w) uint8 on the recipe's absolute scale: 0 a typical normal part, 255 the
            limit and above. Below `FIRST_VISIBLE` the overlay is fully transparent.

    Raises:
        ValueError: Another shape or type.
    """
    if heat.dtype != np.uint8 or heat.ndim != 2 or heat.size == 0:
        raise ValueError(f"need (h, w) uint8, not {heat.dtype} {heat.shape}")
    pixels = np.ascontiguousarray(heat)
    height, width = pixels.shape
    image = _wrapped(pixels, width, height, QImage.Format.Format_Indexed8)
    image.setColorTable(list(heat_table()))
    return QImage(image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied))


def visible_heat(heat: Pixels) -> tuple[int, int, int, int] | None:
    """Return the box (x, y, width, height) that holds all visible heat, None if there is none.

    Drawing only this box saves most of the painting: good parts have none, defects are small.

    Args:
        heat: (h, w) uint8 on the absolute scale.
    """
    hot = heat > FIRST_VISIBLE
    rows, columns = np.flatnonzero(hot.any(axis=1)), np.flatnonzero(hot.any(axis=0))
    if rows.size == 0:
        return None
    # One transparent pixel around, so that smooth scaling does not cut the edge.
    top, left = max(0, int(rows[0]) - 1), max(0, int(columns[0]) - 1)
    bottom = min(heat.shape[0], int(rows[-1]) + 2)
    right = min(heat.shape[1], int(columns[-1]) + 2)
    return left, top, right - left, bottom - top


def _wrapped(pixels: Pixels, width: int, height: int, kind: QImage.Format) -> QImage:
    """Return a picture over the array's own memory; copy or convert it before the array goes."""
    memory = sip.voidptr(pixels.ctypes.data)
    return QImage(memory, width, height, pixels.strides[0], kind)


@cache
def heat_table() -> tuple[int, ...]:
    """Return the 256 colours of the overlay as 0xAARRGGBB, not premultiplied."""
    colours = cividis().astype(np.uint32)
    alpha = np.interp(np.arange(256), [FIRST_VISIBLE, 255], [0, _MOST_OPAQUE]).round()
    alpha[: FIRST_VISIBLE + 1] = 0
    red, green, blue = colours.T
    packed = alpha.astype(np.uint32) << 24 | red << 16 | green << 8 | blue
    return tuple(int(value) for value in packed)


@cache
def cividis() -> Pixels:
    """Return the colour table, (256, 3) uint8 RGB, dark blue to yellow."""
    anchors = np.frombuffer(bytes.fromhex(_CIVIDIS), np.uint8).reshape(33, 3)
    places = np.append(np.arange(0, 256, 8), 255)
    columns = [np.interp(np.arange(256), places, anchors[:, channel]) for channel in range(3)]
    return np.stack(columns, axis=1).round().astype(np.uint8)


def with_overlay(base: QImage, overlay: QImage, box: QRectF, opacity: float) -> QImage:
    """Return base and overlay as one picture, for thumbnails.

    Args:
        base: Picture.
        overlay: Overlay of any size, stretched to `box`.
        box: Where it lies, pixels of `base`.
        opacity: 0 hidden .. 1 full.
    """
    result = base.convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setOpacity(opacity)
    painter.drawImage(box, overlay)
    painter.end()
    return result
