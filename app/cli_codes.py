"""Exit codes of the command line."""

from __future__ import annotations

DONE = 0
NG_FOUND = 1
BAD_INPUT = 2
FAULT = 3
