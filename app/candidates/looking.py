"""Which files of a folder are checkpoints, and what the start of one says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.candidates.entry import Entry
from model.checkpoint_facts import SUFFIXES, facts
from model.errors import BackboneFile, CheckpointError

# a .pt is a backbone as a rule; one can still be imported
LISTED = tuple(suffix for suffix in SUFFIXES if suffix != ".pt")


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder that are called like checkpoints; none if it is not there."""
    try:
        return [
            file
            for file in sorted(folder.iterdir())
            if file.suffix.lower() in LISTED and not file.name.startswith(".") and file.is_file()
        ]
    except OSError:
        # not made yet, or on a drive that is not there now
        return []


def mark_of(path: Path) -> tuple[int, int, int]:
    """Return what changes when a file or what is noted beside it does.

    Raises:
        OSError: It is gone.
    """
    found, beside = path.stat(), path.with_suffix(".json")
    noted = beside.stat().st_mtime_ns if beside.is_file() else 0
    return found.st_size, found.st_mtime_ns, noted


def looked_at(path: Path, *, is_shipped: bool) -> Entry | None:
    """Return what a header says, without notes and hash; None for a backbone.

    Args:
        path: The file.
        is_shipped: It came with the program.

    Raises:
        OSError: It is gone.
    """
    found = path.stat()
    entry = Entry(
        path=path,
        info=None,
        problem="",
        notes="",
        modified=datetime.fromtimestamp(found.st_mtime, UTC),
        size_bytes=found.st_size,
        is_shipped=is_shipped,
    )
    try:
        said = facts(path)
    except BackboneFile:
        return None
    except CheckpointError as error:
        return replace(entry, problem=str(error))
    return replace(
        entry,
        info=said.info,
        prompt_length=said.prompts.n_ctx if said.prompts else None,
        deep_prompt_length=said.prompts.t_n_ctx if said.prompts else None,
        epoch=said.epoch,
    )
