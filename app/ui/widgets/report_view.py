"""Shows a report as it will be printed, to be read and scrolled with the keyboard."""

from __future__ import annotations

from PyQt5.QtCore import Qt, QUrl
from PyQt5.QtGui import QImage, QTextDocument
from PyQt5.QtWidgets import QFrame, QTextBrowser, QWidget

from app.report.preview import Preview
from app.ui import theme

_STYLE = """
h1 {{ font-size: {huge}px; margin: 4px 0 0 0; }}
h2 {{ font-size: {large}px; margin: 18px 0 4px 0; }}
p {{ margin: 2px 0; }}
td, th {{ font-size: {small}px; }}
th {{ border-bottom: 1px solid {faint}; }}
.subject {{ font-size: {large}px; font-weight: bold; margin-bottom: 6px; }}
.faint {{ color: {faint}; }}
.tile {{ background-color: {panel}; }}
.value {{ font-size: {value}px; font-weight: bold; }}
.even {{ background-color: {stripe}; }}
.attention {{ color: {attention}; font-weight: bold; }}
.fine, .ok {{ color: {ok}; }}
.small {{ color: {faint}; font-size: {small}px; }}
.ng {{ color: {ng}; }}
.review {{ color: #7A5E00; }}
.error {{ color: {error}; }}
"""
_MARGIN_PX = 16
_SCROLL_BAR_PX = 24


def picture_width(width: int) -> int:
    """Return the pixels that a chart can take across a view of this width, both in pixels."""
    return max(480, width - 2 * _MARGIN_PX - _SCROLL_BAR_PX)


class ReportView(QTextBrowser):
    """A page of rich text; nothing in it is followed or fetched."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._shown: Preview | None = None
        self._page: QTextDocument | None = None
        self._scale = 1.0

    def show_preview(self, preview: Preview) -> None:
        """Show a report from its beginning."""
        self._shown = preview
        self._fill()

    def set_scale(self, scale: float) -> None:
        """Fit the letters to the window's size."""
        if scale != self._scale:
            self._scale = scale
            if self._shown is not None:
                self._fill()

    def _fill(self) -> None:
        if self._shown is None:
            return
        made = QTextDocument(self)
        made.setDocumentMargin(_MARGIN_PX)
        made.setDefaultFont(theme.number_font(theme.px("body", self._scale)))
        made.setDefaultStyleSheet(self._style())
        for name, data in self._shown.pictures.items():
            kind = int(QTextDocument.ResourceType.ImageResource)
            made.addResource(kind, QUrl(name), QImage.fromData(data))
        made.setHtml(self._shown.html)
        before, self._page = self._page, made
        self.setDocument(made)
        if before is not None:
            before.deleteLater()

    def _style(self) -> str:
        colours = theme.COLOURS
        return _STYLE.format(
            huge=theme.px("huge", self._scale),
            large=theme.px("large", self._scale),
            small=theme.px("small", self._scale),
            value=theme.px("large", self._scale) + 6,
            faint=colours["faint"],
            panel=colours["panel"],
            stripe=colours["field"],
            attention=colours["ng"],
            ok=colours["ok"],
            ng=colours["ng"],
            error=colours["error"],
        )
