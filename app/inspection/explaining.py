"""The note on heatmaps that explain instead of measuring."""

from __future__ import annotations

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from app import paths
from app.camera.frame import Image
from app.i18n import N_, tr
from app.inspection.record import InspectionRecord
from model.explaining import explains

NOTE = N_("Heatmap explains, does not measure")
_FONT = "NanumGothicBold.ttf"
_PLATE = (20, 24, 28)
_SHARE, _LEAST, _LARGEST = 0.92, 9, 40


def note_of(record: InspectionRecord) -> str:
    """Return the untranslated note on a record's heatmap; "" where it measures."""
    return NOTE if explains(record.detector) else ""


def noted(picture: Image, note: str) -> Image:
    """Return a picture with a note on a dark strip below it, in the language in use.

    Args:
        picture: (H, W, 3) uint8 BGR.
        note: Untranslated; "" leaves the picture as it is.

    Returns:
        (H + strip, W, 3) uint8 BGR; no pixel of the picture is covered.
    """
    if not note:
        return picture
    width = picture.shape[1]
    text = tr(note)
    font = _font(text, width)
    height = round(font.size * 1.7)
    strip = Pillow.new("RGB", (width, height), _PLATE)
    draw = ImageDraw.Draw(strip)
    draw.text((width / 2, height / 2), text, font=font, fill=(255, 255, 255), anchor="mm")
    # (h, W, 3) RGB -> BGR
    return np.vstack([picture, np.asarray(strip)[:, :, ::-1]])


def _font(text: str, width: int) -> ImageFont.FreeTypeFont:
    """Return the shipped font as large as the text fits, within reason."""
    file = str(paths.resources() / "fonts" / _FONT)
    at_ten = ImageFont.truetype(file, 10).getlength(text)
    size = int(10 * _SHARE * width / max(at_ten, 1.0))
    return ImageFont.truetype(file, min(_LARGEST, max(_LEAST, size)))
