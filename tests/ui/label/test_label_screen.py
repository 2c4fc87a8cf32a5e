"""Thousands of pictures by keys: answers, pages, undo, crashes, and what is not called good."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QAbstractButton, QApplication, QLabel

from app.labelling.place import place_at
from app.ui.language import Language
from app.ui.widgets.label_cell import look_of
from app.ui.widgets.label_grid import LabelGrid
from model.datasets.collection import read_collection
from tests.model.datasets.small_sets import picture
from tests.ui.label.conftest import COUNT, RETURN, LabelDeskRig, close_screen, open_screen


def test_one_key_answers_and_goes_on(rig: LabelDeskRig) -> None:
    rig.seen()
    rig.press("g", "d", "s", "g")
    assert rig.session.labels == {
        "0.png": "good",
        "1.png": "defective",
        "2.png": "skip",
        "3.png": "good",
    }
    assert rig.screen.layout_.grid.current == "4.png"
    assert rig.screen.layout_.counts.text() == "4 of 60 answered"
    assert rig.kept() == rig.session.labels


def test_the_rest_of_a_page_is_one_key(rig: LabelDeskRig) -> None:
    rig.seen()
    page = rig.screen.layout_.grid.page()
    assert 10 < len(page) < COUNT
    rig.press("g", "d", RETURN)
    labels = rig.session.labels
    assert list(labels) == [*page]
    assert [name for name in page if labels[name] != "good"] == ["1.png"]
    assert rig.screen.layout_.grid.current == f"{len(page)}.png"
    assert rig.screen.layout_.grid.page() != page
    rig.press("z")
    assert rig.session.labels == {"0.png": "good", "1.png": "defective"}
    assert rig.kept() == rig.session.labels
    assert rig.screen.layout_.grid.current == "2.png"


def test_what_nobody_has_seen_is_not_called_good(folder: Path, rig: LabelDeskRig) -> None:
    rig.seen()
    grid = rig.screen.layout_.grid
    grid.forget_images()
    rig.press("g", RETURN)
    assert rig.session.labels == {}
    assert "still being read" in rig.said()
    rig.press("d", "s")
    assert rig.session.labels == {"0.png": "defective", "1.png": "skip"}


def test_a_picture_that_cannot_be_read_stays_open(
    folder: Path, language: Language, qtbot: object
) -> None:
    (folder / "1.png").write_bytes(b"nothing")
    rig = open_screen(place_at(folder), qtbot, language)  # type: ignore[arg-type]
    rig.seen()
    rig.press("g", "g")
    assert rig.session.labels == {"0.png": "good"}
    assert rig.said() == "A picture that cannot be read is not good; skip it."
    rig.press(RETURN)
    assert rig.session.state_of("1.png") == ""
    assert rig.said() == "Pictures that cannot be read stay open: 1."
    rig.screen.layout_.grid.go_to(1)
    rig.wait(lambda: "damaged" in rig.screen.layout_.preview.facts.text())
    close_screen(rig)


def test_after_a_crash_it_goes_on_where_it_was(rig: LabelDeskRig) -> None:
    rig.seen()
    rig.press("g", "d", "g")
    rig.kept()
    # a second window on the same folder: nothing was handed over but the disk
    again = open_screen(place_at(rig.place.folder), rig.bot, rig.language)
    assert again.session.labels == rig.session.labels
    assert again.screen.layout_.grid.current == "3.png"
    assert "3.png" in again.screen.layout_.preview.name.text().replace("\u200b", "")
    close_screen(again)


@pytest.mark.logs_expected
def test_labels_wait_for_the_disk_and_are_not_lost(rig: LabelDeskRig) -> None:
    rig.seen()
    journal = rig.place.journal().file
    journal.mkdir()
    rig.press("g")
    rig.wait(lambda: "cannot be written" in rig.said())
    assert rig.screen.writer is not None
    assert rig.screen.writer.outbox.waiting == 1
    journal.rmdir()
    rig.press("d")
    assert rig.kept() == {"0.png": "good", "1.png": "defective"}
    rig.wait(lambda: rig.said() == "")


def test_several_are_marked_and_answered_at_once(rig: LabelDeskRig) -> None:
    rig.seen()
    grid = rig.screen.layout_.grid
    for _ in range(3):
        QTest.keyClick(grid, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert grid.marked() == ("0.png", "1.png", "2.png", "3.png")
    rig.press("d")
    assert list(rig.session.labels.values()) == ["defective"] * 4
    assert grid.current == "4.png"
    rig.press("z", "z")
    assert rig.session.labels == {}
    assert rig.said() == "There is nothing to be taken back."


def test_a_key_that_is_held_down_answers_once(rig: LabelDeskRig) -> None:
    rig.seen()
    event = QKeyEvent(
        QKeyEvent.Type.KeyPress, Qt.Key.Key_G, Qt.KeyboardModifier.NoModifier, "g", True
    )
    QApplication.sendEvent(rig.screen.layout_.grid, event)
    assert rig.session.labels == {}


def test_the_cursor_moves_by_keys_and_mouse(rig: LabelDeskRig) -> None:
    grid = rig.screen.layout_.grid
    columns = grid._geometry().columns
    rig.press(Qt.Key.Key_Down)
    assert grid.current == f"{columns}.png"
    rig.press(Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Left)
    assert grid.current == "0.png"
    rig.press(Qt.Key.Key_End)
    assert grid.current == f"{COUNT - 1}.png"
    assert grid.current in grid.page()
    rig.press(Qt.Key.Key_PageUp, Qt.Key.Key_Home)
    box = grid._box(columns + 1)
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    assert grid.current == f"{columns + 1}.png"
    QTest.mouseClick(
        grid.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.ShiftModifier,
        pos=QPoint(5, 5),
    )
    assert len(grid.marked()) == columns + 2


def test_groups_are_shown_and_sizes_changed(rig: LabelDeskRig) -> None:
    rig.seen()
    rig.press("g", "d", "f")
    grid, box = rig.screen.layout_.grid, rig.screen.layout_.show_box
    assert grid.names == ("0.png",)
    assert box.currentText() == "Good: 1"
    assert [box.itemText(n) for n in range(box.count())] == [
        "Open: 58",
        "Good: 1",
        "Defective: 1",
        "Skipped: 0",
        "All: 60",
    ]
    rig.press("f")
    assert grid.names == ("1.png",)
    rig.press("g")
    # an answer that was wrong is put right where its group is shown
    assert rig.session.labels == {"0.png": "good", "1.png": "good"}
    assert rig.said() == "All that is shown has an answer; F shows the others."
    rig.screen.show_group("all")
    before = len(grid.page())
    rig.press("+")
    assert len(grid.page()) < before
    rig.press("-", "-")
    assert len(grid.page()) > before


def test_at_the_end_it_says_how_it_goes_on(rig: LabelDeskRig) -> None:
    rig.seen()
    rig.press(Qt.Key.Key_Right)
    rig.press(*"d" * (COUNT - 1))
    assert rig.said() == "That was the end; these were left open before."
    assert rig.screen.layout_.grid.current == "0.png"
    rig.press("s")
    assert rig.said() == "Every picture has an answer. Sort them into the data set."


def test_sorting_makes_a_data_set(rig: LabelDeskRig) -> None:
    rig.seen()
    rig.press("d", RETURN)
    rig.screen.layout_.sort.click()
    assert not rig.screen.layout_.keys["good"].isEnabled()
    rig.press("d")  # nothing is answered meanwhile
    rig.wait(lambda: "good to learn from" in rig.said())
    good = len(rig.session.shown("good"))
    found = read_collection(rig.place.out)
    assert len(found.train) + len(found.test) == good + 1
    assert f"{COUNT - good - 1} without a label" in rig.said()
    left: list[str] = []
    rig.screen.left.connect(left.append)
    rig.screen.layout_.leave.click()
    assert left == [""]


def test_leaving_sorts_first_and_a_failure_is_said(rig: LabelDeskRig) -> None:
    rig.seen()
    left: list[str] = []
    rig.screen.left.connect(left.append)
    rig.press("g")
    rig.place.out.write_text("in the way", encoding="utf-8")
    rig.screen.layout_.leave.click()
    rig.wait(lambda: "cannot be sorted" in rig.said())
    assert left == []
    rig.place.out.unlink()
    rig.press("d")
    rig.screen.layout_.sort.click()
    rig.wait(lambda: "good to learn from" in rig.said())
    rig.press("d")
    rig.screen.layout_.leave.click()
    rig.wait(lambda: len(left) == 1)
    assert "2 defective for the test" in left[0]
    assert rig.kept() == {"0.png": "good", "1.png": "defective", "2.png": "defective"}


def test_a_hundred_thousand_pictures_ask_for_a_page(app: object, qtbot: object) -> None:
    grid = LabelGrid()
    qtbot.addWidget(grid)  # type: ignore[attr-defined]
    grid.resize(900, 600)
    grid.show_names([str(number) for number in range(100_000)], lambda _: "")
    assert len(grid.missing()) == 2 * len(grid.page())
    grid.go_to(99_999)
    assert grid.missing()[-1] == "99999"
    assert len(grid.missing()) == len(grid.page())
    grid.go_to(50_000)
    assert "50000" in grid.page()


def test_a_state_is_told_by_its_shape_too() -> None:
    looks = [look_of(state) for state in ("good", "defective", "skip", "pinhole")]
    assert look_of("") is None
    assert len({(look.shape, look.mark) for look in looks if look}) == 3
    assert looks[1] is looks[3]


@pytest.mark.parametrize("size", [(1024, 600), (1280, 760), (1920, 1040)], ids=str)
@pytest.mark.parametrize("code", ["en", "ko"])
def test_nothing_is_clipped(rig: LabelDeskRig, size: tuple[int, int], code: str) -> None:
    rig.language.use(code)
    layout = rig.screen.layout_
    layout.set_kinds(("blowhole", "ein sehr langer Name eines Fehlers", "구멍", "4", "5"))
    layout.set_scale(1.3 if size[0] > 1800 else 1.0)
    rig.screen.resize(*size)

    def clipped() -> list[str]:
        found = []
        for widget in rig.screen.findChildren(QLabel) + rig.screen.findChildren(QAbstractButton):
            if not widget.isVisible() or not widget.text():
                continue
            wraps = isinstance(widget, QLabel) and widget.wordWrap()
            needed = widget.heightForWidth(widget.width()) if wraps else 0
            if (not wraps and widget.width() < widget.sizeHint().width() - 1) or (
                widget.height() < needed
            ):
                found.append(widget.text())
        return found

    rig.wait(lambda: clipped() == [])
    assert (rig.screen.width(), rig.screen.height()) == size
    right = layout.preview.mapTo(rig.screen, layout.preview.rect().bottomRight())
    assert right.x() <= size[0]


def test_kinds_of_the_tiles_are_on_the_digits(
    tmp_path: Path, language: Language, qtbot: object
) -> None:
    from model.datasets.tiles import cut_tiles
    from tests.model.datasets.cloth import made

    cut_tiles(made(tmp_path), tmp_path / "tiles")
    rig = open_screen(place_at(tmp_path / "tiles"), qtbot, language)  # type: ignore[arg-type]
    rig.seen()
    rig.press("1", "2")
    assert list(rig.session.labels.values()) == ["hole"]
    rig.screen.layout_.kinds[0].click()
    assert list(rig.session.labels.values()) == ["hole", "hole"]
    facts = rig.screen.layout_.preview.facts.text().replace("\u200b", "")
    assert "From u0.png, at" in facts
    assert "Nobody has labelled its source." in facts
    preview = rig.screen.layout_.preview
    rig.press("v")
    rig.wait(lambda: preview.large.box is not None)
    assert preview.large.image is not None
    assert (preview.large.image.width(), preview.large.box.width()) == (64, 48)
    (tmp_path / "found" / "u0.png").unlink()
    rig.press(Qt.Key.Key_Right, Qt.Key.Key_Left)
    rig.wait(lambda: "The source picture has gone." in preview.facts.text())
    rig.screen.layout_.keys["source"].click()
    rig.wait(lambda: preview.large.image is not None)
    assert preview.large.box is None
    rig.screen.layout_.sort.click()
    rig.wait(lambda: "4 defective" in rig.said())
    # sorted pictures can still be looked at
    rig.screen.layout_.grid.forget_images()
    rig.seen()
    grid = rig.screen.layout_.grid
    assert all(grid.is_seen(name) for name in grid.page())
    close_screen(rig)


def test_a_folder_without_pictures_is_said(
    tmp_path: Path, language: Language, qtbot: object
) -> None:
    picture(tmp_path / "in" / "a.png")
    place = place_at(tmp_path / "in")
    rig = open_screen(place, qtbot, language)  # type: ignore[arg-type]
    (tmp_path / "in" / "a.png").unlink()
    rig.screen.open(place)
    rig.wait(lambda: "has its label already" in rig.said())
    assert not rig.screen.layout_.sort.isEnabled()
    close_screen(rig)
