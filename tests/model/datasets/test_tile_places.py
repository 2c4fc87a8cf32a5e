from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.datasets.collection import read_collection
from model.datasets.tile_places import (
    ArrangingCancelled,
    arrange,
    counts_of,
    drawn_for_test,
    located,
    placed,
)
from model.datasets.tile_table import TileRow, read_tiles
from model.errors import DatasetError
from tests.model.datasets.small_sets import picture

STATES = ("", "good", "hole", "stain")


def rows(*found: tuple[str, str, str]) -> list[TileRow]:
    """Return tiles of (name, group, state)."""
    return [TileRow(f"unlabelled/{name}.png", group, state) for name, group, state in found]


def written(folder: Path, tiles: list[TileRow]) -> list[TileRow]:
    for number, row in enumerate(tiles):
        picture(folder / row.file, number)
    return tiles


@given(st.sets(st.text(max_size=5), max_size=20), st.floats(0, 0.9), st.integers(0, 5))
@settings(deadline=None)
def test_both_sides_get_something(names: set[str], share: float, seed: int) -> None:
    test = drawn_for_test(names, share, seed)
    assert test <= names
    assert test == drawn_for_test(sorted(names), share, seed)
    if len(names) > 1 and share > 0:
        assert 0 < len(test) < len(names)
    assert abs(len(test) - share * len(names)) <= 1


def test_one_more_changes_little() -> None:
    before = drawn_for_test([str(n) for n in range(100)], 0.3, 0)
    after = drawn_for_test([str(n) for n in range(101)], 0.3, 0)
    assert len(before ^ after) <= 2


TILES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(STATES), st.sampled_from(("train", "test"))),
    max_size=30,
)


@given(TILES)
@settings(deadline=None)
def test_no_group_is_on_both_sides_and_no_defect_is_learned_from(
    tiles: list[tuple[str, str, str]],
) -> None:
    drawn = {group: side for group, _, side in tiles}
    found = placed(
        [
            TileRow(f"unlabelled/{n}.png", group, state, drawn=drawn[group])  # type: ignore[arg-type]
            for n, (group, state, _) in enumerate(tiles)
        ]
    )
    sides = defaultdict(set)
    for row in found:
        folder = row.file.rpartition("/")[0]
        assert folder == {"": "unlabelled", "good": folder}.get(row.state, f"test/{row.state}")
        if row.state:
            sides[row.group].add(row.file.partition("/")[0])
    assert all(len(one) == 1 for one in sides.values())
    assert placed(found) == found
    counts = counts_of(found)
    assert counts.labelled + counts.unlabelled == len(tiles)


def test_tiles_go_where_their_labels_want_them_and_back(tmp_path: Path) -> None:
    tiles = written(tmp_path, rows(("1", "a", ""), ("2", "a", ""), ("3", "b", "")))
    labelled = placed([replace(tiles[0], state="good"), tiles[1], replace(tiles[2], state="hole")])
    counts = arrange(tmp_path, labelled)
    assert (counts.train_good, counts.kinds, counts.unlabelled) == (1, {"hole": 1}, 1)
    assert (tmp_path / "train" / "good" / "1.png").is_file()
    assert [one.kind for one in read_collection(tmp_path).test] == ["hole"]
    # a defect on the second tile takes the first one to the test as well
    again = placed([labelled[0], replace(labelled[1], state="stain"), labelled[2]])
    arrange(tmp_path, again)
    assert (tmp_path / "test" / "good" / "1.png").is_file()
    assert not (tmp_path / "train").exists()
    assert not (tmp_path / "unlabelled").exists()
    arrange(tmp_path, placed(tiles))
    assert sorted(located(tmp_path)) == ["1.png", "2.png", "3.png"]
    assert not (tmp_path / "meta.json").exists()
    assert not (tmp_path / "test").exists()


def test_what_was_cut_off_is_finished_by_the_next(tmp_path: Path) -> None:
    tiles = written(tmp_path, rows(*((str(n), "a", "") for n in range(6))))
    good = placed([replace(row, state="good") for row in tiles])
    calls: list[int] = []
    with pytest.raises(ArrangingCancelled):
        arrange(
            tmp_path, good, progress=lambda n, _: calls.append(n), cancelled=lambda: len(calls) > 2
        )
    assert not (tmp_path / "tiles.csv").exists()
    # meanwhile other things were said
    holes = placed([replace(row, state="hole") for row in tiles])
    assert arrange(tmp_path, holes).kinds == {"hole": 6}
    assert len(list((tmp_path / "test" / "hole").iterdir())) == 6
    assert read_tiles(tmp_path) == holes


def test_a_file_that_has_gone_is_counted(tmp_path: Path) -> None:
    tiles = written(tmp_path, rows(("1", "a", "good"), ("2", "b", "good")))
    (tmp_path / tiles[1].file).unlink()
    assert arrange(tmp_path, placed(tiles)).missing == 1
    assert len(read_collection(tmp_path).train) == 1


def test_pictures_of_a_plain_folder_are_copied(tmp_path: Path) -> None:
    tiles = [replace(row, picture=row.name) for row in rows(("1", "a", "good"), ("2", "b", ""))]
    for row in tiles:
        picture(tmp_path / "in" / row.picture)
    out = tmp_path / "out"
    arrange(out, placed(tiles), tmp_path / "in", "nut")
    assert read_collection(out).products == ("nut",)
    assert sorted(located(out)) == ["1.png"]
    swapped = placed([replace(tiles[0], state=""), replace(tiles[1], state="dent")])
    arrange(out, swapped, tmp_path / "in")
    assert list(located(out).values()) == [out / "test" / "dent" / "2.png"]
    assert sorted(one.name for one in (tmp_path / "in").iterdir()) == ["1.png", "2.png"]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DatasetError, match="The tiles cannot be sorted in"):
        arrange(tmp_path / "file", placed(rows(("1", "a", "good"))))
