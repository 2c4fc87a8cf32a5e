"""Copies checkpoints: the whole file under its name, or nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.candidates.errors import CandidateError
from app.i18n import tr
from model.atomic import whole_file
from model.official_facts import is_prompt_file, sidecar


def belongings(path: Path) -> list[Path]:
    """Return a checkpoint's file and, behind it, what is noted beside it (`epoch_N.json`)."""
    beside = sidecar(path)
    return [path, beside] if is_prompt_file(path) and beside.is_file() else [path]


def copy(source: Path, target: Path) -> None:
    """Copy a checkpoint and what belongs to it.

    Raises:
        CandidateError: It cannot be read or written; then nothing is there.
    """
    made: list[Path] = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # the checkpoint last: whoever sees it finds everything
        for file in reversed(belongings(source)):
            wanted = target.with_suffix(file.suffix)
            with whole_file(wanted) as part:
                shutil.copyfile(file, part)
            made.append(wanted)
    except OSError as error:
        for file in made:
            file.unlink(missing_ok=True)
        raise CandidateError(
            tr("{file} cannot be copied: {why}. Check the disk and its rights.").format(
                file=source.name, why=error.strerror or error
            )
        ) from error
