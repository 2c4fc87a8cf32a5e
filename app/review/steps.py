"""A value that a person changes, with the steps back and forth."""

from __future__ import annotations

from typing import Generic, TypeVar

Value = TypeVar("Value")

_MOST_STEPS = 300


class Steps(Generic[Value]):
    """What is there now and the steps that led to it; every change is a new value.

    Args:
        present: Where it begins.

    Attributes:
        present: What is seen now.
    """

    def __init__(self, present: Value) -> None:
        self.present = present
        self._past: list[Value] = []
        self._future: list[Value] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back."""
        return bool(self._future)

    def change(self, value: Value, *, joined: bool = False) -> None:
        """Go one step on; nothing happens if nothing changes.

        Args:
            value: What is seen from now on.
            joined: One step together with the last one, as for a key that is held down.
        """
        if value == self.present:
            return
        if not (joined and self._past):
            self._past = [*self._past, self.present][-_MOST_STEPS:]
        self._future = []
        self.present = value

    def undo(self) -> None:
        """Take the last step back."""
        if self._past:
            self._future.append(self.present)
            self.present = self._past.pop()

    def redo(self) -> None:
        """Take the step again that was taken back last."""
        if self._future:
            self._past.append(self.present)
            self.present = self._future.pop()
