"""The parts that a report lists: NG with thumbnails, escapes, parts without verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from app.i18n import tr, trn
from app.inspection.reasons import explain
from app.report.document import Block, Cards, Column, Heading, Note, Table
from app.report.facts import Facts, ListedPart, PartList
from app.report.thumbnails import card
from app.report.wording import FINDINGS, NOTHING, count, moment, name, score
from app.store.evidence import EvidenceStore


def blocks(facts: Facts, evidence: EvidenceStore | None, zone: tzinfo | None) -> Iterator[Block]:
    """Yield the sections of listed parts; none for kinds that did not occur."""
    if facts.escapes.count:
        yield Heading(tr("Escapes that people found"))
        yield from _cards(facts.escapes, evidence, zone)
    if facts.ng.count:
        yield Heading(tr("NG parts"))
        yield from _cards(facts.ng, evidence, zone)
    if facts.errors.count:
        yield Heading(tr("Parts without verdict"))
        yield _errors(facts.errors, zone)
        yield from _left_out(facts.errors)


def _cards(found: PartList, evidence: EvidenceStore | None, zone: tzinfo | None) -> Iterator[Block]:
    shown = [part for part in found.parts if part.record.evidence is not None]
    bare = [part for part in found.parts if part.record.evidence is None]
    if shown:
        yield Cards(tuple(card(part.record, _lines(part, zone), evidence) for part in shown))
    if bare:
        yield Note(
            trn(
                "Of {count} part no picture is kept:",
                "Of {count} parts no picture is kept:",
                len(bare),
            ).format(count=count(len(bare)))
        )
        yield _bare(bare, zone)
    yield from _left_out(found)


def _left_out(found: PartList) -> Iterator[Block]:
    if found.left_out:
        text = trn(
            "{count} earlier part is left out here; the table of records has all.",
            "{count} earlier parts are left out here; the table of records has all.",
            found.left_out,
        )
        yield Note(text.format(count=count(found.left_out)), "small")


def _lines(part: ListedPart, zone: tzinfo | None) -> tuple[str, ...]:
    record = part.record
    limit = record.limits.ng if record.limits else None
    return (
        f"{record.serial}  {_kind(part)}".strip(),
        moment(record.taken_utc, zone, seconds=True),
        tr("{lot}, {recipe} version {version}").format(
            lot=name(record.context.lot), recipe=record.recipe, version=record.recipe_version
        ),
        tr("score {score}, NG from {limit}").format(score=score(record.score), limit=score(limit)),
        _said(part),
    )


def _kind(part: ListedPart) -> str:
    said = (review.defect for review in reversed(part.said) if review.defect)
    return next(said, part.record.defect)


def _said(part: ListedPart) -> str:
    if not part.said:
        return tr("not reviewed")
    newest = part.said[-1]
    return f"{tr(FINDINGS.get(newest.finding, newest.finding))} ({name(newest.by)})"


def _bare(parts: Sequence[ListedPart], zone: tzinfo | None) -> Table:
    columns = (
        Column(tr("Time"), 1.5),
        Column(tr("Serial"), 1.1),
        Column(tr("Lot"), 1.5),
        Column(tr("Kind"), 1.2),
        Column(tr("Score"), 0.8, is_number=True),
        Column(tr("NG from"), 0.8, is_number=True),
        Column(tr("Found on review"), 1.8),
    )
    rows = [
        (
            moment(part.record.taken_utc, zone, seconds=True),
            part.record.serial,
            name(part.record.context.lot),
            _kind(part) or NOTHING,
            score(part.record.score),
            score(part.record.limits.ng if part.record.limits else None),
            _said(part),
        )
        for part in parts
    ]
    return Table(columns, tuple(rows))


def _errors(found: PartList, zone: tzinfo | None) -> Table:
    columns = (
        Column(tr("Time"), 1.5),
        Column(tr("Serial"), 1.2),
        Column(tr("Lot"), 1.4),
        Column(tr("Why"), 4.0),
        Column(tr("Found on review"), 1.3),
    )
    rows = []
    for part in found.parts:
        record = part.record
        newest = part.said[-1] if part.said else None
        word = NOTHING if newest is None else tr(FINDINGS.get(newest.finding, newest.finding))
        rows.append(
            (
                moment(record.taken_utc, zone, seconds=True),
                record.serial,
                name(record.context.lot),
                explain(record),
                word,
            )
        )
    return Table(columns, tuple(rows))
