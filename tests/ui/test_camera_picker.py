from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import i18n
from app.camera.probing import FoundCamera
from app.camera.source import FrameSource
from app.camera.uri import source_for
from app.inspection.recipe_parts import CameraSettings
from app.station import tasks
from app.station.frame_feed import FrameFeed
from app.ui.widgets.camera_fields import CameraFields
from app.ui.widgets.camera_picker import CameraPicker
from app.ui.widgets.camera_sources import (
    ComputerPage,
    FilePage,
    NetworkPage,
    SourceKind,
    kind_of,
    network_problem,
)
from tests.ui.conftest import Desk

LONG_MS = 20_000
FOUND = (FoundCamera(0, "Webcam", 640, 480), FoundCamera(2, "", 1280, 1024))


def demo_for(address: str) -> FrameSource:
    """Every USB camera shows the demo line."""
    small = "sim:size=160x120,fps=20"
    return source_for(small if address.startswith(("index:", "sim:")) else address)


@pytest.fixture
def picker(app: QApplication, qtbot: QtBot) -> Iterator[CameraPicker]:
    made = CameraPicker(FrameFeed(None, demo_for), search=lambda busy: FOUND)
    qtbot.addWidget(made)
    made.resize(1200, 640)
    yield made
    made.stop()
    assert tasks.wait_all()


def shown(picker: CameraPicker, bot: QtBot) -> None:
    picker.show()
    bot.waitExposed(picker)


def test_usb_cameras_are_found_and_the_first_is_seen_live(
    picker: CameraPicker, qtbot: QtBot
) -> None:
    shown(picker, qtbot)
    page = picker.pages[SourceKind.COMPUTER]
    assert isinstance(page, ComputerPage)
    qtbot.waitUntil(lambda: picker.has_picture, timeout=LONG_MS)
    assert [page.list.item(row).text() for row in range(page.list.count())] == [
        "0: Webcam, 640 × 480",
        "2: Camera 2, 1280 × 1024",
    ]
    assert picker.address == "index:0"
    assert "160 × 120" in picker.state.text()
    page.list.setCurrentRow(1)
    assert picker.address == "index:2"
    assert not picker.has_picture
    qtbot.waitUntil(lambda: picker.has_picture, timeout=LONG_MS)


def test_settings_reach_the_camera_a_moment_after_they_were_typed(
    picker: CameraPicker, qtbot: QtBot
) -> None:
    picker.set_camera("index:2", CameraSettings(exposure=-6, auto_exposure=False, fps=12))
    shown(picker, qtbot)
    assert picker.feed.watched[1] == CameraSettings(exposure=-6, auto_exposure=False, fps=12)
    picker.fields.values["gain"].setValue(8)
    qtbot.waitUntil(lambda: picker.feed.watched[1].gain == 8, timeout=LONG_MS)
    assert picker.settings == CameraSettings(exposure=-6, auto_exposure=False, fps=12, gain=8)
    picker.choose(SourceKind.DEMO)
    assert picker.settings == CameraSettings()


def test_the_form_of_a_network_address_is_checked_while_it_is_typed(
    picker: CameraPicker, qtbot: QtBot
) -> None:
    shown(picker, qtbot)
    picker.choose(SourceKind.NETWORK)
    page = picker.pages[SourceKind.NETWORK]
    assert isinstance(page, NetworkPage)
    qtbot.keyClicks(page.field, "rtsp//cam")
    assert "begin with rtsp://" in page.note.text()
    assert not page.connect_button.isEnabled()
    qtbot.keyClick(page.field, Qt.Key_Return)
    assert picker.address == ""
    page.field.setText("rtsp://user:secret@127.0.0.1:1/stream")
    assert page.connect_button.isEnabled()
    assert picker.address == ""
    page.field.setText("")
    assert network_problem("rtsp://")
    assert network_problem("http://cam/video#timeout=900")
    assert not network_problem("http://cam/video#timeout=5")


@pytest.mark.logs_expected
def test_a_folder_that_is_not_there_is_said_in_the_picture(
    picker: CameraPicker, qtbot: QtBot, tmp_path: Path
) -> None:
    shown(picker, qtbot)
    picker.choose(SourceKind.FOLDER)
    page = picker.pages[SourceKind.FOLDER]
    assert isinstance(page, FilePage)
    page.field.setText(str(tmp_path / "nowhere"))
    qtbot.keyClick(page.field, Qt.Key_Return)
    assert picker.address == f"folder:{tmp_path / 'nowhere'}"
    qtbot.waitUntil(lambda: "nowhere" in picker.feed.problem, timeout=LONG_MS)
    assert not picker.has_picture


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("", SourceKind.LINE),
        ("index:1", SourceKind.COMPUTER),
        ("RTSP://cam", SourceKind.NETWORK),
        ("https://cam/video", SourceKind.NETWORK),
        ("folder:/a?fps=2", SourceKind.FOLDER),
        ("file:/a.mp4", SourceKind.VIDEO),
        ("sim:seed=3", SourceKind.DEMO),
    ],
)
def test_every_address_has_its_page(picker: CameraPicker, address: str, kind: SourceKind) -> None:
    assert kind_of(address) is kind
    if address:
        picker.set_camera(address)
        assert picker.kind is kind
        assert picker.address == address


def test_fields_keep_every_setting(app: QApplication, qtbot: QtBot) -> None:
    fields = CameraFields()
    qtbot.addWidget(fields)
    assert fields.settings == CameraSettings()
    whole = CameraSettings(
        width_px=1000,
        height_px=900,
        fps=25,
        auto_exposure=False,
        exposure=-5.5,
        gain=0,
        auto_white_balance=True,
        white_balance_k=4500,
        autofocus=None,
        focus=12,
    )
    fields.set_settings(whole)
    assert fields.settings == whole
    assert not fields.values["white"].isEnabled()
    fields.show_answer({"width_px": 640, "height_px": 480, "gain": 3})
    assert fields.answers["size"].text() == "640 × 480"
    assert fields.answers["exposure"].text() == "says nothing"


def test_the_running_line_is_seen_without_opening_its_camera(desk: Desk) -> None:
    feed = FrameFeed(desk.station, demo_for)
    picker = CameraPicker(feed, search=lambda busy: ())
    desk.bot.addWidget(picker)
    shown(picker, desk.bot)
    assert picker.kind is SourceKind.LINE
    assert picker.address == "scene:"
    desk.run_until("OK")
    desk.wait(lambda: picker.has_picture)
    assert feed.uses_line
    picker.stop()
    assert tasks.wait_all()


def test_texts_are_korean_in_korean(picker: CameraPicker) -> None:
    i18n.set_language("ko")
    picker.retranslate()
    for kind, button in picker.buttons.items():
        assert not button.text().isascii(), kind
