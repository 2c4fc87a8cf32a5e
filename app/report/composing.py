"""Puts the facts into words and blocks, in the language in use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from app.i18n import language, tr
from app.report import listing, machine, outcome
from app.report.attention import what_stands_out
from app.report.document import (
    Block,
    Document,
    Heading,
    Note,
    Signature,
    Tile,
    Tiles,
)
from app.report.facts import Facts
from app.report.wording import (
    NOTHING,
    TITLES,
    clock,
    count,
    interval,
    minute,
    moment,
    name,
    share,
)
from app.store.evidence import EvidenceStore


def compose(
    facts: Facts, evidence: EvidenceStore | None = None, zone: tzinfo | None = None
) -> Document:
    """Return the report in the language in use.

    Args:
        facts: What it says.
        evidence: Where the thumbnails come from; None leaves them out.
        zone: Clock of the plant; None for this computer's.
    """
    return _Composer(facts, evidence, zone).document()


class _Composer:
    def __init__(self, facts: Facts, evidence: EvidenceStore | None, zone: tzinfo | None) -> None:
        self._facts, self._evidence, self._zone = facts, evidence, zone

    def document(self) -> Document:
        facts = self._facts
        title = tr(TITLES[facts.scope.kind])
        subject = self._subject()
        return Document(
            language=language(),
            title=title,
            subject=subject,
            facts=tuple(self._head()),
            blocks=tuple(self._blocks()),
            footer=f"{title}: {subject}",
            page=tr("page {page} of {pages}"),
        )

    def _subject(self) -> str:
        scope = self._facts.scope
        if scope.kind == "shift" and scope.day is not None:
            return tr("{shift}, {day}").format(shift=scope.name, day=scope.day.isoformat())
        if scope.kind == "time":
            ends = (scope.since or self._facts.first, scope.until or self._facts.last)
            return " … ".join(moment(end, self._zone) for end in ends)
        return name(scope.name)

    def _head(self) -> Iterator[tuple[str, str]]:
        facts = self._facts
        recipes = ", ".join(group.name for group in facts.recipes)
        ends = f"{moment(facts.first, self._zone)} … {moment(facts.last, self._zone)}"
        yield tr("Parts taken"), f"{ends}  ({clock(facts.made_at, self._zone)})"
        yield tr("Recipe"), recipes or facts.scope.query.recipe or NOTHING
        yield tr("Station"), ", ".join(facts.stations) or NOTHING
        made = minute(facts.made_at, self._zone)
        by = tr("{time} by {person}").format(time=made, person=facts.made_by or tr("(no name)"))
        yield tr("Report made"), f"{by}, AD-CLIP Station {facts.software}"

    def _blocks(self) -> Iterator[Block]:
        facts = self._facts
        yield self._tiles()
        if facts.is_empty:
            yield Note(tr("No part was judged here; there is nothing else to report."), "attention")
        yield from what_stands_out(facts, self._zone)
        if not facts.is_empty:
            yield from outcome.rates(facts)
            yield from outcome.in_force(facts)
            yield from outcome.pareto(facts)
            yield from outcome.trend(facts, self._zone)
            yield from outcome.groups(facts)
            yield from outcome.scores(facts, self._zone)
        yield from machine.golden(facts, self._zone)
        yield from machine.running(facts, self._zone)
        yield from machine.happenings(facts, self._zone)
        yield from listing.blocks(facts, self._evidence, self._zone)
        yield Heading(tr("Signatures"))
        yield Signature((tr("Prepared by"), tr("Checked by"), tr("Released by")))

    def _tiles(self) -> Tiles:
        tally, rates = self._facts.tally, self._facts.rates[0].rates
        tiles = [
            Tile(tr("Parts"), count(tally.parts)),
            Tile(tr("OK"), count(tally.ok), tone="ok"),
            Tile(tr("NG"), count(tally.ng), share(tally.ng_share), "ng"),
            Tile(tr("REVIEW"), count(tally.review), tone="review"),
            Tile(tr("ERROR"), count(tally.error), tone="error"),
            Tile(tr("Yield"), share(tally.good_share)),
        ]
        for label, found in (
            (tr("False calls"), rates.false_call_rate),
            (tr("Escapes"), rates.escape_rate),
        ):
            detail = tr("not known") if found is None else f"95 %: {interval(found)}"
            tiles.append(Tile(label, share(None if found is None else found.value), detail))
        return Tiles(tuple(tiles))
