"""How this program starts itself in another process."""

from __future__ import annotations

import sys
from pathlib import Path


def program() -> list[str]:
    """Return the words that start this program; a command and its options follow them."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, str(Path(__file__).resolve().parents[1] / "main.py")]
