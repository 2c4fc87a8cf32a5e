"""How a change of checkpoint stands, and how it ended: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from model.types import CheckpointInfo


class SwapStep(Enum):
    """Where a change of checkpoint stands; the line judges with the old one through all of it.

    NONE: none was asked for. PREPARING: the candidate is checked, loaded and warmed up.
    GOLDEN: it judges the golden samples. KEEPING: the recipe is kept as a new version.
    DONE: it is in force. REFUSED: it is not; the sentence says why.
    """

    NONE = "none"
    PREPARING = "preparing"
    GOLDEN = "golden"
    KEEPING = "keeping"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SwapStatus:
    """One look at the change of checkpoint that was asked for last.

    Attributes:
        step: Where it stands.
        name: What it is about, file name or name of the checkpoint.
        sentence: How it ended, for people; "" while it goes on.
    """

    step: SwapStep = SwapStep.NONE
    name: str = ""
    sentence: str = ""

    @property
    def is_busy(self) -> bool:
        """True while it goes on."""
        return self.step in (SwapStep.PREPARING, SwapStep.GOLDEN, SwapStep.KEEPING)


@dataclass(frozen=True, slots=True)
class Swapped:
    """A checkpoint has taken over.

    Attributes:
        before: What judged until then; None if nothing did.
        after: What judges from the next frame on.
        by: Who wanted it.
        why: Why.
        took_s: From the request until it judges the next frame, seconds.
        rolled_back: It was a step back.
        was_warm: The model was in memory already.
    """

    before: CheckpointInfo | None
    after: CheckpointInfo
    by: str
    why: str
    took_s: float
    rolled_back: bool = False
    was_warm: bool = False
