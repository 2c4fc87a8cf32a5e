"""Pictures of judged images: heat on the absolute scale, outline of the true defect."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from model.data import read_mask
from model.errors import DatasetError
from model.figures import Judged, split
from model.images import Picture, read_image
from model.opencv import cv2
from model.types import Calibration, FloatMap

TILE_SIDE = 300
_STRENGTH = 0.75
_OUTLINE_BGR = (255, 255, 255)
_SHADOW_BGR = (0, 0, 0)
_JPEG_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Tile:
    """One image of a gallery.

    Attributes:
        name: File name with its folder.
        product: Class of product, "" if there is only one.
        kind: "good" or the kind of defect.
        score: Image score.
        verdict: "false call", "escape", "found" or "passed"; "" without a limit.
        picture: The image as it is, as a data URI.
        overlay: The image with heat and the outline of the true defect, as a data URI.
        note: What could not be shown, "" if nothing.
    """

    name: str
    product: str
    kind: str
    score: float
    verdict: str
    picture: str
    overlay: str
    note: str = ""


def worst_first(judged: Iterable[Judged]) -> tuple[list[Judged], list[Judged]]:
    """Return the defective images, lowest score first, and the good ones, highest first.

    The order is that of the harm: escapes and false calls stand at the beginning.
    """
    good, bad = split(judged)
    bad.sort(key=lambda one: (one.score, str(one.sample.path)))
    good.sort(key=lambda one: (-one.score, str(one.sample.path)))
    return bad, good


def verdict_of(one: Judged, limit: float) -> str:
    """Return what became of the image at the limit, in words; "" if the limit is NaN."""
    if not math.isfinite(limit):
        return ""
    if one.sample.is_defective:
        return "found" if one.score >= limit else "escape"
    return "false call" if one.score >= limit else "passed"


def scale_of(judged: Sequence[Judged], calibration: Calibration) -> tuple[float, float]:
    """Return the map values at both ends of the colour scale.

    The checkpoint's own scale; without one the 0.5 quantile of the good images' peaks and the
    highest value, so that all pictures of a page still share one scale.
    """
    if calibration.is_usable:
        return calibration.map_typical, calibration.map_limit
    good, bad = split(judged)
    peaks = [float(one.anomaly_map.max()) for one in good or bad if one.anomaly_map is not None]
    tops = [float(one.anomaly_map.max()) for one in judged if one.anomaly_map is not None]
    if not tops:
        return 0.0, 1.0
    low = float(np.median(peaks)) if peaks else min(tops)
    return low, max(max(tops), low + 1e-6)


def heat_of(anomaly_map: FloatMap, low: float, high: float) -> Picture:
    """Return (H, W) uint8: 0 at `low` or less, 255 at `high` or more."""
    factor = np.float32(255 / (high - low))
    scaled: FloatMap = (anomaly_map - np.float32(low)) * factor
    return np.clip(scaled, 0, 255).astype(np.uint8)


def overlay(picture: Picture, anomaly_map: FloatMap, low: float, high: float) -> Picture:
    """Return a picture under its heat; a typical normal one comes back unchanged.

    Args:
        picture: (H, W, 3) uint8 BGR.
        anomaly_map: (h, w) float32 of the same image, any resolution, raw unit.
        low: Map value of a typical normal image: no colour.
        high: Map limit: full colour.

    Returns:
        (H, W, 3) uint8 BGR.
    """
    height, width = picture.shape[:2]
    fitted = np.asarray(cv2.resize(anomaly_map, (width, height)), np.float32)
    heat = heat_of(fitted, low, high)
    colours = np.asarray(cv2.applyColorMap(heat, cv2.COLORMAP_CIVIDIS))
    # (H, W) -> (H, W, 1)
    share = (heat.astype(np.float32) * (_STRENGTH / 255))[:, :, None]
    return np.asarray(np.rint(picture * (1 - share) + colours * share), np.uint8)


def tile(one: Judged, limit: float, low: float, high: float, side: int = TILE_SIDE) -> Tile:
    """Return the tile of one image, at most `side` pixels a side."""
    note = ""
    try:
        picture = _shrunk(read_image(one.sample.path), side)
    except DatasetError as error:
        picture, note = np.full((side, side, 3), 200, np.uint8), str(error)
    shown = picture
    if one.anomaly_map is not None:
        shown = overlay(picture, one.anomaly_map, low, high)
    if one.sample.mask is not None:
        shown = _outlined(shown, one, side)
    path = one.sample.path
    return Tile(
        f"{path.parent.name}/{path.name}",
        one.sample.product,
        one.sample.kind,
        one.score,
        verdict_of(one, limit),
        _jpeg(picture),
        _jpeg(shown),
        note,
    )


def data_uri(data: bytes, kind: str) -> str:
    """Return a file's content as an address that HTML shows without a file beside it."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _shrunk(picture: Picture, side: int) -> Picture:
    height, width = picture.shape[:2]
    scale = min(1.0, side / max(height, width))
    if scale == 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _outlined(picture: Picture, one: Judged, side: int) -> Picture:
    """Draw the outline of the true defect, white on a black edge."""
    height, width = picture.shape[:2]
    mask = read_mask(one.sample, side).view(np.uint8)
    fitted = np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST))
    contours, _ = cv2.findContours(fitted, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    drawn = np.ascontiguousarray(picture)
    cv2.drawContours(drawn, contours, -1, _SHADOW_BGR, 3, cv2.LINE_AA)
    cv2.drawContours(drawn, contours, -1, _OUTLINE_BGR, 1, cv2.LINE_AA)
    return np.asarray(drawn, np.uint8)


def _jpeg(picture: Picture) -> str:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return data_uri(data.tobytes(), "jpeg")
