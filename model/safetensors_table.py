"""The table at the start of a safetensors file: read and checked to the last byte, no tensor read.

Source: the format as described by its authors (huggingface/safetensors, README, "Format").
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.errors import CheckpointError, DamagedCheckpoint, ForeignFile

LENGTH_BYTES = 8
# three megabytes of normal pictures as text, and room
_LARGEST_TABLE = 1 << 24
_METADATA = "__metadata__"
# those that torch writes and this program understands, bytes per value
_WIDTHS = {
    "BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4, "U32": 4,
    "F32": 4, "F64": 8, "I64": 8, "U64": 8,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TensorPlace:
    """One tensor of the table.

    Attributes:
        dtype: Type of its values, as safetensors writes it: "F32".
        shape: Its sizes.
        begin: First byte, counted from the end of the table.
        end: Byte after the last.
    """

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """What stands before the tensors.

    Attributes:
        metadata: Texts by name.
        tensors: Place of each tensor by name.
        start: Byte of the file at which the tensors begin.
    """

    metadata: Mapping[str, str]
    tensors: Mapping[str, TensorPlace]
    start: int


class _Damage(ValueError):
    """Why a table cannot be right, words that complete "is damaged: ..."."""


def read_start(path: Path) -> tuple[bytes, int]:
    """Return the bytes of a file up to the first tensor, and the size of the whole file.

    Only that much is read; of a file that is no safetensors file, hardly anything.

    Raises:
        CheckpointError: It cannot be read.
    """
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            head = stream.read(LENGTH_BYTES + 1)
            length = int.from_bytes(head[:LENGTH_BYTES], "little")
            if length <= _LARGEST_TABLE and head[LENGTH_BYTES:] == b"{":
                head += stream.read(length - 1)
    except OSError as error:
        raise CheckpointError(
            f"Cannot read the checkpoint {path}: {error.strerror or error}."
        ) from error
    return head, size


def parse_table(path: Path, data: bytes, size: int) -> Table:
    """Return the table of a file after checking that it describes every byte of it once.

    Args:
        path: For the sentence.
        data: The file's bytes, at least up to the first tensor.
        size: Of the whole file.

    Raises:
        CheckpointError: The file is no safetensors file, cut off, or its table contradicts
            itself or the file.
    """
    length = int.from_bytes(data[:LENGTH_BYTES], "little")
    start = LENGTH_BYTES + length
    if size < LENGTH_BYTES + 2 or length > _LARGEST_TABLE or data[8:9] != b"{":
        raise ForeignFile(f"The file {path} is no safetensors file; choose a checkpoint.")
    if start > size:
        raise DamagedCheckpoint(f"The checkpoint {path} is cut off; get the file again.")
    try:
        values = _json(data[LENGTH_BYTES:start])
    except (ValueError, RecursionError) as error:
        why = f": {error}" if isinstance(error, _Damage) else ""
        raise DamagedCheckpoint(
            f"The file {path} is no safetensors file or its header is damaged{why}; "
            "choose a checkpoint or get the file again."
        ) from error
    try:
        metadata = _texts(values.pop(_METADATA, {}))
        tensors = {name: _place(name, value) for name, value in values.items()}
        end = _end(tensors)
    except _Damage as error:
        raise DamagedCheckpoint(
            f"The header of the checkpoint {path} is damaged: {error}; get the file again."
        ) from error
    if start + end > size:
        raise DamagedCheckpoint(f"The checkpoint {path} is cut off; get the file again.")
    if start + end < size:
        raise DamagedCheckpoint(
            f"The checkpoint {path} is damaged: {size - start - end} bytes follow the last "
            "tensor; get the file again."
        )
    return Table(metadata, tensors, start)


def _json(data: bytes) -> dict[str, Any]:
    values = json.loads(
        data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant
    )
    if not isinstance(values, dict):
        raise _Damage("it is no table")
    return values


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # two readers could take either of the two
        raise _Damage("a name stands in it twice")
    return found


def _no_constant(word: str) -> float:
    raise _Damage(f"{word} stands in it")


def _texts(values: object) -> dict[str, str]:
    if not isinstance(values, dict) or not all(isinstance(text, str) for text in values.values()):
        raise _Damage("its notes are no texts")
    return values


def _place(name: str, value: object) -> TensorPlace:
    if not isinstance(value, dict) or value.keys() != {"dtype", "shape", "data_offsets"}:
        raise _Damage(f"{_short(name)} is not described")
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _WIDTHS:
        raise _Damage(f"{_short(name)} has an unknown type")
    if not _are_sizes(shape) or not _are_sizes(offsets) or len(offsets) != 2:
        raise _Damage(f"{_short(name)} has an impossible shape or place")
    if math.prod(shape) * _WIDTHS[dtype] != offsets[1] - offsets[0]:
        raise _Damage(f"{_short(name)} does not fill its place")
    return TensorPlace(dtype, tuple(shape), offsets[0], offsets[1])


def _are_sizes(values: object) -> bool:
    return isinstance(values, list) and all(type(one) is int and one >= 0 for one in values)


def _end(tensors: Mapping[str, TensorPlace]) -> int:
    """Return where the last tensor ends, having seen that they lie one behind the other."""
    end = 0
    for place in sorted(tensors.values(), key=lambda place: (place.begin, place.end)):
        if place.begin != end:
            raise _Damage("tensors overlap or leave gaps")
        end = place.end
    return end


def _short(name: str) -> str:
    return repr(name if len(name) <= 60 else f"{name[:60]}...")
