from __future__ import annotations

from dataclasses import replace

from PyQt5.QtCore import QPointF, Qt, QTimer
from PyQt5.QtTest import QTest

from app.ui.widgets.teach_dialog import TeachDialog
from tests.ui.review.conftest import Bench

K = Qt.Key


def draw(bench: Bench) -> None:
    """Draw a triangle with the mouse, all of it in the picture."""
    bench.press(K.Key_M)
    editor, view = bench.page.part_view.editor, bench.page.layout_.view
    bench.wait(lambda: editor.is_active)
    for x, y in ((30, 10), (50, 10), (50, 30)):
        place = view.to_widget(QPointF(x + 0.5, y + 0.5)).toPoint()
        QTest.mouseClick(editor.canvas, Qt.MouseButton.LeftButton, pos=place)
    bench.press(K.Key_Return)
    bench.press(K.Key_Return)
    bench.wait(lambda: not editor.is_active)


def test_a_mask_is_drawn_and_kept_with_the_decision(bench: Bench) -> None:
    draw(bench)
    assert bench.page.hasFocus()
    assert "kept with your decision" in bench.notice()
    bench.press(K.Key_Return)
    bench.wait_said("0006", "confirmed")
    mask = bench.said("0006")[0].mask
    assert mask is not None
    assert len(mask) == 1
    assert {(30, 10), (50, 10), (50, 30)} <= set(mask[0])
    bench.wait_for("0005")
    assert bench.page.part_view.mask is None


def test_undo_brings_the_mask_back(bench: Bench) -> None:
    draw(bench)
    drawn = bench.page.part_view.mask
    bench.press(K.Key_Return)
    bench.wait_for("0005")
    bench.press(K.Key_Z)
    bench.wait_for("0006")
    assert bench.page.part_view.mask == drawn


def test_no_key_decides_while_a_mask_is_drawn(bench: Bench) -> None:
    bench.press(K.Key_M)
    editor = bench.page.part_view.editor
    bench.wait(lambda: editor.is_active)
    assert not bench.page.layout_.keys["confirm"].isVisible()
    for key in (K.Key_O, K.Key_U, K.Key_1, K.Key_Z):
        bench.press(key)
    bench.press(K.Key_F)
    assert bench.said("0006") == []
    bench.press(K.Key_Escape)
    bench.wait(lambda: not editor.is_active)
    assert bench.page.layout_.keys["confirm"].isVisible()
    bench.wait(bench.page.hasFocus)
    bench.press(K.Key_O)
    bench.wait_said("0006", "false-call")
    assert bench.said("0006")[0].mask is None or bench.said("0006")[0].mask == ()


def test_why_says_what_it_lacks(bench: Bench) -> None:
    bench.press(K.Key_W)
    bench.wait(lambda: bool(bench.page.part_view.why.sentence.text()))
    assert bench.page.part_view.why.regions == 2


def test_teaching_begins_with_the_recipe_of_the_part(bench: Bench) -> None:
    bench.press(K.Key_X)
    bench.wait(lambda: bench.page.findChild(TeachDialog) is not None)
    dialog = bench.page.findChild(TeachDialog)
    assert dialog._recipe == "bolt"
    QTimer.singleShot(0, dialog.close)
    bench.wait(lambda: bench.page.findChild(TeachDialog) is None)
    bench.wait(bench.page.hasFocus)


def test_a_mask_of_before_is_shown_and_begun_with(bench: Bench) -> None:
    draw(bench)
    bench.press(K.Key_Return)
    bench.wait_said("0006", "confirmed")
    bench.press(K.Key_Up)
    bench.wait_for("0006")
    bench.wait(lambda: bench.page.part_view._known_mask() is not None)
    bench.press(K.Key_M)
    editor = bench.page.part_view.editor
    bench.wait(lambda: editor.is_active)
    assert len(editor.outlines) == 1
    bench.press(K.Key_Escape)


def test_the_loader_keeps_its_memory_bounded(bench: Bench) -> None:
    from app.ui import part_loader

    loader = bench.page.loader
    part = loader.get(bench.record_id("0006"))
    assert part is not None
    assert part.picture is not None
    for number in range(part_loader._MOST_PARTS + 20):
        copy = replace(part, problem=str(number))
        loader.take(f"other-{number}", copy)
    assert len(loader._parts) <= part_loader._MOST_PARTS
    assert f"other-{part_loader._MOST_PARTS + 19}" in loader._parts
