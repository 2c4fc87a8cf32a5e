"""Golden checks as the details of an event, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Literal

from app.golden.check import GoldenCheck, SampleCheck
from app.golden.wording import sentence
from app.i18n import N_, tr
from app.inspection.event import Event
from app.inspection.golden import GoldenSample
from app.inspection.verdict import Verdict

Change = Literal["added", "measured", "retired"]

_CHANGES: dict[Change, str] = {
    "added": N_("Golden sample {name} was added."),
    "measured": N_("Golden sample {name} was measured anew."),
    "retired": N_("Golden sample {name} was retired."),
}


def as_details(done: GoldenCheck, why: str) -> dict[str, Any]:
    """Return a check as the details of an Event "golden".

    Keys: `passed` (bool), `why` ("start", "shift", "recipe", "checkpoint", "request"),
    `recipe_version`, `checkpoint`, `checkpoint_sha256`, `problem`, and `samples`: a list with
    the fields of `SampleCheck` and `passed`; `expected` and `found` are verdicts as text.
    """
    return {
        "passed": done.passed,
        "why": why,
        "recipe_version": done.recipe_version,
        "checkpoint": done.checkpoint,
        "checkpoint_sha256": done.checkpoint_sha256,
        "problem": done.problem,
        "samples": [_sample_details(sample) for sample in done.samples],
    }


def from_details(recipe: str, at: datetime, details: Mapping[str, Any]) -> GoldenCheck:
    """Return the check that the details of an Event "golden" tell of.

    Args:
        recipe: Recipe of the event.
        at: Its time.
        details: As `as_details` makes them; what is missing is taken as unknown.
    """
    return GoldenCheck(
        recipe=recipe,
        recipe_version=int(details.get("recipe_version", 0)),
        checkpoint=str(details.get("checkpoint", "")),
        checkpoint_sha256=str(details.get("checkpoint_sha256", "")),
        at=at,
        samples=tuple(_sample_from(values) for values in details.get("samples", ())),
        problem=str(details.get("problem", "")),
    )


def check_event(done: GoldenCheck, why: str, station: str) -> Event:
    """Return the event of a check, for the store."""
    text, details = sentence(done), as_details(done, why)
    return Event(done.at, "golden", station, done.recipe, "", text, details)


def override_event(done: GoldenCheck, station: str, by: str, reason: str, text: str) -> Event:
    """Return the event of a person who lets production go on after a check that failed.

    Keys of its details: `reason`, `recipe_version`, `checkpoint`, `checkpoint_sha256`,
    `checked_at` (ISO time of the check), `samples` (names of those that were not right).
    """
    details = {
        "reason": reason,
        "recipe_version": done.recipe_version,
        "checkpoint": done.checkpoint,
        "checkpoint_sha256": done.checkpoint_sha256,
        "checked_at": done.at.isoformat(),
        "samples": [sample.name for sample in done.failed],
    }
    return Event(datetime.now(UTC), "override", station, done.recipe, by, text, details)


def sample_event(action: Change, sample: GoldenSample, station: str, by: str) -> Event:
    """Return the event of a change of a golden set.

    Keys of its details: `action`, `id`, `name`, `verdict`, `score`, `tolerance`,
    `checkpoint_sha256`.
    """
    details = {
        "action": action,
        "id": sample.id,
        "name": sample.name,
        "verdict": sample.verdict.value,
        "score": sample.score,
        "tolerance": sample.tolerance,
        "checkpoint_sha256": sample.checkpoint_sha256,
    }
    text = tr(_CHANGES[action]).format(name=sample.name)
    return Event(datetime.now(UTC), "sample", station, sample.recipe, by, text, details)


def _sample_details(sample: SampleCheck) -> dict[str, Any]:
    values = asdict(sample)
    values["expected"] = sample.expected.value
    values["found"] = sample.found.value if sample.found else None
    values["passed"] = sample.passed
    return values


def _sample_from(values: Mapping[str, Any]) -> SampleCheck:
    found = values.get("found")
    return SampleCheck(
        id=str(values.get("id", "")),
        name=str(values.get("name", "")),
        expected=Verdict(values.get("expected", "ERROR")),
        found=Verdict(found) if found else None,
        expected_score=float(values.get("expected_score", 0.0)),
        score=values.get("score"),
        limit=values.get("limit"),
        tolerance=float(values.get("tolerance", 0.0)),
        compared=bool(values.get("compared", False)),
        problem=str(values.get("problem", "")),
        details=str(values.get("details", "")),
    )
