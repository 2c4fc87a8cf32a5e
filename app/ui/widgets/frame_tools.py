"""The tools with which shapes are drawn on a picture."""

from __future__ import annotations

from enum import Enum


class Tool(Enum):
    """What the pointer does in a `FrameEditor`."""

    LOOK = "look"
    RECTANGLE = "rectangle"
    POLYGON = "polygon"
    EXCLUSION = "exclusion"
    BRUSH = "brush"
    ANCHOR = "anchor"
    SCALE = "scale"
