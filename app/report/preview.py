"""A report for the screen: rich text as Qt understands it, and the pictures it names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.report.document import Block, Card, Document, Figure, Table

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_MM_AN_INCH = 25.4


@dataclass(frozen=True, slots=True)
class Preview:
    """A report as rich text.

    Attributes:
        html: Text with names of pictures as their addresses.
        pictures: Name -> PNG or JPEG file.
    """

    html: str
    pictures: dict[str, bytes]


def to_preview(document: Document, width_px: int) -> Preview:
    """Return a report for a view of this width; charts fill it."""
    pictures: dict[str, bytes] = {}

    def chart_name(block: Figure) -> str:
        name = f"chart-{len(pictures)}.png"
        pictures[name] = block.chart.png(width_px * _MM_AN_INCH / block.chart.size_mm[0])
        return name

    def picture_name(card: Card) -> str:
        name = f"part-{len(pictures)}.jpg"
        pictures[name] = card.picture or b""
        return name

    page = _environment().get_template("preview.html")
    html = page.render(
        document=document,
        chart_name=chart_name,
        picture_name=picture_name,
        card_width=max(80, width_px // 4 - 24),
    )
    return Preview(html, pictures)


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
    )
    made.globals.update(kind_of=_kind_of, width_of=_width_of)
    return made


def _kind_of(block: Block) -> str:
    return type(block).__name__


def _width_of(block: Table, column: int) -> Any:
    return round(100 * block.columns[column].width / sum(one.width for one in block.columns))
