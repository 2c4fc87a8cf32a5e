"""Settings survive damage, older and newer programs, and a full disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from app.errors import StoreError
from app.settings import files
from app.settings.files import good_values, read_toml, upgraded, write_text, write_toml

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
VALUES = st.dictionaries(
    TEXT,
    st.recursive(
        st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT | st.floats(allow_nan=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=6,
)


class Some(BaseModel):
    number: int = Field(default=3, ge=0)
    name: str = "x"


@given(VALUES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_what_is_written_is_read(tmp_path: Path, values: dict[str, Any]) -> None:
    file = tmp_path / "a" / "b.toml"
    write_toml(file, values)
    assert read_toml(file) == values


def test_a_missing_file_is_empty(tmp_path: Path) -> None:
    assert read_toml(tmp_path / "none.toml") == {}


@pytest.mark.logs_expected
@pytest.mark.parametrize("content", [b"number = = 3", b"\xff\xfe", b"[[[", b"a = 1\na = 2"])
def test_a_damaged_file_is_put_aside(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "station.toml"
    file.write_bytes(content)
    assert read_toml(file) == {}
    assert not file.exists()
    assert (tmp_path / "station.toml.damaged").read_bytes() == content


@pytest.mark.logs_expected
def test_a_folder_in_its_place_is_no_end(tmp_path: Path) -> None:
    assert read_toml(tmp_path) == {}


def test_an_interrupted_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "station.toml"
    write_text(file, "old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        write_text(file, "new")
    assert file.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["station.toml"]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        write_text(tmp_path / "file" / "x.toml", "new")


@pytest.mark.logs_expected
@given(
    number=st.one_of(st.integers(), TEXT, st.booleans(), st.lists(st.integers(), max_size=2)),
    name=st.one_of(TEXT, st.integers()),
    more=VALUES,
)
def test_bad_keys_are_dropped_and_good_ones_kept(number: Any, name: Any, more: Any) -> None:
    found = good_values(Some, {**more, "number": number, "name": name}, Path("x.toml"))
    assert found.name == (name if isinstance(name, str) else "x")
    if isinstance(number, int) and not isinstance(number, bool) and number >= 0:
        assert found.number == number
    if isinstance(number, list) or (type(number) is int and number < 0):
        assert found.number == 3


@pytest.mark.logs_expected
def test_the_warning_names_file_key_and_reason(caplog: pytest.LogCaptureFixture) -> None:
    good_values(Some, {"number": -1, "colour": "red"}, Path("x.toml"))
    said = [record.getMessage() for record in caplog.records]
    assert said[0] == "x.toml: unknown setting colour is ignored"
    assert said[1].startswith("x.toml: setting number is ignored: Input should be greater")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"old": 1}, {"newest": 12, "version": 3}),
        ({"version": 1, "old": 1}, {"newest": 12, "version": 3}),
        ({"version": 2, "new": 5}, {"newest": 15, "version": 3}),
        ({"version": 3, "newest": 7}, {"newest": 7, "version": 3}),
        ({"version": 9, "newest": 7, "later": 1}, {"newest": 7, "later": 1, "version": 3}),
        ({"version": "two", "old": 1}, {"newest": 12, "version": 3}),
        ({"version": True, "old": 1}, {"newest": 12, "version": 3}),
    ],
)
def test_older_files_are_upgraded_step_by_step(
    values: dict[str, Any], expected: dict[str, Any]
) -> None:
    upgrades = {
        1: lambda found: {"new": found["old"] + 1},
        2: lambda found: {"newest": found["new"] + 10},
    }
    assert upgraded(values, upgrades, 3) == expected
