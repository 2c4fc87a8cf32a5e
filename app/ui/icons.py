"""Icons by name, drawn in the ink of the theme from resources/icons."""

from __future__ import annotations

from functools import cache

from PyQt5.QtCore import QByteArray, QSize, Qt
from PyQt5.QtGui import QIcon, QPainter, QPixmap
from PyQt5.QtSvg import QSvgRenderer

from app import paths
from app.ui import theme

_SIDE_PX = 96


def names() -> list[str]:
    """Return the names of all icons."""
    return sorted(file.stem for file in (paths.resources() / "icons").glob("*.svg"))


@cache
def icon(name: str) -> QIcon:
    """Return an icon in the theme's ink, paler while disabled and white while switched on.

    Raises:
        KeyError: No such icon; the message lists the known ones.
    """
    file = paths.resources() / "icons" / f"{name}.svg"
    if not file.is_file():
        raise KeyError(f"no icon {name!r}; known: {', '.join(names())}")
    drawing = file.read_text(encoding="utf-8")
    result = QIcon()
    result.addPixmap(_drawn(drawing, theme.COLOURS["ink"]))
    result.addPixmap(_drawn(drawing, "#7A8187"), QIcon.Mode.Disabled)
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Active, QIcon.Mode.Selected):
        result.addPixmap(_drawn(drawing, "#FFFFFF"), mode, QIcon.State.On)
    return result


def _drawn(drawing: str, ink: str) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", ink).encode()))
    pixmap = QPixmap(QSize(_SIDE_PX, _SIDE_PX))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter)
    painter.end()
    return pixmap
