"""A report as a row of blocks, the same for paper, page and screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.report.charts import Chart


@dataclass(frozen=True, slots=True)
class Heading:
    """Begins a section.

    Attributes:
        text: Its name.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence.

    Attributes:
        text: The sentence.
        tone: "plain"; "attention" where something is to be done; "fine" where all is well;
            "small" for what explains.
    """

    text: str
    tone: Literal["plain", "attention", "fine", "small"] = "plain"


@dataclass(frozen=True, slots=True)
class Tile:
    """One number to be seen at once.

    Attributes:
        label: What it is.
        value: The number in words.
        detail: What belongs to it, "" if nothing.
        tone: "plain", "ok", "ng", "review" or "error".
    """

    label: str
    value: str
    detail: str = ""
    tone: Literal["plain", "ok", "ng", "review", "error"] = "plain"


@dataclass(frozen=True, slots=True)
class Tiles:
    """Tiles in a row."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: Its head.
        width: Share of the table's width; all shares are put in relation.
        is_number: To the right, digits under digits.
    """

    name: str
    width: float = 1.0
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts; on paper the head is repeated on every page.

    Attributes:
        columns: At least one.
        rows: As many texts each as there are columns.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart."""

    chart: Chart


@dataclass(frozen=True, slots=True)
class Card:
    """A part with its picture.

    Attributes:
        picture: JPEG file; None if none is kept.
        missing: Why there is no picture, "" if there is one.
        lines: What is to be said of the part, the most important first.
    """

    picture: bytes | None
    missing: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cards:
    """Parts with their pictures."""

    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """Lines to sign on.

    Attributes:
        labels: Who signs: one line each.
    """

    labels: tuple[str, ...]


Block = Heading | Note | Tiles | Table | Figure | Cards | Signature


@dataclass(frozen=True, slots=True)
class Document:
    """A report in one language.

    Attributes:
        language: "en" or "ko".
        title: What kind of report.
        subject: What it covers.
        facts: (label, value) pairs of the head.
        blocks: Its content.
        footer: Stands on every page.
        page: Text of the page number with {page} and {pages}.
    """

    language: str
    title: str
    subject: str
    facts: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    footer: str
    page: str
