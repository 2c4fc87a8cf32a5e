"""Expected errors: what the environment did, not what the code did.

The message is one plain sentence for the person at the screen. Whatever is not an
`ExpectedError` (or a `model.errors.ModelError`) is a bug: it is logged with its stack,
the station goes to FAULT and the verdict is never OK.
"""

from __future__ import annotations


class AppError(Exception):
    """Root of the station's errors."""


class ExpectedError(AppError):
    """Something outside the program went wrong; the station keeps a safe state.

    Args:
        message: What is wrong and what to do, in one sentence, in the user's language.
        code: Short stable identifier for outputs and logs, e.g. "camera-lost".
    """

    code = "expected"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class UsageError(ExpectedError):
    """The command line or a setting asks for something impossible; exit code 2."""

    code = "usage"


class CameraError(ExpectedError):
    """The camera cannot be opened, has stalled or is gone."""

    code = "camera"


class StoreError(ExpectedError):
    """A record or its evidence cannot be stored or read."""

    code = "store"


class RecipeError(ExpectedError):
    """A recipe is missing, damaged or contradicts itself."""

    code = "recipe"
