"""A lot of a hundred parts whose figures can be counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.inspection.event import Event, EventKind
from app.inspection.record import Context, Evidence, InspectionRecord, Latencies, Optics
from app.inspection.review import Finding, Review
from app.inspection.verdict import Limits, decide
from app.month.records import made_up_id
from app.store.database import Database
from model.types import Region

START = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)
LOT, RECIPE, CHECKPOINT, SHA256 = "L-77", "gasket", "gasket-a", "ab" * 32
LIMITS = Limits(0.5, 0.45, 0.5, 0.1)
OK, NG, REVIEW, ERROR = 90, 6, 3, 1
SAMPLED = 10
"""The first ten OK parts were drawn; all were reviewed, the first one is defective."""

REGION = Region(((10, 10), (30, 10), (30, 30)), 200.0, 0.7, (10, 10, 31, 31))


def part(number: int, score: float | None, lot: str = LOT) -> InspectionRecord:
    """Return the part of a minute."""
    taken = START + timedelta(minutes=number)
    fault = "" if score is not None else "frame-stale: 2.4 s"
    regions = (REGION,) if score is not None and score >= LIMITS.ng else ()
    decision = decide(score, LIMITS, regions, fault)
    return InspectionRecord(
        id=made_up_id(taken, number),
        context=Context("station-1", lot, "A", "Kim"),
        recipe=RECIPE,
        recipe_version=3,
        serial=f"S{number:04d}",
        taken_utc=taken,
        taken_monotonic=float(number),
        source="test",
        frame_width=640,
        frame_height=512,
        checkpoint=CHECKPOINT,
        checkpoint_sha256=SHA256,
        detector="ad_clip",
        limits=LIMITS,
        score=score,
        decision=decision,
        latencies=Latencies(),
        software="0.1.0",
        defect="dent" if regions else "",
        optics=Optics(128.0 + number % 3, 400.0, 0.0, 0.0, 0.0, 2.0),
    )


def hundred(lot: str = LOT) -> list[InspectionRecord]:
    """Return 90 OK, 6 NG, 3 REVIEW and 1 ERROR in this order, a part a minute."""
    scores: list[float | None] = [0.2 + 0.001 * number for number in range(OK)]
    scores += [0.6] * NG + [0.47] * REVIEW + [None] * ERROR
    parts = [part(number, score, lot) for number, score in enumerate(scores)]
    return [replace(one, sampled=number < SAMPLED) for number, one in enumerate(parts)]


def said(parts: list[InspectionRecord]) -> Iterator[Review]:
    """Yield what was said: of the six NG four are right, one is a false call, one is open."""
    at = START + timedelta(hours=5)

    def review(number: int, by: str, finding: Finding, defect: str = "") -> Review:
        own = made_up_id(at, number)
        return Review(parts[number].id, at, by, finding, defect=defect, id=own)

    yield review(0, "Han", "escape", "crack")
    for number in range(1, SAMPLED):
        yield review(number, "Han", "confirmed")
    for number in range(OK, OK + 4):
        yield review(number, "정유진", "confirmed", "dent")
    yield review(OK + 4, "Han", "false-call")
    for number in range(OK + NG, OK + NG + REVIEW):
        yield review(number, "Han", "good")


def happened() -> Iterator[Event]:
    """Yield a golden check, a start, a fault of ten minutes and a stop after a hundred."""

    def event(minute: float, kind: EventKind, text: str = "", **details: object) -> Event:
        at = START + timedelta(minutes=minute)
        return Event(at, kind, "station-1", RECIPE, "Kim", text, details, made_up_id(at, 1))

    sample = {
        "id": "1",
        "name": "scratch 1",
        "expected": "NG",
        "found": "OK",
        "expected_score": 0.7,
        "score": 0.4,
        "limit": 0.5,
        "tolerance": 0.03,
        "compared": True,
        "problem": "verdict",
        "details": "",
    }
    yield event(-5, "golden", passed=False, samples=[sample])
    yield event(-3, "override", "looked at by hand")
    yield event(0, "started")
    yield event(20, "fault", "The camera does not answer.", cause="camera")
    yield event(30, "healed", "The camera does not answer.", cause="camera")
    yield event(90, "stopped")


def store_it(store: Database, evidence: Evidence | None = None) -> list[InspectionRecord]:
    """Put the lot, its reviews and events into a store."""
    parts = hundred()
    if evidence is not None:
        parts[OK] = replace(parts[OK], evidence=evidence)
    store.add_many(parts, list(said(parts)))
    for event in happened():
        store.events.add(event)
    return parts
