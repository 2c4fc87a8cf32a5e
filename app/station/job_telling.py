"""The end of a job as an event for the reports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.i18n import tr
from app.inspection.event import Event
from app.jobs.job import Job, JobState
from app.station.status import StationStatus


def event_of(job: Job, status: StationStatus | None) -> Event:
    """Return the event "job" of a job that has ended.

    Its details: `job`, `job_kind`, `name`, `state`, `tries`, `active_s`, `checkpoint` ("" if
    none was made), `slower` (largest loss of the line's speed, a share, or null).

    Args:
        job: As it has ended.
        status: The station; None if there is none.
    """
    details: dict[str, Any] = {
        "job": job.id,
        "job_kind": job.kind,
        "name": job.name,
        "state": job.state.value,
        "tries": job.tries,
        "active_s": round(job.active_s, 1),
        "checkpoint": str(job.result.get("checkpoint") or ""),
        "slower": job.slower,
    }
    return Event(
        at=job.ended or datetime.now(UTC),
        kind="job",
        station=status.context.station if status else "",
        recipe=status.recipe.name if status else "",
        by=job.by,
        text=_text(job),
        details=details,
    )


def _text(job: Job) -> str:
    if job.state is JobState.DONE:
        return tr("Training {name} has ended.").format(name=job.name)
    if job.state is JobState.STOPPED:
        return tr("Training {name} was stopped.").format(name=job.name)
    if job.state is JobState.INTERRUPTED:
        return tr("Training {name} was interrupted; it can be resumed.").format(name=job.name)
    return tr("Training {name} has failed: {why}").format(name=job.name, why=job.sentence)
