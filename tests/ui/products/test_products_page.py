"""Products: change over by button and code, approve, copy, export and import."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QAbstractButton, QLabel

from app.station import tasks
from app.ui.screens.limits import LimitsPage
from app.ui.screens.products import ProductsPage
from app.ui.widgets.checkpoint_sign_dialog import SignDialog
from app.ui.widgets.name_dialog import NameDialog
from tests.ui.products.conftest import OTHER, Desk
from tests.ui.rig import recipe


def texts(page: ProductsPage, table: str) -> list[list[str]]:
    widget = getattr(page.layout_, table)
    return [
        [widget.item(row, column).text() for column in range(widget.columnCount())]
        for row in range(widget.rowCount())
    ]


def test_the_list_says_what_is_in_force_and_what_changed(desk: Desk) -> None:
    page = desk.show()
    assert [row[0] for row in texts(page, "list")] == ["Other plate\nother", "Painted plate\npaint"]
    assert texts(page, "list")[1][2] == "● in force (v1)"
    assert [row[0] for row in texts(page, "versions")] == ["2", "1"]
    assert texts(page, "versions")[0][3] == "small spots do no harm"
    assert texts(page, "changes") == [["Smallest defect area", "16 px", "40 px"]]


def test_a_button_changes_over(desk: Desk) -> None:
    page = desk.show()
    page.layout_.use.click()
    desk.in_force("paint", 2)
    desk.wait(lambda: not page.layout_.use.isEnabled() and page.layout_.use.text() == "In force")
    assert "version 2, is in force" in desk.said()
    event = desk.qa.store.events.find(kinds=("recipe",))[0]
    assert (event.by, event.details["how"]) == ("Choi", "button")


def test_a_scanned_code_changes_over_on_both_screens(desk: Desk) -> None:
    desk.window.activateWindow()
    desk.window.live.setFocus()
    desk.wait(desk.window.live.hasFocus)
    QTest.keyClicks(desk.window.live, "OTHER 1\r")
    desk.in_force("other", 1)
    page = desk.show()
    page.layout_.list.setFocus()
    desk.wait(page.layout_.list.hasFocus)
    QTest.keyClicks(page.layout_.list, "paint\r")
    desk.in_force("paint", 2)


def test_an_unknown_code_says_so_and_nothing_changes(desk: Desk) -> None:
    desk.window.activateWindow()
    desk.window.live.setFocus()
    desk.wait(desk.window.live.hasFocus)
    QTest.keyClicks(desk.window.live, "X-99\r")
    switch = desk.window.recipe_switch
    assert switch is not None
    desk.wait(switch.notice.isVisible)
    assert "No recipe has the scanned code X-99" in switch.notice.text.text()
    assert desk.station.status().recipe.name == "paint"
    switch.notice.ok_button.click()
    assert not switch.notice.isVisible()


def test_the_live_screen_has_a_button_for_it(desk: Desk) -> None:
    switch = desk.window.recipe_switch
    assert switch is not None
    assert switch.button.isVisible()
    switch.button.click()
    desk.wait(lambda: switch.dialog is not None and switch.dialog.isVisible())
    assert not switch.dialog.buttons["paint"].isEnabled()
    switch.dialog.buttons["other"].click()
    desk.in_force("other", 1)
    assert "is in force" in switch.notice.text.text()


@pytest.mark.logs_expected
def test_a_change_that_fails_says_why(desk: Desk) -> None:
    region = (0, 0, 4000, 300)
    desk.qa.recipes.save(
        OTHER.model_copy(update={"region_of_interest": region}), author="Lee", reason="wide"
    )
    page = desk.show()
    desk.choose("other")
    page.layout_.use.click()
    desk.wait(lambda: "reaches beyond the picture" in desk.said())
    assert "Recipe paint stays in use." in desk.said()
    assert desk.station.status().recipe.name == "paint"
    desk.wait(page.layout_.use.isEnabled)


def test_a_second_person_approves(desk: Desk) -> None:
    desk.qa.keeper.change(approval_required=True)
    page = desk.show()
    assert not page.layout_.use.isEnabled()
    assert texts(page, "versions")[0][4] == "waits for approval"
    page.layout_.approve.click()
    dialog = page.findChild(SignDialog)
    assert dialog is not None
    assert "Smallest defect area: 16 px → 40 px" in dialog.facts.text()
    assert dialog.by.text() == ""
    desk.sign(dialog, by="lee")
    desk.wait(lambda: "somebody else has to approve it" in desk.said())
    page.layout_.approve.click()
    desk.sign(page.findChildren(SignDialog)[-1])
    desk.wait(lambda: "approved by Park" in desk.said())
    desk.wait(page.layout_.use.isEnabled)
    assert texts(page, "versions")[0][4] == "✓ approved by Park"


def test_a_copy_is_a_new_recipe(desk: Desk) -> None:
    page = desk.show()
    desk.choose("other")
    page.layout_.copy.click()
    dialog = page.findChild(NameDialog)
    assert dialog is not None
    dialog.field.setText("third")
    dialog.take_button.click()
    desk.sign(page.findChild(SignDialog), by="Choi")
    desk.wait(lambda: "version 1 of recipe third" in desk.said())
    copy = desk.qa.recipes.load("third")
    assert (copy.product, copy.scan_codes) == ("Other plate", ())


def test_what_is_exported_can_be_imported(desk: Desk, tmp_path: Path) -> None:
    from model import checkpoint
    from model.backbone import TINY
    from tests.model.tiny_clip import LIMITS, backbone, zero_shot

    file = desk.qa.home.checkpoints / "paint.safetensors"
    file.parent.mkdir(parents=True)
    checkpoint.save(
        file, zero_shot(), LIMITS, name="paint", backbone_name=TINY,
        backbone_sha256=backbone().sha256,
    )  # fmt: skip
    page = desk.show()
    target = str(tmp_path / "out")
    page.orders.choose_export = lambda parent, name: target
    page.layout_.export.click()
    desk.wait(lambda: "Exported to" in desk.said())
    page.orders.choose_import = lambda parent, name: f"{target}.recipe.zip"
    page.layout_.take_in.click()
    desk.wait(lambda: page.findChild(SignDialog) is not None)
    dialog = page.findChild(SignDialog)
    assert "made by Lee: small spots do no harm" in dialog.facts.text()
    assert "becomes its next version" in dialog.facts.text()
    desk.sign(dialog)
    desk.wait(lambda: "version 3, was taken in" in desk.said())
    assert desk.qa.store.recipe_history("paint")[0].author == "Park"
    page.orders.choose_import = lambda parent, name: str(tmp_path / "none.zip")
    page.layout_.take_in.click()
    desk.wait(lambda: "cannot be read" in desk.said())


def test_a_new_product_is_taught_in_the_flow(desk: Desk) -> None:
    page = desk.show()
    page.layout_.teach.click()
    assert page.teaching is not None
    desk.wait(page.teaching.isVisible)
    page.teaching.left.emit()
    desk.wait(page.layout_.list.isVisible)
    page.teaching.finished.emit("other")
    desk.wait(lambda: page._shown == "other")
    assert "other was taught" in desk.said()


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)], ids=str)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_nothing_is_clipped_or_tiny(desk: Desk, size: tuple[int, int], language: str) -> None:
    desk.qa.keeper.change(approval_required=True)
    page = desk.show()
    desk.language.use(language)
    desk.window.resize(*size)
    desk.wait(lambda: (desk.window.width(), desk.window.height()) == size)
    page.layout_.notice.show_said("Version 2 was approved by Park.")

    def clipped() -> list[str]:
        found = []
        for widget in page.findChildren(QLabel) + page.findChildren(QAbstractButton):
            if not widget.isVisible() or not widget.text():
                continue
            wraps = isinstance(widget, QLabel) and widget.wordWrap()
            if (not wraps and widget.width() < widget.sizeHint().width() - 1) or (
                isinstance(widget, QAbstractButton) and widget.height() < 38
            ):
                found.append(widget.text())
        return found

    desk.wait(lambda: clipped() == [])
    page.layout_.edit.click()
    assert page.editor is not None
    desk.wait(lambda: page.editor._picture is not None)
    desk.wait(lambda: clipped() == [])


@pytest.mark.logs_expected
def test_limits_that_were_saved_go_the_same_way(desk: Desk) -> None:
    page = LimitsPage(desk.qa)
    desk.bot.addWidget(page)
    saved = desk.qa.recipes.save(recipe(ng_limit=0.55), author="Lee", reason="limit")
    page.saver._recipe = saved
    desk.qa.keeper.change(approval_required=True)
    page.saver._on_use()
    desk.wait(lambda: "not approved" in page.layout_.saved.text())
    assert page.layout_.use.isEnabled()
    desk.qa.keeper.change(approval_required=False)
    page.saver._on_use()
    desk.in_force("paint", 3)
    desk.wait(lambda: "judges with version 3" in page.layout_.saved.text())
    tasks.wait_all()
    page.left()


def test_without_a_station_nothing_can_be_changed_over(desk: Desk) -> None:
    office = replace(desk.qa, station=None, change_over=None)
    page = ProductsPage(office)
    desk.bot.addWidget(page)
    page.entered()
    desk.wait(lambda: len(page.versions) > 0)
    assert not page.layout_.use.isEnabled()
    page.left()
