from __future__ import annotations

import os
from pathlib import Path

import pytest
from PyQt5.QtGui import QFontMetricsF
from PyQt5.QtWidgets import QAbstractButton, QLabel, QPushButton

from app.i18n import tr
from app.ui import verdict_look
from app.ui.verdict_look import LOOKS, Look
from app.ui.widgets.verdict_banner import fitting_font
from tests.ui.conftest import Desk

SIZES = [(1280, 800), (1920, 1080)]
EVERY_LOOK = [
    *LOOKS.values(),
    *(look for look in vars(verdict_look).values() if isinstance(look, Look)),
]


def resized(desk: Desk, size: tuple[int, int], language: str) -> None:
    desk.language.use(language)
    desk.window.resize(*size)
    desk.wait(lambda: (desk.window.width(), desk.window.height()) == size)
    desk.bot.wait(50)


def clipped(desk: Desk) -> list[str]:
    """Return the texts of labels and buttons that have less room than they need."""
    found: list[str] = []
    for widget in desk.window.findChildren(QLabel) + desk.window.findChildren(QAbstractButton):
        if not widget.isVisible() or not widget.text():
            continue
        if widget is desk.window.live.layout_.message:
            continue  # passing news gives way to the rest; its tooltip has it all
        wanted = widget.sizeHint()
        height = widget.heightForWidth(widget.width())
        needed = height if height > 0 else wanted.height()
        wraps = isinstance(widget, QLabel) and widget.wordWrap()
        if (not wraps and widget.width() < wanted.width()) or widget.height() < needed:
            found.append(f"{widget.text()}: {widget.size()} < {wanted}")
    return found


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_no_text_is_clipped(desk: Desk, size: tuple[int, int], language: str) -> None:
    desk.run_until("OK")
    resized(desk, size, language)
    assert (desk.window.width(), desk.window.height()) == size
    # a figure that grew by a digit is laid out anew in the next turn of the event loop
    desk.wait(lambda: clipped(desk) == [])
    keep_screenshot(desk, f"live-{language}-{size[0]}")


@pytest.mark.logs_expected
@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_no_text_is_clipped_under_a_fault(desk: Desk, size: tuple[int, int], language: str) -> None:
    desk.run_until("OK")
    desk.station.report_bug(
        "The program has a fault in the writer thread: disk quota exceeded. See the log, "
        "free some space on the disk of the database and tell the engineer about it."
    )
    resized(desk, size, language)
    desk.wait(desk.window.live.layout_.fault.isVisible)
    # showing the banner lays the screen out anew, which takes a turn of the event loop
    desk.wait(lambda: clipped(desk) == [])
    assert clipped(desk) == []
    assert (desk.window.width(), desk.window.height()) == size
    keep_screenshot(desk, f"fault-{language}-{size[0]}")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_large_buttons_are_large(desk: Desk, size: tuple[int, int], language: str) -> None:
    resized(desk, size, language)
    for key in ("start", "pause", "stop", "single_shot"):
        button = desk.window.live.layout_.commands.buttons[key]
        assert button.height() >= 64
        assert button.width() >= 90
    for button in desk.window.findChildren(QPushButton):
        if button.isVisible():
            assert min(button.width(), button.height()) >= 40, button.text()


@pytest.mark.parametrize("look", LOOKS.values(), ids=lambda look: look.word)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_verdict_is_readable_from_three_metres(desk: Desk, look: Look, language: str) -> None:
    resized(desk, (1920, 1080), language)
    banner = desk.window.live.layout_.banner
    banner.show_look(look)
    letters = QFontMetricsF(banner.word_font()).tightBoundingRect(tr(look.word))
    assert letters.height() >= 100


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_word_and_advice_fit_their_boxes(desk: Desk, size: tuple[int, int], language: str) -> None:
    resized(desk, size, language)
    banner = desk.window.live.layout_.banner
    for look in EVERY_LOOK:
        banner.show_look(look)
        for text, box in (
            (tr(look.word), banner._word_box()),
            (tr(look.advice), banner._advice_box()),
        ):
            letters = QFontMetricsF(fitting_font(text, box.width(), box.height()))
            drawn = letters.tightBoundingRect(text)
            assert drawn.width() <= box.width() + 1, text
            assert drawn.height() <= box.height() + 1, text
        assert not banner._sign_box().intersects(banner._word_box())


def keep_screenshot(desk: Desk, name: str) -> None:
    """Keep a picture for a person to look at, if ADCLIP_SCREENSHOTS names a folder."""
    if folder := os.environ.get("ADCLIP_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        assert desk.window.grab().save(str(Path(folder) / f"{name}.png"))
