"""One checkpoint on the shelf, as far as its header says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from model.types import CheckpointInfo


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that is, or should be, a checkpoint; no weight of it was read.

    Attributes:
        path: The file.
        info: What its header says; None if it cannot be understood. `sha256` is "" until the
            file was hashed once, see `Shelf.hashed`.
        problem: Why it cannot be used, one sentence; "" as far as the header tells.
        notes: What people wrote about it.
        modified: Time of the file, timezone-aware UTC.
        size_bytes: Size of the file.
        prompt_length: Learnable words of the prompts (n_ctx); None if there are none.
        deep_prompt_length: Learnable words in the text tower (t_n_ctx); None if there are none.
        epoch: Number of an `epoch_N` file; None for others.
        is_shipped: It came with the program and stays where it is.
    """

    path: Path
    info: CheckpointInfo | None
    problem: str
    notes: str
    modified: datetime
    size_bytes: int = 0
    prompt_length: int | None = None
    deep_prompt_length: int | None = None
    epoch: int | None = None
    is_shipped: bool = False

    @property
    def name(self) -> str:
        """Name for people: that of the header, else of the file."""
        return self.info.name if self.info else self.path.stem


@dataclass(frozen=True, slots=True)
class Binned:
    """A checkpoint in the bin.

    Attributes:
        path: Where the file lies now.
        origin: Where it lay, and where `Shelf.restore` puts it.
        removed: When, timezone-aware UTC.
        notes: What people wrote about it.
        size_bytes: Size of the file.
    """

    path: Path
    origin: Path
    removed: datetime
    notes: str = ""
    size_bytes: int = 0
