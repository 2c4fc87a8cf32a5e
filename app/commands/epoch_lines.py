"""How a command tells the program that started it what each epoch came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from app.commands.progress_lines import ProgressLines
from model.training.config import Epoch, TrainingProgress


class EpochLines:
    """Tells each epoch once, those of a cross-validation left out.

    Args:
        lines: Where to.
        most: Epochs at most; 0 where that is not known.
    """

    def __init__(self, lines: ProgressLines, most: int) -> None:
        self._lines, self._most = lines, most
        self._told = 0

    def show(self, now: TrainingProgress) -> None:
        """Say how far the run is."""
        self._lines.show(now.stage, now.done, now.total)
        if now.last is not None and not now.stage.startswith("fold "):
            self.tell([now.last])

    def tell(self, epochs: Iterable[Epoch]) -> None:
        """Say what epochs came to, in their order."""
        for epoch in epochs:
            if epoch.number > self._told:
                self._told = epoch.number
                self._lines.say({"epoch": asdict(epoch), "epochs": self._most})
