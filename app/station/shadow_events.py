"""What a shadow found as events, and back: the list of disagreements survives a restart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app import log
from app.i18n import tr
from app.inspection.event import Event
from app.inspection.verdict import Verdict
from app.station.shadow_status import Disagreement, ShadowStatus
from app.store.base import RecordStore
from model.types import CheckpointInfo


def begun_event(
    candidate: CheckpointInfo, judge: CheckpointInfo, recipe: str, station: str, by: str
) -> Event:
    """Return the event of a candidate that begins to judge beside.

    Keys of its details: `begun` (true), `name`, `sha256`, `path` (of the candidate),
    `checkpoint`, `checkpoint_sha256` (in force).
    """
    text = tr("Candidate {name} judges beside {judge}, without a say.")
    details = {
        "begun": True,
        "name": candidate.name,
        "sha256": candidate.sha256,
        "path": str(candidate.path),
        "checkpoint": judge.name,
        "checkpoint_sha256": judge.sha256,
    }
    said = text.format(name=candidate.name, judge=judge.name)
    return Event(datetime.now(UTC), "shadow", station, recipe, by, said, details)


def ended_event(status: ShadowStatus, station: str, kept: int) -> Event:
    """Return the event of a candidate that judges no longer; its text says why.

    Keys of its details: `begun` (false), `name`, `sha256`, `judged`, `skipped`, `agreed`,
    `agreed_low`, `agreed_high` (95 % interval of the share), `model_ms`, `kept` (so many
    disagreements have an event of their own).
    """
    candidate, interval = status.candidate, status.interval
    details = {
        "begun": False,
        "name": candidate.name if candidate else "",
        "sha256": candidate.sha256 if candidate else "",
        "judged": status.judged,
        "skipped": status.skipped,
        "agreed": status.agreed,
        "agreed_low": interval.low,
        "agreed_high": interval.high,
        "model_ms": status.model_ms,
        "kept": kept,
    }
    now = datetime.now(UTC)
    return Event(now, "shadow", station, status.recipe, "", status.sentence, details)


def disagreement_event(found: Disagreement, station: str) -> Event:
    """Return the event of a part on which the candidate found otherwise.

    Keys of its details: the fields of `Disagreement`; verdicts as text, `taken_utc` in ISO form.
    """
    text = tr("Candidate {name}: {candidate}; in force: {verdict}.")
    details = {
        "record_id": found.record_id,
        "taken_utc": found.taken_utc.isoformat(),
        "verdict": found.verdict.value,
        "score": found.score,
        "candidate_verdict": found.candidate_verdict.value,
        "candidate_score": found.candidate_score,
        "checkpoint": found.checkpoint,
        "checkpoint_sha256": found.checkpoint_sha256,
        "candidate": found.candidate,
        "candidate_sha256": found.candidate_sha256,
    }
    said = text.format(
        name=found.candidate,
        candidate=found.candidate_verdict.value,
        verdict=found.verdict.value,
    )
    return Event(datetime.now(UTC), "disagreement", station, found.recipe, "", said, details)


def disagreement_of(event: Event) -> Disagreement | None:
    """Return what an event "disagreement" tells of; None if its details are damaged."""
    values: dict[str, Any] = dict(event.details)
    try:
        return Disagreement(
            record_id=str(values["record_id"]),
            taken_utc=datetime.fromisoformat(values["taken_utc"]),
            verdict=Verdict(values["verdict"]),
            score=_number(values["score"]),
            candidate_verdict=Verdict(values["candidate_verdict"]),
            candidate_score=_number(values["candidate_score"]),
            recipe=event.recipe,
            checkpoint=str(values["checkpoint"]),
            checkpoint_sha256=str(values["checkpoint_sha256"]),
            candidate=str(values["candidate"]),
            candidate_sha256=str(values["candidate_sha256"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        log.station.info("event %s is no disagreement: %s", event.id, error)
        return None


def stored_disagreements(
    store: RecordStore, candidate_sha256: str = "", limit: int = 200
) -> tuple[Disagreement, ...]:
    """Return disagreements that were kept, the newest first. Blocks.

    Args:
        store: Where the events are.
        candidate_sha256: Of this candidate alone; "" for all.
        limit: At most this many.

    Raises:
        StoreError: The database fails.
    """
    found: list[Disagreement] = []
    # Those of other candidates are left out after reading, so more are asked for.
    asked = limit if not candidate_sha256 else 20 * limit
    for event in store.events.find(kinds=("disagreement",), limit=asked):
        one = disagreement_of(event)
        if one is not None and candidate_sha256 in ("", one.candidate_sha256):
            found.append(one)
    return tuple(found[:limit])


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
