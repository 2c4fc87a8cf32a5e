"""The seal of a checkpoint: a hash over every byte of the file, kept in its own header.

Shapes do not show that a bit of a weight or of a limit has turned over on its way here; the seal
does. Files of earlier versions have none and load as they did.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from model.errors import DamagedCheckpoint
from model.safetensors_table import Table

SEAL_KEY = "adclip-sha256"
BLANK = "0" * 64
_DIGITS = frozenset("0123456789abcdef")


def sealed(data: bytes) -> bytes:
    """Return a file's bytes with the seal in place of `BLANK`.

    Args:
        data: A safetensors file whose metadata say `BLANK` under `SEAL_KEY`.

    Raises:
        ValueError: They do not, or say it elsewhere too.
    """
    place = _place(data, BLANK)
    return data[:place] + _digest(data, place).encode("ascii") + data[place + len(BLANK) :]


def check_seal(path: Path, data: bytes, table: Table) -> None:
    """Compare a file with its seal; one without a seal passes.

    Args:
        path: For the sentence.
        data: The whole file.
        table: What stands at its start.

    Raises:
        CheckpointError: Something in it has changed since it was written.
    """
    seal = table.metadata.get(SEAL_KEY)
    if seal is None:
        return
    try:
        is_whole = _is_seal(seal) and _digest(data, _place(data[: table.start], seal)) == seal
    except ValueError:
        is_whole = False
    if not is_whole:
        raise DamagedCheckpoint(
            f"The checkpoint {path} is damaged: its content is not what was written; "
            "get the file again."
        )


def _is_seal(text: str) -> bool:
    return len(text) == len(BLANK) and _DIGITS.issuperset(text)


def _place(data: bytes, seal: str) -> int:
    """Return where in a file's header the seal stands.

    Raises:
        ValueError: Nowhere, or in two places.
    """
    entry = f'"{SEAL_KEY}":"{seal}"'.encode("ascii")
    place = data.index(entry)
    if data.find(entry, place + 1) >= 0:
        raise ValueError("the seal stands in two places")
    return place + len(entry) - len(seal) - 1


def _digest(data: bytes, place: int) -> str:
    """Return the hash of a file in which the seal is blank."""
    view = memoryview(data)
    digest = hashlib.sha256(view[:place])
    digest.update(BLANK.encode("ascii"))
    digest.update(view[place + len(BLANK) :])
    return digest.hexdigest()
