"""Safetensors files whose table, bytes or ends are wrong."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterator
from typing import Any

from tests.rigs.checkpoint_files import header_of, with_table, with_text

_FLIPS = 24


def cut(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Return the file cut off at every border of its header and of its tensors."""
    table, rest = header_of(data)
    start = len(data) - len(rest)
    ends = {start + entry["data_offsets"][1] for key, entry in table.items() if key[:2] != "__"}
    borders = {0, 1, 7, 8, 9, 10, 8 + start // 2, start - 1, start, start + 1, len(data) - 1}
    for place in sorted((borders | ends) - {len(data)}):
        yield f"cut-{place:06}.safetensors", data[:place]


def cut_archive(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Return a torch archive cut off at every part's border, and inside its directory."""
    places = set(_all(data, b"PK\x03\x04")) | {len(data) - 1, len(data) - 30}
    places |= {place + 10 for place in _all(data, b"PK\x01\x02")[:3]} | {1, 4, 29}
    for place in sorted(places - {0}):
        yield f"cut-{place:07}.pth", data[:place]


def flipped(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Return the file with one bit turned over: in its length, its header, its tensors."""
    start = len(data) - len(header_of(data)[1])
    header = [8 + (start - 8) * number // _FLIPS for number in range(_FLIPS)]
    tensors = [start + (len(data) - start) * number // _FLIPS for number in range(_FLIPS)]
    for number, place in enumerate([*range(8), *header, *tensors, len(data) - 1]):
        bit = (number * 5 + 3) % 8
        changed = bytearray(data)
        changed[place] ^= 1 << bit
        yield f"flip-{place:06}-{bit}.safetensors", bytes(changed)


def flipped_archive(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Return a torch archive with one bit of its parts' contents turned over."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [part for part in archive.infolist() if part.file_size]
    for number, part in enumerate(parts):
        # lengths of name and extra field stand in the local header
        name, extra = struct.unpack_from("<HH", data, part.header_offset + 26)
        place = part.header_offset + 30 + name + extra + part.file_size // 2
        changed = bytearray(data)
        changed[place] ^= 1 << (number % 8)
        yield f"flip-{place:07}.pth", bytes(changed)


def odd_tables(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Return files whose table contradicts itself, the file or sense."""
    table, rest = header_of(data)
    text = json.dumps(table)
    for name, length in {
        "0": 0, "1": 1, "all": len(data), "beyond": len(data) - 7, "largest": (1 << 64) - 1,
        "half": 1 << 63, "terabyte": 1 << 40, "100mb": 100_000_001, "short": len(text) - 1,
    }.items():  # fmt: skip
        yield f"length-{name}.safetensors", length.to_bytes(8, "little") + data[8:]
    for name, changed in _tables(table).items():
        yield f"table-{name}.safetensors", with_table(changed, rest)
    for name, changed_text in _texts(text).items():
        yield f"text-{name}.safetensors", with_text(changed_text, rest)
    yield "behind.safetensors", data + b"\x00"
    yield "twice.safetensors", data + data
    yield "utf16.safetensors", _encoded(text, "utf-16", rest)
    yield "latin.safetensors", _encoded(text.replace("plain", "pl\u00e4in"), "latin-1", rest)


def _tables(table: dict[str, Any]) -> dict[str, object]:
    """Return tables of which one thing is wrong."""
    first, second = [key for key in table if key[:2] != "__"][:2]

    def put(key: str, **changes: object) -> dict[str, Any]:
        return table | {key: table[key] | changes}

    begin, end = table[first]["data_offsets"]
    return {
        "list": [table],
        "number": 7,
        "empty": {},
        "no-metadata": {key: value for key, value in table.items() if key[:2] != "__"},
        "metadata-list": table | {"__metadata__": []},
        "metadata-number": table | {"__metadata__": {"adclip": 7}},
        "metadata-empty": table | {"__metadata__": {}},
        "metadata-stranger": table | {"__metadata__": table["__metadata__"] | {"adclip-x": "1"}},
        "metadata-text": table | {"__metadata__": {"adclip": "no JSON"}},
        "metadata-json": table | {"__metadata__": {"adclip": "[1, 2]"}},
        "metadata-deep": table | {"__metadata__": {"adclip": "[" * 50_000}},
        "overlap": put(second, data_offsets=table[first]["data_offsets"]),
        "gap": put(first, data_offsets=[begin + 4, end + 4]),
        "backwards": put(first, data_offsets=[end, begin]),
        "beyond": put(second, data_offsets=[1 << 40, (1 << 40) + 8]),
        "negative": put(first, data_offsets=[-8, end - begin - 8]),
        "float-place": put(first, data_offsets=[float(begin), float(end)]),
        "one-place": put(first, data_offsets=[begin]),
        "no-place": put(first, data_offsets=None),
        "shape-huge": put(first, shape=[1 << 62, 1 << 62]),
        "shape-zero": put(first, shape=[0]),
        "shape-negative": put(first, shape=[-1, -8]),
        "shape-true": put(first, shape=[True, *table[first]["shape"]]),
        "shape-text": put(first, shape="4"),
        "type-unknown": put(first, dtype="F31"),
        "type-other": put(first, dtype="F64"),
        "type-list": put(first, dtype=["F32"]),
        "entry-number": table | {first: 7},
        "entry-more": put(first, code="import os"),
        "one-missing": {key: value for key, value in table.items() if key != second},
    }


def _texts(text: str) -> dict[str, str]:
    """Return texts that are no JSON, or JSON that two readers read differently."""
    first = next(key for key in json.loads(text) if key[:2] != "__")
    entry = json.dumps({first: json.loads(text)[first]})[1:-1]
    return {
        "twice": "{" + entry + ", " + text[1:],
        "twice-metadata": '{"__metadata__": {}, ' + text[1:],
        "twice-inside": text.replace('"dtype"', '"dtype": "F32", "dtype"', 1),
        "deep": '{"a":' * 20_000 + "1" + "}" * 20_000,
        "open": text[:-1],
        "nan": text.replace('"shape": [', '"shape": [NaN, ', 1),
        "comment": text[:-1] + "/* */}",
        "huge-number": text.replace('"data_offsets": [', '"data_offsets": [1' + "0" * 5000, 1),
        "half-character": text.replace("plain", "pl\\ud800in", 1)[:-1],
    }


def _encoded(text: str, encoding: str, rest: bytes) -> bytes:
    head = text.encode(encoding)
    return len(head).to_bytes(8, "little") + head + rest


def _all(data: bytes, mark: bytes) -> list[int]:
    places, place = [], data.find(mark)
    while place >= 0:
        places.append(place)
        place = data.find(mark, place + 1)
    return places
