"""What goes wrong with candidates through no fault of the code."""

from __future__ import annotations

from app.errors import ExpectedError


class CandidateError(ExpectedError):
    """A checkpoint on the shelf cannot be noted, removed, restored, imported or exported."""

    code = "candidate"


class CheckCancelled(CandidateError):
    """A person stopped it; nothing has changed."""

    code = "cancelled"
