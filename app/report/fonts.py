"""The shipped fonts: Latin and Hangul, the same on every machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from app import paths
from app.errors import ExpectedError
from app.i18n import tr

FAMILY: Final = "NanumGothic"
_FILES: Final = {"": "NanumGothic.ttf", "-Bold": "NanumGothicBold.ttf"}


def font_file(bold: bool = False) -> Path:
    """Return the TrueType file.

    Raises:
        ExpectedError: It is missing from the installation.
    """
    file = paths.resources() / "fonts" / _FILES["-Bold" if bold else ""]
    if not file.is_file():
        text = tr("The font {file} is missing; install the program again.")
        raise ExpectedError(text.format(file=file), code="font-missing")
    return file


@cache
def for_charts() -> str:
    """Make the fonts known to matplotlib and return the name of their family there."""
    from matplotlib.font_manager import FontProperties, fontManager

    for bold in (False, True):
        fontManager.addfont(font_file(bold))
    return str(FontProperties(fname=str(font_file())).get_name())


@cache
def for_pdf() -> tuple[str, str]:
    """Make the fonts known to ReportLab and return the names of regular and bold."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    names = (FAMILY, f"{FAMILY}-Bold")
    for name, bold in zip(names, (False, True), strict=True):
        pdfmetrics.registerFont(TTFont(name, str(font_file(bold))))
    pdfmetrics.registerFontFamily(
        FAMILY, normal=names[0], bold=names[1], italic=names[0], boldItalic=names[1]
    )
    return names
