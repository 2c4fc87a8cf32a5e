"""The facts of a report as JSON values, for programs."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

import numpy as np

from app.report.facts import Facts

# Too long for one line, and found by the command `records`.
_LEFT_OUT = {"regions", "class_probabilities", "query"}


def as_json(facts: Facts) -> dict[str, Any]:
    """Return the facts as JSON values; what is not finite or not known is None."""
    found = _value(facts)
    tally = facts.tally
    found["tally"].update(parts=tally.parts, good_share=tally.good_share, ng_share=tally.ng_share)
    return dict(found)


def _value(found: Any) -> Any:
    if is_dataclass(found) and not isinstance(found, type):
        names = [field.name for field in fields(found) if field.name not in _LEFT_OUT]
        return {name: _value(getattr(found, name)) for name in names}
    if isinstance(found, np.ndarray):
        return _value(found.tolist())
    if isinstance(found, dict):
        return {str(key): _value(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [_value(value) for value in found]
    return _plain(found)


def _plain(found: Any) -> Any:
    if isinstance(found, datetime | date):
        return found.isoformat()
    if isinstance(found, Enum):
        return found.value
    if isinstance(found, np.generic):
        found = found.item()
    if isinstance(found, float) and not math.isfinite(found):
        return None
    return found
