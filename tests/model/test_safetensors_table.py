from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError
from safetensors.torch import load

from model.errors import CheckpointError, ForeignFile
from model.safetensors_table import parse_table, read_start
from tests.rigs.checkpoint_files import with_table, with_text

PATH = Path("some.safetensors")


def entry(begin: int, end: int, **changes: object) -> dict[str, Any]:
    return {"dtype": "F32", "shape": [(end - begin) // 4], "data_offsets": [begin, end], **changes}


GOOD = {"__metadata__": {"a": "b"}, "x": entry(0, 8), "y": entry(8, 8), "z": entry(8, 20)}


def parsed(data: bytes) -> object:
    return parse_table(PATH, data, len(data))


def test_a_good_table() -> None:
    data = with_table(GOOD, bytes(20))
    table = parse_table(PATH, data, len(data))
    assert table.metadata == {"a": "b"}
    assert table.tensors["z"].shape == (3,)
    assert table.start == len(data) - 20
    assert table.tensors.keys() == load(data).keys()


@given(st.integers(0, 19))
def test_a_file_that_ends_too_early(left: int) -> None:
    with pytest.raises(CheckpointError, match="cut off"):
        parsed(with_table(GOOD, bytes(left)))


def test_a_file_that_goes_on() -> None:
    with pytest.raises(CheckpointError, match="1 bytes follow the last tensor"):
        parsed(with_table(GOOD, bytes(21)))


ODD_ENTRIES = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "I64", "BOOL", "X", "", None]),
        "shape": st.lists(st.integers(-2, 9), max_size=3),
        "data_offsets": st.lists(st.integers(-4, 40), min_size=1, max_size=3),
    }
)


@given(st.dictionaries(st.text(max_size=4), ODD_ENTRIES, max_size=3))
def test_what_passes_is_what_the_library_takes(values: dict[str, Any]) -> None:
    data = with_table(values, bytes(20))
    try:
        parsed(data)
    except CheckpointError:
        return
    load(data)


@given(st.binary(max_size=60))
def test_any_bytes_end_in_a_sentence(data: bytes) -> None:
    with pytest.raises(CheckpointError, match=r"some\.safetensors"):
        parsed(data)


def test_a_name_that_stands_twice() -> None:
    text = json.dumps(GOOD)
    double = '{"x": ' + json.dumps(entry(0, 8)) + ", " + text[1:]
    with pytest.raises(CheckpointError, match="stands in it twice"):
        parsed(with_text(double, bytes(20)))


def test_overlaps_are_refused_as_the_library_does() -> None:
    data = with_table({"x": entry(0, 12), "y": entry(8, 20)}, bytes(20))
    with pytest.raises(CheckpointError, match="overlap or leave gaps"):
        parsed(data)
    with pytest.raises(SafetensorError):
        load(data)


def test_only_the_start_of_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "big.safetensors"
    head = with_table({"x": entry(0, 4_000_000_000)}, b"")
    with file.open("wb") as stream:
        stream.write(head)
        # sparse: takes no room on the disk
        stream.truncate(len(head) + 4_000_000_000)
    data, size = read_start(file)
    assert data == head
    assert parse_table(file, data, size).tensors["x"].end == 4_000_000_000


def test_of_a_foreign_file_hardly_anything_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    file.write_bytes(b"\x89PNG" + bytes(100_000))
    data, size = read_start(file)
    assert len(data) == 9
    with pytest.raises(ForeignFile):
        parse_table(file, data, size)
    with pytest.raises(CheckpointError, match="Cannot read"):
        read_start(tmp_path / "none")
