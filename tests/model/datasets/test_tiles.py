from __future__ import annotations

import csv
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.data import good_images
from model.datasets.collection import read_collection
from model.datasets.description import describe
from model.datasets.source_sides import sources_on_both_sides
from model.datasets.tile_plan import TilePlan
from model.datasets.tile_run import TilingCancelled
from model.datasets.tile_scale import Scale
from model.datasets.tile_sources import TileSource
from model.datasets.tile_table import read_tiles
from model.datasets.tiles import cut_tiles
from model.errors import DatasetError
from model.images import picture_size, read_image
from tests.model.datasets.cloth import SIDE, cloth, made
from tests.model.datasets.small_sets import mask, picture


def source(folder: Path, holds: str, scale: str = "1mm") -> TileSource:
    return TileSource(folder, Scale.parse(scale), holds)  # type: ignore[arg-type]


def everything(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "manifest.json"
    }


def test_three_scales_become_one_data_set(tmp_path: Path) -> None:
    found = cut_tiles(made(tmp_path), tmp_path / "tiles")
    assert found.scale == "8px/hole"
    normals, defects, unlabelled = found.sources
    assert (normals.pictures, normals.tiles) == ({"good": 6}, {"good": 24})
    assert (defects.pictures, defects.tiles) == ({"good": 1, "hole": 2}, {"good": 10, "hole": 2})
    assert (unlabelled.pictures, unlabelled.tiles) == ({"": 4}, {"": 16})
    assert [one.times for one in found.sources] == [1, 0.5, 1]
    counts = found.counts
    assert counts.kinds == {"hole": 2}
    assert counts.unlabelled == 16
    assert counts.train_good + counts.test_good == 34
    assert found.why == {"not labelled": 16}
    collection = read_collection(tmp_path / "tiles")
    assert (len(collection.train), len(collection.test)) == (
        counts.train_good,
        counts.test_good + 2,
    )
    assert collection.products == ("tiles",)
    assert {picture_size(one.path) for one in (*collection.train, *collection.test)} == {
        (SIDE, SIDE)
    }
    assert len(good_images(tmp_path / "tiles")) == counts.train_good


def test_masks_are_cut_along(tmp_path: Path) -> None:
    cut_tiles(made(tmp_path), tmp_path / "tiles")
    test = read_collection(tmp_path / "tiles").test
    masks = [one.mask for one in test if one.is_defective]
    assert len(masks) == 2
    for file in masks:
        assert file is not None
        values = read_image(file)[:, :, 0]
        expected = np.zeros((SIDE, SIDE), np.uint8)
        expected[10:30, 10:30] = 255  # at half the size
        assert (values == expected).all()


def test_the_folders_say_the_same_as_the_meta_file(tmp_path: Path) -> None:
    cut_tiles(made(tmp_path), tmp_path / "tiles")
    before = read_collection(tmp_path / "tiles")
    (tmp_path / "tiles" / "meta.json").unlink()
    after = read_collection(tmp_path / "tiles")
    for side in ("train", "test"):
        assert sorted(map(str, getattr(before, side))) == sorted(map(str, getattr(after, side)))


def test_nothing_of_one_source_stands_on_both_sides(tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    cut_tiles(made(tmp_path, good=12), folder)
    sides = defaultdict(set)
    for row in read_tiles(folder):
        if row.state:
            sides[row.source, row.picture].add(row.file.partition("/")[0])
    assert all(len(found) == 1 for found in sides.values())
    assert {"train", "test"} == set().union(*sides.values())
    # good tiles of a defective picture stay with the defect
    assert all(
        row.file.startswith("test/") for row in read_tiles(folder) if row.picture.startswith("ng/")
    )
    found = describe(read_collection(folder))
    assert found.split_sources == ()


def test_describe_finds_a_source_on_both_sides(tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    cut_tiles(made(tmp_path), folder)
    (folder / "meta.json").unlink()
    moved = next((folder / "train" / "good").iterdir())
    moved.replace(folder / "test" / "good" / moved.name)
    lines = (folder / "tiles.csv").read_text(encoding="utf-8")
    (folder / "tiles.csv").write_text(
        lines.replace(f"train/good/{moved.name}", f"test/good/{moved.name}"), encoding="utf-8"
    )
    found = describe(read_collection(folder))
    assert len(found.split_sources) == 1
    assert "3 in train, 1 in test" in found.split_sources[0]
    assert "Sources of which both training and test have pictures: 1; " in " ".join(found.warnings)


def test_without_a_table_no_source_is_known(tmp_path: Path) -> None:
    picture(tmp_path / "train" / "good" / "1.png")
    picture(tmp_path / "test" / "good" / "1.png")
    assert sources_on_both_sides(read_collection(tmp_path)) == ()


def test_the_same_words_give_the_same_set(tmp_path: Path) -> None:
    plan = made(tmp_path)
    cut_tiles(plan, tmp_path / "tiles")
    first = everything(tmp_path / "tiles")
    (tmp_path / "tiles").rename(tmp_path / "before")
    cut_tiles(plan, tmp_path / "tiles")
    assert everything(tmp_path / "tiles") == first
    cut_tiles(replace(plan, seed=3), tmp_path / "other")
    assert everything(tmp_path / "other").keys() != first.keys()


def test_the_sides_of_a_data_set_are_kept(tmp_path: Path) -> None:
    for number in range(4):
        cloth(tmp_path / "set" / "train" / "good" / f"{number}.png", 96, 8, number)
    for number in range(3):
        cloth(tmp_path / "set" / "test" / "good" / f"{number}.png", 96, 8, 10 + number)
    plan = TilePlan((source(tmp_path / "set", "set"),), side=SIDE, overlap=0, held_out=0.9)
    counts = cut_tiles(plan, tmp_path / "tiles").counts
    assert (counts.train_good, counts.test_good) == (16, 12)


def test_what_belongs_together_stays_together(tmp_path: Path) -> None:
    for number in range(12):
        cloth(tmp_path / "in" / f"roll{number // 3}-{number}.png", 64, 8, number)
    plan = TilePlan((source(tmp_path / "in", "good"),), side=SIDE, together=r"roll(\d+)")
    cut_tiles(plan, tmp_path / "tiles")
    sides = defaultdict(set)
    for row in read_tiles(tmp_path / "tiles"):
        sides[row.picture[:5]].add(row.file.partition("/")[0])
    assert sorted(len(found) for found in sides.values()) == [1, 1, 1, 1]


def test_what_a_source_ties_together_stays_together(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    rows = [("file", "part")]
    for number in range(9):
        cloth(folder / "ok" / f"{number}.png", 64, 8, number)
        rows.append((f"ok/{number}.png", str(number % 3)))
    with (folder / "parts.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    cut_tiles(TilePlan((source(folder, "set"),), side=SIDE), tmp_path / "tiles")
    sides = defaultdict(set)
    for row in read_tiles(tmp_path / "tiles"):
        sides[int(row.picture[3]) % 3].add(row.file.partition("/")[0])
    assert sorted(map(len, sides.values())) == [1, 1, 1]


def test_a_copy_counts_once_and_a_label_goes_before_none(tmp_path: Path) -> None:
    file = cloth(tmp_path / "good" / "a.png", 64, 8, 1)
    cloth(tmp_path / "good" / "b.png", 64, 8, 2)
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / "same.png").write_bytes(file.read_bytes())
    plan = TilePlan(
        (source(tmp_path / "found", "unlabelled"), source(tmp_path / "good", "good")), side=SIDE
    )
    found = cut_tiles(plan, tmp_path / "tiles")
    assert found.counts.unlabelled == 0
    assert found.sources[0].left_out == {"copy of another": 1}
    bad = TilePlan(
        (source(tmp_path / "found", "defective"), source(tmp_path / "good", "good")), side=SIDE
    )
    with pytest.raises(DatasetError, match="are the same picture, but one is 'good' and the other"):
        cut_tiles(bad, tmp_path / "other")


def test_a_picture_that_cannot_be_used_is_told_and_costs_no_other(tmp_path: Path) -> None:
    cloth(tmp_path / "in" / "a.png", 64, 8, 1)
    cloth(tmp_path / "in" / "small.png", 40, 8, 2)
    (tmp_path / "in" / "torn.png").write_bytes(b"no picture")
    found = cut_tiles(TilePlan((source(tmp_path / "in", "good"),), side=SIDE), tmp_path / "tiles")
    assert found.sources[0].left_out == {"smaller than a tile": 1, "cannot be used": 1}
    assert sorted("torn.png" in line for line in found.left_out) == [False, True]
    manifest = json.loads((tmp_path / "tiles" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["left_out"] == list(found.left_out)
    assert manifest["sources"][0]["folder"] == str(tmp_path / "in")


def test_defective_pictures_without_masks_are_for_a_person(tmp_path: Path) -> None:
    cloth(tmp_path / "ng" / "a.png", 96, 8, 1)
    cloth(tmp_path / "ng" / "b.png", 96, 8, 2)
    mask(tmp_path / "ng" / "b_mask.png", 96)
    plan = TilePlan((source(tmp_path / "ng", "defective"),), side=SIDE, overlap=0)
    found = cut_tiles(plan, tmp_path / "tiles")
    assert found.counts.kinds == {"defective": 1}
    assert found.counts.test_good == 3
    assert found.why == {"defect somewhere": 4}


def test_of_unlabelled_pictures_alone_no_data_set_is_made_yet(tmp_path: Path) -> None:
    cloth(tmp_path / "in" / "a.png", 64, 8, 1)
    cut_tiles(TilePlan((source(tmp_path / "in", "unlabelled"),), side=SIDE), tmp_path / "tiles")
    assert not (tmp_path / "tiles" / "meta.json").exists()
    with pytest.raises(DatasetError, match="is no data set in a known form"):
        read_collection(tmp_path / "tiles")


def test_a_name_in_any_language_is_cut(tmp_path: Path) -> None:
    cloth(tmp_path / "정상 원단" / "원단 1.png", 64, 8, 1)
    cut_tiles(TilePlan((source(tmp_path / "정상 원단", "good"),), side=SIDE), tmp_path / "타일")
    assert "원단 1" in read_tiles(tmp_path / "타일")[0].name
    assert len(read_collection(tmp_path / "타일").train) == 4


def test_stopped_or_failed_nothing_is_left(tmp_path: Path) -> None:
    plan = made(tmp_path)
    before = sorted(tmp_path.iterdir())
    calls: list[int] = []
    with pytest.raises(TilingCancelled):
        cut_tiles(plan, tmp_path / "tiles", lambda n, _: calls.append(n), lambda: len(calls) > 2)
    assert calls == [1, 2, 3]
    assert sorted(tmp_path.iterdir()) == before


def test_bad_wishes_are_one_sentence(tmp_path: Path) -> None:
    plan = made(tmp_path)
    picture(tmp_path / "two" / "a" / "test" / "good" / "1.png")
    picture(tmp_path / "two" / "b" / "test" / "good" / "1.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note.txt").write_text("mine", encoding="utf-8")
    out = tmp_path / "tiles"
    for wish, folder, said in (
        (TilePlan(()), out, "nothing to cut"),
        (replace(plan, side=8), out, "Tiles must be 32 to 4096 pixels, not 8"),
        (replace(plan, overlap=0.95), out, "The overlap must be 0 to 0.9, not 0.95"),
        (replace(plan, held_out=-1), out, "The share held out must be"),
        (replace(plan, scale=Scale(1, "mm")), out, "cannot be compared"),
        (replace(plan, together="("), out, "is no regular expression"),
        (plan, tmp_path / "full", "is not empty; choose another one"),
        (plan, tmp_path / "normals" / "in", "lies inside the source"),
        (replace(plan, side=400), out, "Not one of 13 pictures gives a tile"),
        (TilePlan((source(tmp_path / "none", "good"),)), out, "There is no folder"),
        (TilePlan((source(tmp_path / "empty", "good"),)), out, "holds no image"),
        (TilePlan((source(tmp_path / "empty", "unlabelled"),)), out, "holds no picture"),
        (TilePlan((source(tmp_path / "normals", "set"),)), out, "give it as --good"),
        (TilePlan((source(tmp_path / "two", "set"),)), out, "holds the products a, b"),
    ):
        with pytest.raises(DatasetError, match=said):
            cut_tiles(wish, folder)
    assert not out.exists()
    assert [one.name for one in (tmp_path / "full").iterdir()] == ["note.txt"]


def test_no_picture_is_enlarged_unless_it_is_asked_for(tmp_path: Path) -> None:
    cloth(tmp_path / "in" / "a.png", 64, 8, 1)
    plan = TilePlan((source(tmp_path / "in", "good", "8px"),), scale=Scale(12, "px"), side=SIDE)
    found = cut_tiles(plan, tmp_path / "tiles")
    assert found.sources[0].times == 1.5
    assert sum(found.sources[0].tiles.values()) == 9
