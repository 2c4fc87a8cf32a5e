"""What happened on a station apart from judging parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from app.inspection.record import new_id

EventKind = Literal[
    "started",
    "paused",
    "stopped",
    "fault",
    "healed",
    "recipe",
    "checkpoint",
    "golden",
    "sample",
    "override",
    "alarm",
    "limits",
    "retention",
    "shadow",
    "disagreement",
    "approval",
    "job",
]


@dataclass(frozen=True, slots=True)
class Event:
    """One happening; added, never edited.

    Attributes:
        at: When, timezone-aware UTC.
        kind: "started": parts are judged from now on; "paused", "stopped": no longer; "fault":
            one began (text: its sentence); "healed": it is over; "recipe", "checkpoint":
            another one is in force; "golden": the golden samples were judged; "sample": one
            was added, measured anew or retired; "override": a person let production go on
            although they had moved; "alarm": drift; "limits": a person set limits;
            "retention": pictures were removed; "shadow": a candidate began or ended to judge
            beside the checkpoint in force; "disagreement": it found otherwise; "approval": a
            person approved a recipe's version; "job": a training or teaching ended.
        station: Name of the station.
        recipe: Recipe in force, "" if none.
        by: Who, "" if it was nobody.
        text: One sentence, as shown at the time.
        details: JSON values that reports read; the kind says which.
        id: Own UUIDv7.
    """

    at: datetime
    kind: EventKind
    station: str
    recipe: str = ""
    by: str = ""
    text: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=new_id)
