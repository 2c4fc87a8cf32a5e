"""A bar on the terminal for work in stages."""

from __future__ import annotations

from typing import Any

from tqdm import tqdm

from model.training.config import TrainingProgress


class StageBar:
    """One bar; each stage starts it anew. Without a terminal nothing is shown."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._stage = ""

    def __enter__(self) -> StageBar:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, now: TrainingProgress) -> None:
        """Show how far the run is."""
        # validation comes after every epoch: it shares the bar of the training
        if now.stage.endswith("validation"):
            return
        if now.stage != self._stage:
            self._close()
            self._bar = tqdm(desc=now.stage, total=now.total, disable=None)
            self._stage = now.stage
        if now.last is not None:
            quality, loss = now.last.metrics.get("quality"), now.last.losses.get("total")
            shown = {"epoch": now.epoch, "loss": loss, "quality": quality}
            self._bar.set_postfix(shown, refresh=False)
        self._bar.total = now.total
        self._bar.update(now.done - self._bar.n)
