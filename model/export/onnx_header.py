"""What an exported ONNX file says of itself, read without the packages that run it.

The same header as a checkpoint's stands in the file's metadata, with a seal over every byte. A
file of another program has neither and is refused.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from model.checkpoint_header import METADATA_KEY, Header, parse_header
from model.checkpoint_seal import BLANK, SEAL_KEY
from model.errors import CheckpointError, DamagedCheckpoint, ForeignFile

SUFFIX = ".onnx"
_METADATA = 14
_KEY, _VALUE = 1, 2
_LARGEST_ENTRY = 4_000_000
# how a text of the seal's length stands behind its key (protobuf: field 2, length 64)
_SEAL = SEAL_KEY.encode("ascii") + bytes([_VALUE << 3 | 2, len(BLANK)])


def is_named_so(path: Path) -> bool:
    """Return whether a file is named like an exported one."""
    return path.suffix.lower() == SUFFIX


def header_of_onnx(path: Path) -> Header:
    """Return the header of an exported file; no weight is read.

    Raises:
        CheckpointError: The file is missing, cut off, of another program, or of a newer format.
    """
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            entries = dict(_entry(one) for one in _metadata(stream, size))
    except OSError as error:
        raise CheckpointError(
            f"Cannot read the checkpoint {path}: {error.strerror or error}."
        ) from error
    except (ValueError, IndexError, KeyError) as error:
        raise DamagedCheckpoint(
            f"The file {path} is damaged or no ONNX file; get it again."
        ) from error
    text = entries.get(METADATA_KEY)
    if text is None:
        raise ForeignFile(
            f"The file {path} is no checkpoint of this program; export one with: "
            f"export --onnx {path.name}."
        )
    return parse_header(path, text)


def sealed(data: bytes) -> bytes:
    """Return a file's bytes with the seal in place of `BLANK`.

    Raises:
        ValueError: It is nowhere blank.
    """
    place = data.rindex(_SEAL + BLANK.encode("ascii")) + len(_SEAL)
    return data[:place] + _digest(data, place).encode("ascii") + data[place + len(BLANK) :]


def check_seal(path: Path, data: bytes) -> None:
    """Compare a file with its seal.

    Raises:
        CheckpointError: Something in it has changed since it was written.
    """
    place = data.rfind(_SEAL) + len(_SEAL)
    seal = data[place : place + len(BLANK)]
    if place < len(_SEAL) or _digest(data, place).encode("ascii") != seal:
        raise DamagedCheckpoint(
            f"The checkpoint {path} is damaged: its content is not what was written; "
            "get the file again."
        )


def _digest(data: bytes, place: int) -> str:
    view = memoryview(data)
    digest = hashlib.sha256(view[:place])
    digest.update(BLANK.encode("ascii"))
    digest.update(view[place + len(BLANK) :])
    return digest.hexdigest()


def _metadata(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the entries of the metadata (protobuf's ModelProto, field 14); skip all others."""
    while stream.tell() < size:
        number, kind = divmod(_varint(stream), 8)
        if kind == 0:
            _varint(stream)
            continue
        length = {1: 8, 5: 4}[kind] if kind != 2 else _varint(stream)
        if stream.tell() + length > size:
            raise ValueError("the file ends too early")
        if number == _METADATA and kind == 2:
            if length > _LARGEST_ENTRY:
                raise ValueError("an entry is too long")
            yield stream.read(length)
        else:
            stream.seek(length, os.SEEK_CUR)


def _entry(data: bytes) -> tuple[str, str]:
    """Return key and value of an entry (StringStringEntryProto)."""
    texts = {_KEY: "", _VALUE: ""}
    place = 0
    while place < len(data):
        number = data[place] >> 3
        length, place = _short(data, place + 1)
        texts[number] = data[place : place + length].decode("utf-8")
        place += length
    return texts[_KEY], texts[_VALUE]


def _short(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place


def _varint(stream: BinaryIO) -> int:
    value = shift = 0
    while True:
        byte = stream.read(1)
        if not byte or shift > 63:
            raise ValueError("the file ends too early")
        value |= (byte[0] & 127) << shift
        shift += 7
        if byte[0] < 128:
            return value
