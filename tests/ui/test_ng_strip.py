from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QImage

from app.inspection.verdict import Verdict
from app.station.status import StationState
from app.store.base import Query
from app.ui.ng_history import NgHistory
from app.ui.widgets.ng_strip import LENGTH, NgStrip, Thumbnail, _Tile
from app.ui.widgets.part_dialog import PartDialog
from tests.ui.conftest import Desk
from tests.ui.rig import SPOT


def filled(desk: Desk, count: int) -> None:
    """Let `count` NG parts pass, then stop."""
    desk.scene.part = "ng"
    desk.station.start()
    desk.wait(lambda: desk.station.status().tally.ng >= count)
    desk.station.stop()
    desk.wait(lambda: desk.station.status().phase is StationState.IDLE)


def test_the_strip_holds_the_last_twelve_ng_newest_first(desk: Desk) -> None:
    filled(desk, LENGTH + 3)
    strip = desk.window.live.layout_.strip
    store = desk.station._services.store
    stored = store.find(Query(verdicts=(Verdict.NG,), limit=LENGTH))
    expected = sorted(stored, key=lambda record: -record.taken_monotonic)
    desk.wait(lambda: len(strip.thumbnails) == LENGTH)
    assert [t.record_id for t in strip.thumbnails] == [r.id for r in expected]
    desk.wait(lambda: all(t.image is not None for t in strip.thumbnails))


def test_good_parts_stay_out_of_the_strip(desk: Desk) -> None:
    desk.run_until("OK")
    desk.wait(lambda: desk.station.status().tally.ok > 3)
    assert desk.window.live.layout_.strip.thumbnails == ()


def test_a_click_opens_the_part_large_with_its_facts(desk: Desk) -> None:
    filled(desk, 2)
    strip = desk.window.live.layout_.strip
    tile = strip.findChildren(_Tile)[1]
    desk.bot.mouseClick(tile, Qt.MouseButton.LeftButton)
    (dialog,) = desk.window.findChildren(PartDialog)
    assert dialog.record_id == strip.thumbnails[1].record_id
    facts = dict(dialog._facts)
    assert facts["Verdict"] == "NG"
    assert facts["Why"] == "1 region, 24.0 mm²"
    assert facts["Lot"] == "L-1"
    assert facts["Limit"] == "0.600"
    picture = dialog.view.picture
    assert picture is not None
    assert picture.overlay is not None
    assert picture.overlay.pixelColor(5, 5).alpha() > 0
    x, y, width, height = picture.overlay_box
    assert (x + 1, y + 1, width - 2, height - 2) == SPOT
    dialog.close_button.click()


def test_a_part_whose_picture_was_never_shown_gets_it_from_its_evidence(desk: Desk) -> None:
    filled(desk, 1)
    old = desk.window.live.history
    record = old.record(desk.window.live.layout_.strip.thumbnails[0].record_id)
    assert record is not None
    assert record.evidence is not None
    strip = NgStrip()
    desk.bot.addWidget(strip)
    fresh = NgHistory(strip, old._evidence, desk.window)
    fresh.add_record(record)
    desk.wait(lambda: strip.thumbnails[0].image is not None)
    dialog = fresh.open(record.id)
    assert dialog is not None
    desk.wait(lambda: dialog.view.picture is not None)
    picture = dialog.view.picture
    assert picture is not None
    assert len(picture.contours) == 1
    x, y, width, height = picture.overlay_box
    assert (x + 1, y + 1, width - 2, height - 2) == SPOT
    dialog.close()


def test_lost_evidence_leaves_the_place_without_a_picture(desk: Desk) -> None:
    filled(desk, 1)
    old = desk.window.live.history
    record = old.record(desk.window.live.layout_.strip.thumbnails[0].record_id)
    assert record is not None
    assert record.evidence is not None
    (old._evidence.root / record.evidence.image).unlink()
    strip = NgStrip()
    desk.bot.addWidget(strip)
    fresh = NgHistory(strip, old._evidence, desk.window)
    fresh.add_record(replace(record, id="other"))
    desk.bot.wait(200)
    assert strip.thumbnails[0].image is None
    strip.grab()


def test_a_part_that_has_left_the_strip_cannot_be_opened(desk: Desk) -> None:
    assert desk.window.live.history.open("gone") is None
    assert not desk.window.actions_["false_call"].isEnabled()
    desk.window.false_call()
    assert desk.window.findChildren(PartDialog) == []


@pytest.mark.parametrize("marked", [True, False])
def test_a_thumbnail_keeps_its_mark_when_the_picture_arrives(desk: Desk, marked: bool) -> None:
    strip = desk.window.live.layout_.strip
    strip.add(Thumbnail("a", "12:00:00"))
    if marked:
        strip.mark_false_call("a")
    image = QImage(4, 3, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    strip.set_image("a", image)
    strip.set_image("unknown", image)
    (thumbnail,) = strip.thumbnails
    assert thumbnail.false_call is marked
    assert thumbnail.image is image
    tile = strip.findChildren(_Tile)[0]
    centre = tile.grab().toImage().pixelColor(tile.width() // 2, tile.height() // 3)
    assert (np.array(centre.getRgb()[:3]) == [255, 0, 0]).all() is np.bool_(not marked)
    strip.clear()
    assert strip.thumbnails == ()
