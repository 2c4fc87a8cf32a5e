"""The folders that a person opened to see the checkpoints in them; kept for the next start."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.paths import Home
from app.settings.files import read_toml, write_toml

_KEY = "folders"
_MOST = 20


def opened_folders(home: Home) -> tuple[Path, ...]:
    """Return the folders, the last opened first. Blocks."""
    found = read_toml(_file(home)).get(_KEY, [])
    return tuple(Path(one) for one in found if isinstance(one, str) and one)


def open_folder(home: Home, folder: Path) -> None:
    """Keep a folder. Blocks.

    Raises:
        StoreError: The file cannot be written.
    """
    known = [one for one in opened_folders(home) if one != folder]
    _write(home, [folder, *known][:_MOST])


def close_folder(home: Home, folder: Path) -> None:
    """Forget a folder; nothing in it changes. Blocks.

    Raises:
        StoreError: The file cannot be written.
    """
    _write(home, [one for one in opened_folders(home) if one != folder])


def _file(home: Home) -> Path:
    return home.root / "checkpoint-folders.toml"


def _write(home: Home, folders: Sequence[Path]) -> None:
    write_toml(_file(home), {_KEY: [str(folder) for folder in folders]})
