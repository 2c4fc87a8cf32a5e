from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.errors import UsageError
from app.labelling.journal import FILE, Label
from app.labelling.pictures import small_picture
from app.labelling.place import make_data_set, open_place, open_rows, place_at
from model.data import good_images
from model.datasets.collection import read_collection
from model.datasets.description import describe
from model.datasets.tile_places import ArrangingCancelled
from model.datasets.tiles import cut_tiles
from tests.model.datasets.cloth import cloth, made
from tests.model.datasets.small_sets import picture


@pytest.fixture
def tiles(tmp_path: Path) -> Path:
    """A set of tiles, 16 of which nobody has labelled."""
    cut_tiles(made(tmp_path), tmp_path / "tiles")
    return tmp_path / "tiles"


def test_unlabelled_tiles_become_part_of_the_data_set(tiles: Path) -> None:
    place = place_at(tiles)
    opened = open_place(place)
    names = list(opened.rows)
    assert len(names) == 16
    assert opened.kinds == ("hole",)
    before = len(read_collection(tiles).train)
    place.journal("Lee").append(
        [
            *(Label(name, "good") for name in names[4:]),
            Label(names[0], "defective"),
            Label(names[1], "hole"),
            Label(names[2], "skip"),
            Label(names[3], "good"),
        ]
    )
    counts = make_data_set(place)
    assert counts.kinds == {"defective": 1, "hole": 3}
    assert counts.unlabelled == 1
    found = read_collection(tiles)
    assert len(found.train) > before
    assert sum(one.kind == "defective" for one in found.test) == 1
    # the good tile of the defective picture went to the test with it
    assert [one.path.name for one in found.test if one.path.name == names[3]] == [names[3]]
    assert describe(found).split_sources == ()
    assert len(good_images(tiles)) == counts.train_good


def test_labels_are_found_again_and_can_be_changed_after_sorting(tiles: Path) -> None:
    place = place_at(tiles / "unlabelled")
    assert place.folder == tiles
    names = list(open_place(place).rows)
    journal = place.journal()
    journal.append([Label(names[0], "good"), Label(names[1], "skip")])
    make_data_set(place)
    opened = open_place(place_at(tiles))
    assert opened.session.labels == {names[0]: "good", names[1]: "skip"}
    assert small_picture(opened.place, opened.rows[names[0]], 40).image is not None
    journal.append([Label(names[0], "")])
    counts = make_data_set(place)
    assert counts.unlabelled == 16
    assert (tiles / "unlabelled" / names[0]).is_file()


def test_a_set_that_was_copied_without_its_journal_keeps_its_labels(tiles: Path) -> None:
    place = place_at(tiles)
    names = list(open_place(place).rows)
    place.journal().append([Label(names[0], "good"), Label(names[1], "hole")])
    make_data_set(place)
    (tiles / FILE).unlink()
    before = len(read_collection(tiles).test)
    assert make_data_set(place).unlabelled == 14
    assert len(read_collection(tiles).test) == before
    assert open_place(place).session.labels == {names[0]: "good", names[1]: "hole"}


def test_a_sorting_that_was_cut_off_shows_every_tile_and_goes_on(tiles: Path) -> None:
    place = place_at(tiles)
    names = list(open_place(place).rows)
    place.journal().append([Label(name, "good") for name in names])
    calls: list[int] = []
    with pytest.raises(ArrangingCancelled):
        make_data_set(place, lambda n, _: calls.append(n), lambda: len(calls) > 42)
    assert 0 < len(list((tiles / "unlabelled").iterdir())) < 16
    opened = open_place(place_at(tiles))
    assert all(small_picture(place, row, 64).image is not None for row in opened.rows.values())
    assert make_data_set(place).unlabelled == 0


def test_a_plain_folder_becomes_a_data_set_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "사진"
    for number in range(8):
        cloth(folder / f"{number}.png", 48, 8, number)
    place = place_at(folder)
    assert place.out == tmp_path / "사진-labelled"
    assert list(open_place(place).rows) == [f"{number}.png" for number in range(8)]
    labels = [Label(f"{number}.png", "good") for number in range(6)]
    place.journal().append([*labels, Label("6.png", "defective"), Label("7.png", "skip")])
    counts = make_data_set(place)
    assert (counts.train_good, counts.test_good, counts.kinds) == (4, 2, {"defective": 1})
    found = read_collection(place.out)
    assert (len(found.train), len(found.test)) == (4, 3)
    assert found.products == ("사진",)
    assert sorted(one.suffix for one in folder.iterdir()) == [".jsonl", *[".png"] * 8]
    place.journal().append([Label("0.png", "dent")])
    assert make_data_set(place_at(folder)).kinds == {"defective": 1, "dent": 1}
    assert len(open_rows(place)) == 8


def test_a_kind_that_no_folder_can_have_gets_another_name(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "a.png")
    place = place_at(tmp_path / "in", tmp_path / "out")
    place.journal().append([Label("a.png", "test")])
    assert make_data_set(place).kinds == {"test_": 1}


def test_what_cannot_be_labelled_is_one_sentence(tiles: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("mine", encoding="utf-8")
    pictures = tmp_path / "normals"
    for folder, out, said in (
        (tmp_path / "none", None, "There is no folder"),
        (tmp_path / "empty", None, "holds neither tiles nor pictures"),
        (tiles, tmp_path / "out", "leave --out away"),
        (pictures, pictures, "needs a folder of its own"),
        (pictures, tmp_path / "mine", "holds something else"),
    ):
        with pytest.raises(UsageError, match=said):
            place_at(folder, out)
    shutil.rmtree(tmp_path / "found")
    plan = made(tmp_path, unlabelled=0)
    known = tmp_path / "known"
    cut_tiles(type(plan)(plan.sources[:1], side=48), known)
    with pytest.raises(UsageError, match="has its label already"):
        open_place(place_at(known))


def test_a_picture_that_is_gone_or_damaged_says_so(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "a.png", side=200)
    (tmp_path / "in" / "b.png").write_bytes(b"nothing")
    place = place_at(tmp_path / "in")
    rows = open_place(place).rows
    shown = small_picture(place, rows["a.png"], 50)
    assert shown.image is not None
    assert shown.image.shape == (50, 50, 3)
    assert "damaged" in small_picture(place, rows["b.png"], 50).problem
    (tmp_path / "in" / "a.png").unlink()
    assert small_picture(place, rows["a.png"], 50).problem == "The file has gone."
