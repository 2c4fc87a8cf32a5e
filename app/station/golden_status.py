"""How it stands with the golden samples: one frozen value for the window and the tests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.golden.check import GoldenCheck
from app.golden.wording import sentence
from app.i18n import tr


class GoldenState(Enum):
    """What is known of the golden samples.

    NONE: not judged since the recipe, the checkpoint or the shift changed. CHECKING: they
    are being judged. PASSED: every one came out as it must. MOVED: one did not, or none
    could be judged. OVERRIDDEN: one did not, and a person lets production go on.
    """

    NONE = "none"
    CHECKING = "checking"
    PASSED = "passed"
    MOVED = "moved"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True, slots=True)
class GoldenStatus:
    """One look at the golden samples of the recipe in force.

    Attributes:
        state: What is known.
        required: The recipe wants them to be right before parts are judged.
        check: The newest check; None if there was none in this run.
        by: Who lets production go on (OVERRIDDEN).
        reason: Why (OVERRIDDEN).
    """

    state: GoldenState = GoldenState.NONE
    required: bool = False
    check: GoldenCheck | None = None
    by: str = ""
    reason: str = ""

    @property
    def blocks(self) -> bool:
        """True while no part may be judged."""
        return self.required and self.state not in (GoldenState.PASSED, GoldenState.OVERRIDDEN)

    @property
    def can_be_overridden(self) -> bool:
        """True while a person can let production go on all the same."""
        return self.blocks and self.state is GoldenState.MOVED

    @property
    def mark(self) -> str:
        """What has to stand on the live screen, in the language in use; "" for nothing."""
        if self.state is GoldenState.OVERRIDDEN and self.check is not None:
            text = tr("Golden samples overridden by {by} ({reason}). {what}")
            return text.format(by=self.by, reason=self.reason, what=sentence(self.check))
        if self.state is GoldenState.CHECKING and self.required:
            return tr("The golden samples are being judged; production waits for them.")
        return ""


NOT_JUDGED = GoldenStatus()
