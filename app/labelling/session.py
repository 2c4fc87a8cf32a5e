"""Labelling in memory: who said what of which picture, and how to take it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.labelling.journal import GOOD, OPEN, SKIP, Label

Show = Literal["all", "open", "good", "defective", "skip"]


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """How far the work is.

    Attributes:
        good: Pictures called good.
        defective: Pictures called defective, whatever the kind.
        skip: Pictures that were passed over on purpose.
        open: Pictures without a word.
    """

    good: int
    defective: int
    skip: int
    open: int

    @property
    def total(self) -> int:
        """All pictures."""
        return self.good + self.defective + self.skip + self.open


class LabelSession:
    """The labels of a list of pictures; each step can be taken back, as far as it goes.

    Args:
        names: Of the pictures, in order, each once.
        labels: What was said before; names that are not in the list are ignored.
    """

    def __init__(self, names: Sequence[str], labels: Mapping[str, str]) -> None:
        self.names = tuple(names)
        self._states = {name: labels[name] for name in self.names if name in labels}
        self._steps: list[tuple[Label, ...]] = []
        self._counts = Counter(_group(self.state_of(name)) for name in self.names)

    @property
    def counts(self) -> LabelCounts:
        """How far the work is."""
        count = self._counts
        return LabelCounts(count["good"], count["defective"], count["skip"], count["open"])

    @property
    def labels(self) -> dict[str, str]:
        """State of each picture that has one."""
        return dict(self._states)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to be taken back."""
        return bool(self._steps)

    def state_of(self, name: str) -> str:
        """Return "good", "skip", "defective" or a kind of defect; "" while nothing was said."""
        return self._states.get(name, OPEN)

    def answer(self, names: Iterable[str], state: str) -> tuple[Label, ...]:
        """Say something of pictures, as one step.

        Args:
            names: Pictures of the list.
            state: "good", "defective", "skip" or a kind of defect; "" takes the word back.

        Returns:
            What changed, to be kept.
        """
        changed = tuple(Label(n, state) for n in names if self.state_of(n) != state)
        if changed:
            self._steps.append(tuple(Label(one.name, self.state_of(one.name)) for one in changed))
            self._take(changed)
        return changed

    def undo(self) -> tuple[Label, ...]:
        """Take the last step back; return what changed, to be kept; empty if there was none."""
        if not self._steps:
            return ()
        before = self._steps.pop()
        self._take(before)
        return before

    def shown(self, show: Show) -> tuple[str, ...]:
        """Return the pictures of one group, in order."""
        if show == "all":
            return self.names
        return tuple(name for name in self.names if _group(self.state_of(name)) == show)

    def _take(self, labels: Iterable[Label]) -> None:
        for one in labels:
            self._counts[_group(self.state_of(one.name))] -= 1
            if one.state == OPEN:
                self._states.pop(one.name, None)
            else:
                self._states[one.name] = one.state
            self._counts[_group(one.state)] += 1


def _group(state: str) -> str:
    if state in (GOOD, SKIP):
        return state
    return "defective" if state else "open"
