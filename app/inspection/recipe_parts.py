"""Parts of a recipe: regions, what holds a part in place, the camera's own settings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Point = tuple[float, float]
Polygon = Annotated[tuple[Point, ...], Field(min_length=3, max_length=400)]
"""Corners (x, y) in pixels of the reference picture, in order; closed by itself."""

_FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class RegionOfInterest(BaseModel):
    """One area of the part that is judged by itself, with limits of its own.

    Attributes:
        name: Unique within the recipe; part of a record's reasons.
        polygon: Its outline, pixels of the reference picture.
        ng_limit: Raw unit; None takes the recipe's.
        review_limit: Raw unit; None takes the recipe's.
        map_limit: Raw unit; None takes the recipe's.
    """

    model_config = _FROZEN

    name: str = Field(min_length=1, max_length=80)
    polygon: Polygon
    ng_limit: float | None = None
    review_limit: float | None = None
    map_limit: float | None = None

    @model_validator(mode="after")
    def _band_is_below_limit(self) -> Self:
        if self.review_limit is not None and self.ng_limit is not None:
            if self.review_limit > self.ng_limit:
                raise ValueError("review_limit must not be above ng_limit")
        return self


class Anchor(BaseModel):
    """What is looked for in a frame, so that parts may shift and turn.

    Attributes:
        method: "template" compares grey values, "edge" outlines (steadier under changing light).
        box: (x, y, width, height) of the anchor in the reference picture, pixels.
        picture: The anchor cut out of the reference picture, PNG in base64, grey.
        reach_px: Farthest shift looked for, either way, pixels of the frame.
        max_turn_deg: Largest turn looked for, either way, degrees.
        least_match: Normalised correlation below which the part counts as not found, 0 to 1.
    """

    model_config = _FROZEN

    method: Literal["template", "edge"] = "template"
    box: tuple[int, int, int, int]
    picture: str = Field(min_length=1, max_length=4_000_000)
    reach_px: int = Field(default=60, ge=1, le=4000)
    max_turn_deg: float = Field(default=5.0, ge=0, le=180)
    least_match: float = Field(default=0.6, gt=0, le=1)

    @model_validator(mode="after")
    def _box_has_a_size(self) -> Self:
        x, y, width, height = self.box
        if min(x, y) < 0 or min(width, height) < 8:
            raise ValueError("box needs x, y >= 0 and at least 8 pixels a side")
        return self


class CameraSettings(BaseModel):
    """What is set at a camera before its first frame; None leaves a value as it is.

    Attributes:
        width_px: Frame width, pixels.
        height_px: Frame height, pixels.
        fps: Frames per second.
        auto_exposure: The camera chooses the exposure by itself.
        exposure: In the unit of the driver (OpenCV passes it on as it is).
        gain: In the unit of the driver.
        auto_white_balance: The camera chooses the white balance by itself.
        white_balance_k: Colour temperature, kelvin.
        autofocus: The camera focuses by itself.
        focus: In the unit of the driver.
    """

    model_config = _FROZEN

    width_px: int | None = Field(default=None, ge=32, le=8192)
    height_px: int | None = Field(default=None, ge=32, le=8192)
    fps: float | None = Field(default=None, gt=0)
    auto_exposure: bool | None = None
    exposure: float | None = None
    gain: float | None = None
    auto_white_balance: bool | None = None
    white_balance_k: float | None = Field(default=None, gt=0)
    autofocus: bool | None = None
    focus: float | None = None


_NETWORK = ("rtsp", "rtsps", "http", "https")


def box_of(polygons: Sequence[Polygon]) -> tuple[int, int, int, int]:
    """Return the smallest (x, y, width, height) of whole pixels around polygons."""
    across = [x for polygon in polygons for x, _ in polygon]
    down = [y for polygon in polygons for _, y in polygon]
    # what is drawn between two pixels by less than a rounding error lies on their edge
    x0, y0 = math.floor(min(across) + 1e-6), math.floor(min(down) + 1e-6)
    x1, y1 = math.ceil(max(across) - 1e-6), math.ceil(max(down) - 1e-6)
    return x0, y0, max(1, x1 - x0), max(1, y1 - y0)


def with_settings(uri: str, settings: CameraSettings) -> str:
    """Return the source URI of a camera with its settings as options.

    Files, folders and the demo line have no settings; their URIs come back unchanged.

    Args:
        uri: As in a recipe, perhaps with options of its own, which come first.
        settings: What is None is left out.
    """
    chosen = settings.model_dump(exclude_none=True)
    scheme = uri.strip().partition(":")[0].lower()
    if not chosen or scheme not in ("index", *_NETWORK):
        return uri
    mark = "#" if scheme in _NETWORK else "?"
    options = "&".join(f"{name}={_written(value)}" for name, value in chosen.items())
    return f"{uri}{'&' if mark in uri else mark}{options}"


def _written(value: float) -> str:
    """Return a number without an exponent; True is 1."""
    return f"{float(value):.9f}".rstrip("0").rstrip(".")
