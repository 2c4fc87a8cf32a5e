"""Faults that stay on the screen until somebody has seen them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Cause(Enum):
    """Where a fault comes from; one fault of each can be present."""

    MODEL = "model"
    STORE = "store"
    OVERFLOW = "overflow"
    CAMERA = "camera"
    LINE = "line"
    BUG = "bug"
    GOLDEN = "golden"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        sentence: What is wrong and what to do.
        lasts: True while the cause is still there; False if it was a moment's.
    """

    sentence: str
    lasts: bool


class FaultLatch:
    """Holds faults until they are acknowledged and their causes are gone."""

    def __init__(self) -> None:
        self._faults: dict[Cause, Fault] = {}
        self._seen: set[Cause] = set()

    def set(self, cause: Cause, sentence: str, *, lasts: bool = False) -> bool:
        """Put a fault up; return False if the same cause is there already."""
        known = cause in self._faults
        self._faults[cause] = Fault(sentence, lasts)
        if known and cause in self._seen and not lasts:
            self._seen.discard(cause)
            return True
        return not known

    def heal(self, cause: Cause) -> bool:
        """Say that the cause is gone; return whether anything changes on the screen."""
        fault = self._faults.get(cause)
        if fault is None:
            return False
        if cause in self._seen:
            del self._faults[cause]
            self._seen.discard(cause)
            return True
        # Not seen yet: it stays until somebody has read it.
        self._faults[cause] = Fault(fault.sentence, lasts=False)
        return False

    def drop(self, cause: Cause) -> bool:
        """Take a fault down, seen or not; return whether it was there."""
        self._seen.discard(cause)
        return self._faults.pop(cause, None) is not None

    def acknowledge(self) -> bool:
        """Note that somebody has seen all faults; return False if there was none to see."""
        if not self.latched:
            return False
        self._faults = {cause: fault for cause, fault in self._faults.items() if fault.lasts}
        self._seen = set(self._faults)
        return True

    @property
    def causes(self) -> frozenset[Cause]:
        """Causes of all faults that are up."""
        return frozenset(self._faults)

    @property
    def latched(self) -> bool:
        """True while a fault waits for its acknowledgement."""
        return any(cause not in self._seen for cause in self._faults)

    @property
    def acknowledged(self) -> bool:
        """True if there are faults and all have been seen."""
        return bool(self._faults) and not self.latched

    @property
    def sentence(self) -> str:
        """All faults in words, the unseen first; "" if there is none."""
        order = sorted(self._faults, key=lambda cause: cause in self._seen)
        return " ".join(self._faults[cause].sentence for cause in order)
