"""A recipe is edited: drawn, typed, checked and saved as a new version."""

from __future__ import annotations

from dataclasses import replace

from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest

from app.inspection.recipe_parts import Anchor
from app.ui.screens.products import ProductsPage
from app.ui.widgets.checkpoint_sign_dialog import SignDialog
from app.ui.widgets.frame_shapes import ScaleLine
from tests.ui.products.conftest import Desk


def opened(desk: Desk) -> ProductsPage:
    page = desk.show()
    page.layout_.edit.click()
    assert page.editor is not None
    desk.wait(lambda: page.editor._picture is not None)
    return page


def test_a_recipe_is_edited_and_saved_as_a_new_version(desk: Desk) -> None:
    page = opened(desk)
    editor = page.editor
    assert editor is not None
    layout = editor.layout_
    assert not layout.save.isEnabled()
    shapes = layout.editor.shapes().with_region(
        "left", ((10, 10), (150, 10), (150, 200), (10, 200))
    )
    layout.editor.set_shapes(replace(shapes, scale_line=ScaleLine((0, 0), (100, 0), 25.0)))
    layout.editor.changed.emit()
    layout.regions.item(0, 1).setText("0,7")
    field = layout.judging.widgets["ng_limit"]
    field.setFocus()
    QTest.keyClicks(field, "0.5")
    codes = layout.naming.widgets["scan_codes"]
    codes.setPlainText("A-1\n\n A-2 \nA-1")
    layout.keeping.widgets["review_ok_share"].clear()
    QTest.keyClicks(layout.keeping.widgets["review_ok_share"], "5")
    assert layout.save.isEnabled()
    layout.save.click()
    dialog = page.findChild(SignDialog)
    assert dialog is not None
    assert dialog.by.text() == "Choi"
    assert "NG limit: that of the checkpoint → 0.5" in dialog.facts.text()
    desk.sign(dialog, by="Choi", why="new regions")
    desk.wait(lambda: "Saved as version 3" in desk.said())
    saved = desk.qa.recipes.load("paint")
    assert (saved.version, saved.ng_limit, saved.scan_codes) == (3, 0.5, ("A-1", "A-2"))
    assert [(region.name, region.ng_limit) for region in saved.regions] == [("left", 0.7)]
    assert (saved.mm_per_px, saved.review_ok_share) == (0.25, 0.05)
    assert desk.station.status().recipe.version == 1


def test_what_cannot_be_is_said_and_not_saved(desk: Desk) -> None:
    page = opened(desk)
    assert page.editor is not None
    layout = page.editor.layout_
    field = layout.judging.widgets["ng_limit"]
    for typed, said in (("abc", "type a number"), ("0.1", "must not be above the NG limit")):
        field.clear()
        QTest.keyClicks(field, typed)
        assert said in layout.problem.text()
        assert not layout.save.isEnabled()
    field.clear()
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    layout.judging.changed.emit()
    shapes = layout.editor.shapes().with_region("far", ((10, 10), (900, 10), (900, 90)))
    layout.editor.set_shapes(shapes)
    layout.editor.changed.emit()
    assert "reaches beyond the picture of 400 x 320 px" in layout.problem.text()
    layout.back.click()
    desk.wait(lambda: page.layout_.list.isVisible())


def test_another_way_to_find_the_mark_keeps_its_picture(desk: Desk) -> None:
    page = opened(desk)
    editor = page.editor
    assert editor is not None
    anchor = Anchor(box=(10, 10, 40, 30), picture="AAAA", reach_px=25)
    editor.edit(desk.qa.recipes.load("paint").model_copy(update={"anchor": anchor}), 2)
    assert editor.wanted().anchor == anchor
    editor.layout_.method.setCurrentIndex(editor.layout_.method.findData("edge"))
    assert editor.wanted().anchor == anchor.model_copy(update={"method": "edge"})


def test_a_live_picture_is_taken_from_the_line(desk: Desk) -> None:
    page = opened(desk)
    assert page.editor is not None
    page.editor.layout_.live.click()
    desk.wait(lambda: "just taken" in page.editor.layout_.source.text())
    assert not page.editor.feed.is_watching
