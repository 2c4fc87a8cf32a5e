"""Palette, font and style sheet: calm grey, colour only where it means something.

Grey by default and colour for the abnormal follow ISA-101 practice. The verdict colours start
from the colour-blind-safe set of Okabe and Ito (2008), darkened until the words on them reach
a contrast of 4.5; tests measure that and their distance under simulated colour blindness.
"""

from __future__ import annotations

from functools import cache
from string import Template

from PyQt5.QtGui import QColor, QFont, QFontDatabase, QPalette
from PyQt5.QtWidgets import QApplication

from app import log, paths

COLOURS: dict[str, str] = {
    "window": "#D4D7DA",
    "panel": "#E6E8EA",
    "field": "#F6F7F8",
    "line": "#A4ABB1",
    "ink": "#14181C",
    "faint": "#4A5157",
    "ground": "#2A2E32",
    "on_ground": "#F2F3F4",
    "accent": "#0065A3",
    "ok": "#007A5A",
    "ng": "#C24F00",
    "review": "#F0C83C",
    "error": "#5B2A86",
    "none": "#5F676D",
}

# The first that is installed is used; every one has Hangul and Latin letters.
FAMILIES = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic", "AppleGothic")

# (smallest window width, smallest window height, factor for letters and targets)
_STEPS = ((1800, 1000, 1.3), (1550, 900, 1.15))

_SIZES_PX = {
    "small": 13,
    "body": 15,
    "large": 19,
    "huge": 30,
    "button": 16,
    "target": 64,
    "key": 40,
}


def colour(name: str) -> QColor:
    """Return a colour of `COLOURS` by name."""
    return QColor(COLOURS[name])


def scale_for(width: int, height: int) -> float:
    """Return the factor for letters and targets in a window of this size in pixels."""
    for least_width, least_height, factor in _STEPS:
        if width >= least_width and height >= least_height:
            return factor
    return 1.0


def px(name: str, scale: float) -> int:
    """Return a size of the scale ("small", "body", "large", "target" ...) in pixels."""
    return round(_SIZES_PX[name] * scale)


def style_sheet(scale: float = 1.0) -> str:
    """Return the style sheet of the whole program at `scale`, colours and sizes filled in."""
    template = Template((paths.resources() / "style.qss").read_text(encoding="utf-8"))
    sizes = {f"{name}_px": f"{px(name, scale)}px" for name in _SIZES_PX}
    return template.substitute(COLOURS, **sizes)


def font_family() -> str:
    """Return the first family of `FAMILIES` that is installed, else the one that we ship."""
    found = _installed()
    if found is None:
        _load_shipped()
        found = _installed()
    return found or QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()


def _installed() -> str | None:
    installed = set(QFontDatabase().families())
    return next((family for family in FAMILIES if family in installed), None)


@cache
def _load_shipped() -> frozenset[str]:
    """Make the fonts of the program known: without one Hangul is drawn as boxes."""
    families: set[str] = set()
    for file in sorted((paths.resources() / "fonts").glob("*.ttf")):
        number = QFontDatabase.addApplicationFont(str(file))
        if number < 0:
            log.ui.warning("the font %s cannot be loaded", file)
        families.update(QFontDatabase.applicationFontFamilies(number))
    return frozenset(families)


def number_font(size_px: int, bold: bool = False) -> QFont:
    """Return the program's font at a size in pixels, for widgets that paint themselves."""
    font = QFont(font_family())
    font.setPixelSize(max(1, size_px))
    font.setBold(bold)
    return font


def apply(app: QApplication) -> None:
    """Give the application our font, palette and style; call once before the first window."""
    app.setStyle("Fusion")
    app.setFont(number_font(_SIZES_PX["body"]))
    palette = QPalette(colour("window"))
    for role, name in (
        (QPalette.ColorRole.Window, "window"),
        (QPalette.ColorRole.Base, "field"),
        (QPalette.ColorRole.Button, "field"),
        (QPalette.ColorRole.WindowText, "ink"),
        (QPalette.ColorRole.Text, "ink"),
        (QPalette.ColorRole.ButtonText, "ink"),
        (QPalette.ColorRole.Highlight, "accent"),
    ):
        palette.setColor(role, colour(name))
    app.setPalette(palette)
    app.setStyleSheet(style_sheet())
