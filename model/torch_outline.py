"""Torch files, looked at without loading them: which tensors of which sizes; nothing is run.

Imports no torch. The pickle inside is read by an unpickler that knows containers and inert
stand-ins for tensors and refuses everything else; storages are not read.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.errors import CheckpointError, DamagedCheckpoint, ForeignFile, HoldsCode

# some thousand tensors; reading more would keep other threads waiting
_LARGEST_PICKLE = 1 << 21
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PICKLES = 3
# programs and notes are packed in archives that torch writes, weights are not
_MOST_UNPACKED, _SPARE = 2, 1 << 24
# what a damaged archive or pickle raises
DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, pickle.UnpicklingError, EOFError, OSError,
    ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, RecursionError,
    RuntimeError, TypeError, ValueError,
)  # fmt: skip


class NeedsCode(pickle.UnpicklingError):
    """A pickle asks for something other than tensors; the message names it."""


@dataclass(frozen=True, slots=True)
class TensorOutline:
    """A tensor that was not loaded.

    Attributes:
        shape: Its sizes.
    """

    shape: tuple[int, ...]


def outline(file: Path) -> dict[str, Any]:
    """Return what a torch file holds, with a `TensorOutline` in place of each tensor.

    Args:
        file: An archive, or a file of the form before torch 1.6.

    Raises:
        CheckpointError: It is missing, damaged, or would need code to be read.
    """
    if not file.is_file():
        raise CheckpointError(f"The file {file} does not exist; check the path.")
    try:
        content = _archived(file) if zipfile.is_zipfile(file) else _legacy(file)
    except NeedsCode as error:
        raise HoldsCode(
            f"The file {file} holds more than plain tensors ({error}) and was not read, since "
            "that would run code; use a safetensors file."
        ) from error
    except DAMAGE as error:
        raise DamagedCheckpoint(
            f"The file {file} is damaged or no weight file; get it again."
        ) from error
    if not isinstance(content, Mapping):
        raise ForeignFile(f"The file {file} holds no named tensors; get the right one.")
    return dict(content)


def check_archive(file: Path) -> None:
    """Refuse an archive whose parts do not have their checksums or that unpacks without end.

    Torch itself looks at neither. Files that are no archives pass.

    Raises:
        CheckpointError: It is one of the two.
    """
    if not zipfile.is_zipfile(file):
        return
    try:
        size = file.stat().st_size
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            is_bomb = unpacked > _MOST_UNPACKED * size + _SPARE
            damaged = "" if is_bomb else archive.testzip()
    except DAMAGE as error:
        raise DamagedCheckpoint(f"The file {file} is damaged; get it again.") from error
    if is_bomb:
        raise ForeignFile(
            f"The file {file} would unpack to {unpacked / 1e6:.0f} MB and was not read, since no "
            "checkpoint is packed; get the right file."
        )
    if damaged:
        raise DamagedCheckpoint(
            f"The file {file} is damaged: {damaged[:60]!r} in it is not what was written; "
            "get it again."
        )


def _archived(file: Path) -> Any:
    with zipfile.ZipFile(file) as archive:
        parts = [part for part in archive.infolist() if part.filename.endswith("data.pkl")]
        if len(parts) != 1 or parts[0].file_size > _LARGEST_PICKLE:
            raise EOFError("it has not the one pickle of a torch file")
        with archive.open(parts[0]) as stream:
            return _Reader(io.BytesIO(stream.read(_LARGEST_PICKLE))).load()


def _legacy(file: Path) -> Any:
    with file.open("rb") as opened:
        stream = io.BytesIO(opened.read(_LARGEST_PICKLE))
    # one pickle each of magic number, protocol and machine, then the content
    magic, *_ = [_Reader(stream).load() for _ in range(_LEGACY_PICKLES)]
    if magic != _LEGACY_MAGIC:
        raise EOFError("it is no torch file")
    return _Reader(stream).load()


# the reader written in Python: that in C makes room for whatever place a pickle names
class _Reader(pickle._Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Return one of the few harmless things that tensors need."""
        if module == "torch" and name.endswith("Storage"):
            return name
        known = {
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("torch._utils", "_rebuild_parameter"): _first,
            ("collections", "OrderedDict"): OrderedDict,
        }
        if (module, name) not in known:
            raise NeedsCode(f"{module}.{name}"[:80])
        return known[module, name]

    def persistent_load(self, pid: Any) -> None:
        """Leave a storage where it is."""


def _tensor(_storage: object, _offset: object, size: Any, *_: object) -> TensorOutline:
    shape = tuple(size)
    if not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError("a tensor has no sizes")
    return TensorOutline(shape)


def _first(value: object, *_: object) -> object:
    return value
