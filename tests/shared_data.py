"""Where the optional reference numbers and real images lie; loud skip where they are absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[2] / "shared"


def golden(name: str) -> Path:
    """Return a file or folder of the reference outputs (ADCLIP_GOLDEN overrides the folder)."""
    return _found(Path(os.environ.get("ADCLIP_GOLDEN") or _SHARED / "golden") / name)


def data_root(name: str) -> Path:
    """Return the folder of a real data set (ADCLIP_DATA overrides the parent folder)."""
    return _found(Path(os.environ.get("ADCLIP_DATA") or _SHARED / "data") / name)


def _found(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"REFERENCE DATA ABSENT: {path}; this test proves nothing here")
    return path
