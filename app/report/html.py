"""A report as one HTML file: charts and pictures are inside, nothing is fetched."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from app.report.document import Block, Card, Document, Figure

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def to_html(document: Document) -> str:
    """Return the report as an HTML page."""
    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    page = _environment().get_template("report.html")
    # The style sheet is ours, and quotes in it must stay quotes.
    return page.render(document=document, style=Markup(style))


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
    )
    made.globals.update(kind_of=_kind_of, drawing_of=_drawing_of, picture_of=_picture_of)
    return made


def _kind_of(block: Block) -> str:
    return type(block).__name__


def _drawing_of(block: Figure) -> Markup:
    # Letters are outlines in it, so no name of a lot or recipe stands in it as text.
    return Markup(block.chart.svg())


def _picture_of(card: Card) -> str:
    if card.picture is None:
        raise ValueError("a card without a picture shows why")
    return "data:image/jpeg;base64," + base64.b64encode(card.picture).decode("ascii")
