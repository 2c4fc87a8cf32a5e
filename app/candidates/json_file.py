"""Small JSON files of the shelf: tolerant reading, whole writing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app import log
from app.settings.files import write_text


def read_json(file: Path) -> dict[str, Any]:
    """Return the object that a file holds; a missing or damaged one counts as empty."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        log.station.warning("%s cannot be read (%s); it counts as empty", file, error)
        return {}
    return values if isinstance(values, dict) else {}


def write_json(file: Path, values: dict[str, Any]) -> None:
    """Write an object: the whole file or nothing.

    Raises:
        StoreError: It cannot be written.
    """
    write_text(file, json.dumps(values, ensure_ascii=False, indent=1))
