from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from app import paths
from app.candidates.entry import Entry
from app.candidates.errors import CandidateError
from app.candidates.shelf import Shelf
from app.paths import Home
from model.backbone import file_sha256
from tests.app.candidates.conftest import Files
from tests.model.tiny_clip import backbone


@pytest.fixture
def shelf(home: Home, files: Files) -> Shelf:
    for file in (files.plain, files.taught, files.prompts, files.prompts.with_suffix(".json")):
        shutil.copy2(file, home.checkpoints)
    return Shelf(home)


def own(shelf: Shelf) -> dict[str, Entry]:
    return {entry.path.name: entry for entry in shelf.entries() if not entry.is_shipped}


def test_every_form_is_listed_from_its_header(shelf: Shelf) -> None:
    found = own(shelf)
    assert found.keys() == {"plain.safetensors", "taught.safetensors", "epoch_7.pth"}
    taught, epoch = found["taught.safetensors"], found["epoch_7.pth"]
    assert taught.info is not None
    assert epoch.info is not None
    assert (taught.name, taught.info.detector, taught.info.n_shots) == (
        "taught",
        "few_shot_clip",
        3,
    )
    assert (taught.prompt_length, taught.deep_prompt_length, taught.epoch) == (4, 2, None)
    assert taught.info.extra == {"data": "bolts"}
    assert taught.size_bytes == taught.path.stat().st_size
    assert (epoch.epoch, epoch.info.detector) == (3, "anomaly_clip")
    assert all(entry.problem == "" for entry in found.values())


def test_the_shipped_ones_are_there_and_backbones_are_not(shelf: Shelf, home: Home) -> None:
    shutil.copy(backbone().file, home.checkpoints)
    (home.checkpoints / ".new.safetensors.part").write_bytes(b"half")
    (home.checkpoints / "notes.txt").write_text("no checkpoint", encoding="utf-8")
    shipped = {entry.path.name for entry in shelf.entries() if entry.is_shipped}
    assert {"default.safetensors", "demo.safetensors"} <= shipped
    assert "adclip-tiny.safetensors" not in shipped | own(shelf).keys()
    assert len(own(shelf)) == 3


def test_the_newest_comes_first(shelf: Shelf, home: Home) -> None:
    for number, name in enumerate(("taught.safetensors", "epoch_7.pth", "plain.safetensors")):
        os.utime(home.checkpoints / name, (2e9 + number, 2e9 + number))
    assert [entry.path.name for entry in shelf.entries()][:2] == [
        "plain.safetensors",
        "epoch_7.pth",
    ]


def test_a_bad_file_is_listed_with_its_problem(shelf: Shelf, home: Home) -> None:
    (home.checkpoints / "bad.safetensors").write_bytes(b"\x89PNG" + bytes(100))
    bad = own(shelf)["bad.safetensors"]
    assert bad.info is None
    assert bad.name == "bad"
    assert "no safetensors file" in bad.problem


def test_what_changes_is_read_anew(shelf: Shelf, home: Home, files: Files) -> None:
    assert own(shelf)["plain.safetensors"].problem == ""
    target = home.checkpoints / "plain.safetensors"
    target.write_bytes(files.plain.read_bytes()[:-1])
    assert "cut off" in own(shelf)["plain.safetensors"].problem
    target.unlink()
    assert "plain.safetensors" not in own(shelf)
    note = home.checkpoints / "epoch_7.json"
    note.write_text("{", encoding="utf-8")
    os.utime(note, (2e9, 2e9))
    assert "epoch_7.json" in own(shelf)["epoch_7.pth"].problem


def test_hashes_are_worked_out_once(shelf: Shelf, home: Home) -> None:
    path = home.checkpoints / "plain.safetensors"
    before = own(shelf)["plain.safetensors"]
    assert before.info is not None
    assert before.info.sha256 == ""
    sha256 = shelf.hashed(path)
    assert sha256 == file_sha256(path)
    other = Shelf(home)
    found = own(other)["plain.safetensors"]
    assert found.info is not None
    assert found.info.sha256 == sha256
    # same size and time: the file itself is not looked at again
    times = path.stat()
    path.write_bytes(bytes(times.st_size))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert other.hashed(path) == sha256
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 1))
    assert other.hashed(path) == file_sha256(path) != sha256
    with pytest.raises(CandidateError, match="cannot be read"):
        shelf.hashed(home.checkpoints / "none")


def test_notes_stay_with_the_file(shelf: Shelf, home: Home) -> None:
    path = home.checkpoints / "plain.safetensors"
    shelf.note(path, "  best on lot 7\n")
    assert own(Shelf(home))["plain.safetensors"].notes == "best on lot 7"
    shelf.note(path, "")
    assert own(shelf)["plain.safetensors"].notes == ""


def test_the_bin_gives_back(shelf: Shelf, home: Home) -> None:
    path = home.checkpoints / "epoch_7.pth"
    shelf.note(path, "keep")
    binned = shelf.remove(path)
    assert "epoch_7.pth" not in own(shelf)
    assert not path.with_suffix(".json").exists()
    assert Shelf(home).binned() == (binned,)
    assert (binned.origin, binned.notes) == (path, "keep")
    assert shelf.restore(binned) == path
    found = own(shelf)["epoch_7.pth"]
    assert (found.epoch, found.notes) == (3, "keep")
    assert shelf.binned() == ()
    with pytest.raises(CandidateError, match="not in the bin"):
        shelf.restore(binned)


def test_what_comes_back_takes_no_others_place(shelf: Shelf, home: Home, files: Files) -> None:
    path = home.checkpoints / "plain.safetensors"
    first = shelf.remove(path)
    shutil.copy(files.taught, path)
    assert shelf.restore(first).name == "plain-2.safetensors"
    assert path.read_bytes() == files.taught.read_bytes()


def test_shipped_and_missing_ones_are_not_removed(shelf: Shelf, home: Home) -> None:
    with pytest.raises(CandidateError, match="came with the program"):
        shelf.remove(paths.shipped_checkpoints() / "default.safetensors")
    with pytest.raises(CandidateError, match="not there any more"):
        shelf.remove(home.checkpoints / "none.safetensors")


def test_import_takes_the_notes_along(shelf: Shelf, home: Home, files: Files) -> None:
    made = shelf.import_file(files.prompts, "epoch_9")
    assert made == home.checkpoints / "epoch_9.pth"
    found = own(shelf)["epoch_9.pth"]
    assert found.info is not None
    assert found.info.name == "run"
    # the same again is no quarrel
    assert shelf.import_file(files.prompts, "epoch_9") == made
    with pytest.raises(CandidateError, match="already; choose another name"):
        shelf.import_file(files.taught, "plain")


@pytest.mark.parametrize("name", ["../up", "a/b", "con", ".hidden", "x" * 300])
def test_import_keeps_to_its_folder(shelf: Shelf, home: Home, files: Files, name: str) -> None:
    before = sorted(home.root.rglob("*"))
    with pytest.raises(CandidateError, match="cannot be the name"):
        shelf.import_file(files.plain, name)
    assert sorted(home.root.rglob("*")) == before


def test_a_bad_file_is_not_imported(shelf: Shelf, home: Home, tmp_path: Path) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"no checkpoint at all")
    with pytest.raises(CandidateError, match="no safetensors file"):
        shelf.import_file(bad)
    assert not (home.checkpoints / "bad.safetensors").exists()


def test_export_to_a_folder_or_a_name(shelf: Shelf, home: Home, tmp_path: Path) -> None:
    path = home.checkpoints / "epoch_7.pth"
    assert shelf.export_file(path, tmp_path) == tmp_path / "epoch_7.pth"
    assert (tmp_path / "epoch_7.json").is_file()
    named = shelf.export_file(path, tmp_path / "mine")
    assert named == tmp_path / "mine.pth"
    assert named.read_bytes() == path.read_bytes()
    with pytest.raises(CandidateError, match=r"There is a file mine\.pth already"):
        shelf.export_file(path, named)
    with pytest.raises(CandidateError, match="cannot be copied"):
        shelf.export_file(home.checkpoints / "none.pth", tmp_path / "none.pth")
    assert not (tmp_path / "none.pth").exists()


def test_opened_folders_are_remembered(shelf: Shelf, home: Home, files: Files) -> None:
    shelf.open_folder(files.plain.parent)
    again = Shelf(home)
    assert files.plain.parent in again.folders()
    assert files.plain in {entry.path for entry in again.entries()}
    again.close_folder(files.plain.parent)
    assert files.plain not in {entry.path for entry in Shelf(home).entries()}
    with pytest.raises(CandidateError, match="no folder"):
        shelf.open_folder(home.root / "none")


@pytest.mark.logs_expected
def test_damaged_books_count_as_empty(shelf: Shelf, home: Home) -> None:
    (home.root / "shelf.json").write_text("[", encoding="utf-8")
    (home.root / "checkpoint-hashes.json").write_bytes(b"\xff\xfe")
    assert len(own(shelf)) == 3
    shelf.note(home.checkpoints / "plain.safetensors", "again")
    assert own(Shelf(home))["plain.safetensors"].notes == "again"
