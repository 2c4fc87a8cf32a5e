"""The inspection station: capture, verdict, storage, outputs and the window."""

from __future__ import annotations

VERSION = "0.1.0"
