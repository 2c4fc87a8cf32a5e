from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.datasets.entry_path import relative, resolved
from model.errors import DatasetError

ROOT = Path("/data/set")
PARTS = st.lists(st.sampled_from(["..", ".", "a", "b c", "검사", "..."]), min_size=1, max_size=8)


@given(PARTS, st.sampled_from(["/", "\\"]))
def test_a_relative_path_stays_inside_or_is_refused(parts: list[str], separator: str) -> None:
    depth = lowest = 0
    for part in parts:
        depth += {"..": -1, ".": 0}.get(part, 1)
        lowest = min(lowest, depth)
    text = separator.join(parts)
    if lowest < 0:
        with pytest.raises(DatasetError, match="leaves the data set"):
            resolved(ROOT, text)
    else:
        assert resolved(ROOT, text).is_relative_to(ROOT)


@given(st.lists(st.sampled_from(["a", "b c", "검사", "1.png"]), min_size=1, max_size=5))
def test_what_is_written_is_read_again(parts: list[str]) -> None:
    path = ROOT.joinpath(*parts)
    assert resolved(ROOT, relative(ROOT, path)) == path


def test_a_file_outside_is_written_with_its_whole_path(tmp_path: Path) -> None:
    file = tmp_path / "1.png"
    file.write_bytes(b"")
    assert resolved(tmp_path / "set", relative(tmp_path / "set", file)) == file
