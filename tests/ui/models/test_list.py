"""The list of checkpoints: headers, sort, filter, notes, bin, import, export, folders."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QWidget

from app.inspection.recipe import Recipe
from app.ui.screens.models_shelf import FileQuestions
from app.ui.widgets.checkpoint_badges import Badge
from app.ui.widgets.checkpoint_bin_dialog import BinDialog
from app.ui.widgets.checkpoint_details import facts_of
from app.ui.widgets.checkpoint_table import MADE, NAME, SIZE
from model.types import Calibration
from tests.ui.models.conftest import Bench, write_checkpoint


class Answers(FileQuestions):
    """Answers what a person would choose."""

    def __init__(self, answer: Path | None) -> None:
        self.answer = answer

    def folder(self, parent: QWidget) -> Path | None:
        return self.answer

    def source(self, parent: QWidget) -> Path | None:
        return self.answer

    def target(self, parent: QWidget, name: str) -> Path | None:
        return None if self.answer is None else self.answer / name


def notice(bench: Bench) -> str:
    return bench.layout.list.notice.text()


def badges(bench: Bench, path: Path) -> tuple[Badge, ...]:
    model = bench.layout.list.model
    return model.badges(model.row_of(path))


def shown_facts(bench: Bench) -> dict[str, str]:
    entry = bench.layout.list.entry
    assert entry is not None
    return dict(facts_of(entry))


def test_headers_are_listed_and_files_that_are_none_say_why(bench: Bench) -> None:
    (plain,) = bench.write("plates")
    (bare,) = bench.write("bare", calibration=Calibration())
    broken = bench.home.checkpoints / "broken.safetensors"
    broken.write_bytes(b"no checkpoint at all, whatever its name says")
    bench.enter()
    assert badges(bench, plain) == (Badge.CALIBRATED,)
    assert badges(bench, bare) == (Badge.NO_LIMITS,)
    assert badges(bench, broken) == (Badge.PROBLEM,)
    bench.choose(plain)
    facts = shown_facts(bench)
    assert facts["Detector"] == "anomaly_clip"
    assert facts["Image side"] == "48 px"
    assert facts["Prompt words"] == "n_ctx 4, t_n_ctx 2"
    assert facts["Trained on"] == "plates pictures"
    assert facts["Limits"].startswith("NG from 2, typical 0.5; from 10 good pictures")
    assert len(facts["SHA-256"].replace(" ", "")) == 64
    bench.choose(broken)
    details = bench.layout.list.details
    assert details.problem.isVisible()
    assert "safetensors" in details.problem.text().replace("\u200b", "")
    assert not details.try_button.isEnabled()


def test_it_sorts_and_filters(bench: Bench) -> None:
    first, second = bench.write("alpha", "beta")
    bench.write("bare", calibration=Calibration())
    bench.enter()
    layout = bench.layout.list
    layout.table.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
    own = [name for name in bench.names() if name in ("alpha", "bare", "beta")]
    assert own == ["alpha", "bare", "beta"]
    layout.table.sortByColumn(SIZE, Qt.SortOrder.DescendingOrder)
    sizes = [layout.shown.index(row, SIZE).data() for row in range(layout.shown.rowCount())]
    assert sizes[0].endswith(" MB")
    assert sizes[-1].endswith(" kB")
    layout.table.sortByColumn(MADE, Qt.SortOrder.AscendingOrder)
    layout.search.setText("BET")
    bench.wait(lambda: bench.names() == ["beta"])
    assert layout.entry is not None
    assert layout.entry.path == second
    assert "1 of " in layout.counted.text()
    layout.search.setText("nothing has this name")
    bench.wait(lambda: bench.names() == [])
    assert layout.entry is None
    layout.search.clear()
    layout.kind.setCurrentIndex(layout.kind.findData(Badge.NO_LIMITS))
    layout.kind.activated.emit(layout.kind.currentIndex())
    assert bench.names() == ["bare"]
    assert first.is_file()


def test_files_of_one_name_are_told_apart(bench: Bench) -> None:
    (one,) = bench.write("plates")
    one.with_stem("copy").write_bytes(one.read_bytes())
    bench.enter()
    assert {"plates (plates)", "plates (copy)"} <= set(bench.names())


def test_a_note_is_kept_and_found(bench: Bench) -> None:
    (path,) = bench.write("plates")
    bench.write("other")
    bench.enter()
    bench.choose(path)
    note = bench.layout.list.details.note
    note.field.setPlainText("trained with the new lamp")
    assert note.keep_button.isVisible()
    note.keep_button.click()
    bench.wait(lambda: any(one.notes for one in bench.own()))
    bench.read()
    bench.choose(path)
    assert note.field.toPlainText() == "trained with the new lamp"
    assert not note.keep_button.isVisible()
    bench.layout.list.search.setText("lamp")
    bench.wait(lambda: bench.names() == ["plates"])


def test_into_the_bin_and_back(bench: Bench) -> None:
    (path,) = bench.write("plates")
    bench.enter()
    bench.choose(path)
    bench.layout.list.bin_button.click()
    bench.wait(lambda: "plates is in the bin" in notice(bench))
    bench.settle()
    assert not path.is_file()
    assert "(1)" in bench.layout.list.binned_button.text()
    bench.layout.list.undo_button.click()
    bench.wait(lambda: "is back" in notice(bench))
    bench.settle()
    assert path.is_file()
    assert not bench.layout.list.undo_button.isVisible()
    bench.choose(path)
    bench.layout.list.bin_button.click()
    bench.wait(lambda: "plates is in the bin" in notice(bench))
    bench.settle()
    bench.layout.list.binned_button.click()
    dialog = bench.page.findChild(BinDialog)
    dialog.back_button.click()
    bench.wait(lambda: "is back" in notice(bench))
    bench.settle()
    assert path.is_file()


def test_what_is_needed_does_not_go_into_the_bin(bench: Bench) -> None:
    used, needed = bench.write("used", "needed")
    bench.qa.recipes.save(Recipe(name="bolt", checkpoint="needed"), author="Kim", reason="test")
    bench.enter()
    bench.station.activate(used, "Kim", "test")
    bench.wait(lambda: Badge.IN_FORCE in badges(bench, used))
    bench.choose(used)
    bench.layout.list.bin_button.click()
    assert "while the station uses it (● in force)" in notice(bench)
    bench.choose(needed)
    bench.layout.list.bin_button.click()
    bench.wait(lambda: "Recipe bolt needs this checkpoint" in notice(bench))
    assert used.is_file()
    assert needed.is_file()


def test_import_and_export(bench: Bench, tmp_path: Path) -> None:
    elsewhere = write_checkpoint(tmp_path / "stick", "bought")
    page = bench.enter()
    page.shelf.questions = Answers(elsewhere)
    bench.layout.list.import_button.click()
    inside = bench.home.checkpoints / "bought.safetensors"
    bench.wait(
        lambda: bench.layout.list.entry is not None and bench.layout.list.entry.path == inside
    )
    assert "check it before it is used" in notice(bench)
    bench.settle()
    (tmp_path / "out").mkdir()
    page.shelf.questions = Answers(tmp_path / "out")
    bench.layout.list.export_button.click()
    copy = tmp_path / "out" / "bought.safetensors"
    bench.wait(lambda: notice(bench).startswith(f"Copied to {copy}"))
    bench.settle()
    assert copy.read_bytes() == elsewhere.read_bytes()
    rubbish = tmp_path / "rubbish.safetensors"
    rubbish.write_bytes(b"rubbish")
    page.shelf.questions = Answers(rubbish)
    bench.layout.list.import_button.click()
    bench.wait(lambda: bench.layout.list.notice.property("alarm"))
    assert "rubbish" in notice(bench)
    assert not (bench.home.checkpoints / "rubbish.safetensors").exists()


def test_another_folder_is_listed_also_after_the_next_start(bench: Bench, tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "runs", "epochs")
    page = bench.enter()
    page.shelf.questions = Answers(None)
    bench.layout.list.folder_button.click()
    assert "epochs" not in bench.names()
    page.shelf.questions = Answers(path.parent)
    bench.layout.list.folder_button.click()
    bench.wait(lambda: "epochs" in bench.names())
    bench.read()
    assert "epochs" in bench.names()
    path.unlink()
    path.parent.rmdir()
    bench.read()
    assert "epochs" not in bench.names()
    assert "is not there any more" in notice(bench)


def test_a_file_that_vanishes_is_a_sentence(bench: Bench, tmp_path: Path) -> None:
    (path,) = bench.write("plates")
    page = bench.enter()
    bench.choose(path)
    path.unlink()
    page.shelf.questions = Answers(tmp_path)
    bench.layout.list.export_button.click()
    bench.wait(lambda: bench.layout.list.notice.property("alarm"))
    assert "plates" in notice(bench)
