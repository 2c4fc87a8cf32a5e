from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.datasets.tile_table import FILE, TileRow, is_tile_set, read_tiles, write_tiles
from model.errors import DatasetError

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
ROWS = st.builds(
    TileRow,
    file=WORDS.map(lambda name: f"unlabelled/{name}.png"),
    group=WORDS,
    state=st.sampled_from(("", "good", "구멍", "pin, hole")),
    by=st.sampled_from(("", "folder", "mask", "eye")),
    why=WORDS,
    drawn=st.sampled_from(("train", "test")),
    picture=WORDS,
    x=st.integers(0, 10**6),
)


@given(st.lists(ROWS, max_size=5))
@settings(deadline=None, max_examples=25)
def test_a_table_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[TileRow]
) -> None:
    folder = tmp_path_factory.mktemp("tiles")
    write_tiles(folder, rows)
    assert is_tile_set(folder)
    assert read_tiles(folder) == tuple(rows)


def test_what_is_no_table_of_tiles_is_said(tmp_path: Path) -> None:
    assert not is_tile_set(tmp_path)
    with pytest.raises(DatasetError, match="Cannot read"):
        read_tiles(tmp_path)
    (tmp_path / FILE).write_text("file,tile\na.png,1\n", encoding="utf-8")
    assert not is_tile_set(tmp_path)
    with pytest.raises(DatasetError, match="is no table of tiles; cut them anew"):
        read_tiles(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "a.png,g\n",
        "a.png,g,good,me,,train,,p,1,0,0,9,9\n",
        ",,\n",
        "a.png,g,../..,eye,,train,,p,1,0,0,9,9\n",
    ],
)
def test_a_damaged_line_is_said(tmp_path: Path, line: str) -> None:
    write_tiles(tmp_path, [TileRow("train/good/a.png", "g", "good", "folder")])
    with (tmp_path / FILE).open("a", encoding="utf-8") as stream:
        stream.write(line)
    with pytest.raises(DatasetError, match="is damaged"):
        read_tiles(tmp_path)


def test_a_table_that_is_not_text_is_said(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe\x00")
    assert not is_tile_set(tmp_path)
    with pytest.raises(DatasetError, match="is damaged"):
        read_tiles(tmp_path)
