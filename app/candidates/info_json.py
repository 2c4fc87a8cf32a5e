"""What a checkpoint's header says, as JSON and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from model.types import Calibration, CheckpointInfo

_PLAIN = tuple(
    field.name for field in fields(CheckpointInfo) if field.name not in ("path", "calibration")
)


def info_to_json(info: CheckpointInfo) -> dict[str, Any]:
    """Return JSON values; a limit that is not known is null."""
    values: dict[str, Any] = {name: getattr(info, name) for name in _PLAIN}
    limits = {field.name: getattr(info.calibration, field.name) for field in fields(Calibration)}
    values["path"] = str(info.path)
    values["calibration"] = {name: _null(value) for name, value in limits.items()}
    return values


def info_from_json(values: Mapping[str, Any]) -> CheckpointInfo:
    """Return what `info_to_json` wrote.

    Raises:
        KeyError, TypeError, ValueError: It did not write this.
    """
    limits: dict[str, Any] = {
        name: math.nan if value is None else value for name, value in values["calibration"].items()
    }
    plain = {name: values[name] for name in _PLAIN}
    return CheckpointInfo(path=Path(values["path"]), calibration=Calibration(**limits), **plain)


def _null(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
