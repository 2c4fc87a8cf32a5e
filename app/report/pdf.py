"""A report on paper: A4, page numbers, table heads on every page, fonts embedded."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from xml.sax.saxutils import escape

from PIL import Image as Pictures
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    Image,
    PageTemplate,
    Paragraph,
    Spacer,
)
from reportlab.platypus import Table as Grid

from app.report.document import (
    Block,
    Card,
    Cards,
    Document,
    Figure,
    Heading,
    Note,
    Signature,
    Table,
    Tile,
    Tiles,
)
from app.report.fonts import for_pdf

_MARGIN: Final = 15 * mm
_BOTTOM: Final = 18 * mm
_WIDTH: Final = A4[0] - 2 * _MARGIN
_INK, _FAINT, _LINE, _PANEL = "#14181C", "#4A5157", "#A4ABB1", "#EEF0F1"
_TONES: Final = {
    "plain": _INK,
    "ok": "#007A5A",
    "ng": "#C24F00",
    "review": "#7A5E00",
    "error": "#5B2A86",
}
_TILES_A_ROW, _CARDS_A_ROW = 4, 4
_CARD_PICTURE: Final = (41 * mm, 30.5 * mm)
_DPI: Final = 200


def to_pdf(document: Document) -> bytes:
    """Return the report as a PDF file."""
    buffer = io.BytesIO()
    template = BaseDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_BOTTOM,
        title=f"{document.title}: {document.subject}",
        author=dict(document.facts).get("", ""),
        creator="AD-CLIP Station",
        lang=document.language,
    )
    frame = Frame(_MARGIN, _BOTTOM, _WIDTH, A4[1] - _MARGIN - _BOTTOM, 0, 0, 0, 0, showBoundary=0)
    template.addPageTemplates([PageTemplate(frames=[frame])])
    styles = _Styles()
    story = _head(document, styles)
    for number, block in enumerate(document.blocks):
        after = document.blocks[number + 1] if number + 1 < len(document.blocks) else None
        story += _flowables(block, after, styles)
    template.build(story, canvasmaker=partial(_NumberedCanvas, document=document))
    return buffer.getvalue()


class _Styles:
    """Paragraph styles with the shipped fonts."""

    def __init__(self) -> None:
        regular, bold = for_pdf()
        self.regular, self.bold = regular, bold
        self.base = ParagraphStyle(
            "base",
            fontName=regular,
            bulletFontName=bold,
            fontSize=8.5,
            leading=12,
            textColor=_INK,
        )
        self.title = self._as(fontName=bold, fontSize=17, leading=22)
        self.subject = self._as(fontName=bold, fontSize=11.5, leading=16)
        self.heading = self._as(fontName=bold, fontSize=11, leading=15, spaceBefore=9, spaceAfter=3)
        self.small = self._as(fontSize=7.2, leading=9.6, textColor=_FAINT, spaceAfter=3)
        self.attention = self._as(
            fontName=bold, leftIndent=10, bulletIndent=0, textColor=_TONES["ng"]
        )
        self.fine = self._as(textColor=_TONES["ok"])
        self.cell = self._as(fontSize=7.4, leading=9.6)
        self.number = self._as(fontSize=7.4, leading=9.6, alignment=TA_RIGHT)
        self.head = self._as(fontName=bold, fontSize=7.4, leading=9.6)
        self.head_number = self._as(fontName=bold, fontSize=7.4, leading=9.6, alignment=TA_RIGHT)
        self.card = self._as(fontSize=6.6, leading=8.4)
        self.card_title = self._as(fontName=bold, fontSize=6.9, leading=8.8)
        self.tile_label = self._as(fontSize=7.4, leading=9.6, textColor=_FAINT)

    def _as(self, **changes: Any) -> ParagraphStyle:
        return ParagraphStyle("derived", parent=self.base, **changes)

    def note(self, tone: str) -> ParagraphStyle:
        """Return the style of a note's tone."""
        return {"plain": self.base, "small": self.small, "fine": self.fine}.get(
            tone, self.attention
        )

    def tile_value(self, tone: str) -> ParagraphStyle:
        """Return the style of a tile's number."""
        colour = _TONES[tone]
        return self._as(fontName=self.bold, fontSize=15, leading=19, textColor=colour)


class _NumberedCanvas(Canvas):  # type: ignore[misc]
    """Writes footer and page number when the number of pages is known."""

    def __init__(self, *args: Any, document: Document, **kwargs: Any) -> None:
        # Else the file names Helvetica, which is not embedded.
        super().__init__(*args, **{**kwargs, "initialFontName": for_pdf()[0]})
        self._document = document
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - ReportLab calls it
        """Keep the page for later."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write all pages with their numbers."""
        pages = len(self._pages)
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self._footer(number, pages)
            super().showPage()
        super().save()

    def _footer(self, number: int, pages: int) -> None:
        regular, _ = for_pdf()
        self.setStrokeColor(_LINE)
        self.setLineWidth(0.4)
        self.line(_MARGIN, 13.5 * mm, A4[0] - _MARGIN, 13.5 * mm)
        self.setFont(regular, 7)
        self.setFillColor(_FAINT)
        text = self._document.page.format(page=number, pages=pages)
        self.drawRightString(A4[0] - _MARGIN, 9.8 * mm, text)
        room = _WIDTH - self.stringWidth(text, regular, 7) - 6 * mm
        self.drawString(_MARGIN, 9.8 * mm, _fitted(self, _plain(self._document.footer), room))


def _fitted(canvas: Canvas, text: str, room: float) -> str:
    """Return the text, cut with an ellipsis if it is longer than the room, points."""
    regular, _ = for_pdf()
    if canvas.stringWidth(text, regular, 7) <= room:
        return text
    while text and canvas.stringWidth(f"{text}…", regular, 7) > room:
        text = text[:-1]
    return f"{text}…"


def _plain(text: str) -> str:
    """Return the text without control characters, which no page can show."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _paragraph(text: str, style: ParagraphStyle, bullet: str | None = None) -> Paragraph:
    return Paragraph(escape(_plain(text)), style, bulletText=bullet)


def _head(document: Document, styles: _Styles) -> list[Flowable]:
    rows = [
        [_paragraph(label, styles.tile_label), _paragraph(value, styles.base)]
        for label, value in document.facts
    ]
    grid = Grid(
        rows,
        colWidths=[32 * mm, _WIDTH - 32 * mm],
        style=[
            ("FONTNAME", (0, 0), (-1, -1), for_pdf()[0]),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 0.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 0.5),
        ],
    )
    return [
        _paragraph(document.title, styles.title),
        _paragraph(document.subject, styles.subject),
        Spacer(1, 2 * mm),
        grid,
        Spacer(1, 3 * mm),
    ]


def _flowables(block: Block, after: Block | None, styles: _Styles) -> list[Flowable]:
    match block:
        case Heading():
            room = 12 * mm + _least_height(after)
            return [CondPageBreak(room), _paragraph(block.text, styles.heading)]
        case Note():
            bullet = "!" if block.tone == "attention" else None
            return [_paragraph(block.text, styles.note(block.tone), bullet)]
        case Tiles():
            return [_tiles(block.tiles, styles), Spacer(1, 1 * mm)]
        case Table():
            return [_table(block, styles), Spacer(1, 1.5 * mm)]
        case Figure():
            return [_picture(block), Spacer(1, 1 * mm)]
        case Cards():
            return [_cards(block.cards, styles), Spacer(1, 1.5 * mm)]
        case Signature():
            return [_signature(block, styles)]


def _least_height(block: Block | None) -> float:
    """Return what must stand on the same page as the heading before it, points."""
    match block:
        case Figure():
            return float(block.chart.size_mm[1] * mm + 2 * mm)
        case Cards():
            return float(_CARD_PICTURE[1] + 24 * mm)
        case Table():
            return float((8 + 5 * min(4, len(block.rows))) * mm)
        case Signature():
            return float(30 * mm)
    return float(14 * mm)


def _picture(block: Figure) -> Image:
    # Without the alpha plane the file is half as large.
    picture = Pictures.open(io.BytesIO(block.chart.png(_DPI))).convert("RGB")
    plain = io.BytesIO()
    picture.save(plain, "PNG", compress_level=1)
    plain.seek(0)
    width, height = block.chart.size_mm
    return Image(plain, width * mm, height * mm)


def _tiles(tiles: Sequence[Tile], styles: _Styles) -> Grid:
    cells = [
        [
            _paragraph(tile.label, styles.tile_label),
            _paragraph(tile.value, styles.tile_value(tile.tone)),
            _paragraph(tile.detail or " ", styles.tile_label),
        ]
        for tile in tiles
    ]
    rows = _rows_of(cells, _TILES_A_ROW)
    return Grid(
        rows,
        colWidths=[_WIDTH / _TILES_A_ROW] * _TILES_A_ROW,
        style=[
            ("FONTNAME", (0, 0), (-1, -1), for_pdf()[0]),
            ("BACKGROUND", (0, 0), (-1, -1), _PANEL),
            ("INNERGRID", (0, 0), (-1, -1), 2, "#FFFFFF"),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 6),
            ("TOPPADDING", (0, 0), (-1, -1), 4),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ],
    )


def _rows_of(cells: Sequence[Any], length: int) -> list[list[Any]]:
    """Return the cells in rows of a length, the last one filled up."""
    rows = [list(cells[start : start + length]) for start in range(0, len(cells), length)]
    rows[-1] += [""] * (length - len(rows[-1]))
    return rows


def _table(block: Table, styles: _Styles) -> Grid:
    whole = sum(column.width for column in block.columns)
    widths = [_WIDTH * column.width / whole for column in block.columns]
    heads = [
        _paragraph(column.name, styles.head_number if column.is_number else styles.head)
        for column in block.columns
    ]
    body = [
        [
            _paragraph(cell, styles.number if column.is_number else styles.cell)
            for cell, column in zip(row, block.columns, strict=True)
        ]
        for row in block.rows
    ]
    return Grid(
        [heads, *body],
        colWidths=widths,
        repeatRows=1,
        style=[
            ("FONTNAME", (0, 0), (-1, -1), for_pdf()[0]),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, _FAINT),
            ("LINEBELOW", (0, 1), (-1, -1), 0.25, _LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
            ("LEFTPADDING", (0, 0), (-1, -1), 5),
            ("LEFTPADDING", (0, 0), (0, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ("TOPPADDING", (0, 0), (-1, -1), 1.6),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.8),
        ],
    )


def _cards(cards: Sequence[Card], styles: _Styles) -> Grid:
    rows = _rows_of([_card(card, styles) for card in cards], _CARDS_A_ROW)
    return Grid(
        rows,
        colWidths=[_WIDTH / _CARDS_A_ROW] * _CARDS_A_ROW,
        style=[
            ("FONTNAME", (0, 0), (-1, -1), for_pdf()[0]),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
        ],
    )


def _card(card: Card, styles: _Styles) -> list[Flowable]:
    top: Flowable
    if card.picture is None:
        top = _paragraph(card.missing, styles.card)
    else:
        width, height = _CARD_PICTURE
        top = Image(io.BytesIO(card.picture), width, height, kind="proportional", hAlign="LEFT")
    first, *others = card.lines
    return [
        top,
        Spacer(1, 0.8 * mm),
        _paragraph(first, styles.card_title),
        *(_paragraph(line, styles.card) for line in others),
    ]


def _signature(block: Signature, styles: _Styles) -> Grid:
    gap = 8 * mm
    count = len(block.labels)
    width = (_WIDTH - gap * (count - 1)) / count
    labels: list[Any] = []
    widths: list[float] = []
    for label in block.labels:
        labels += [_paragraph(label, styles.tile_label), ""]
        widths += [width, gap]
    lines = [
        ("LINEBELOW", (column, 0), (column, 0), 0.6, _INK) for column in range(0, 2 * count - 1, 2)
    ]
    return Grid(
        [[""] * (2 * count - 1), labels[:-1]],
        colWidths=widths[:-1],
        rowHeights=[17 * mm, 6 * mm],
        style=[
            ("FONTNAME", (0, 0), (-1, -1), for_pdf()[0]),
            *lines,
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ],
    )
