"""Every state of the screen in both languages and sizes: nothing clipped, nothing untranslated."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PyQt5.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app import i18n
from app.candidates.check_report import CheckReport
from app.inspection.verdict import Verdict
from app.station.shadow_status import Disagreement, ShadowState, ShadowStatus
from app.ui.screens.models import ModelsPage
from app.ui.screens.models_candidate import Stage
from app.ui.screens.models_layout import CANDIDATE, LIST, SHADOW
from tests.rigs.compared import many
from tests.ui.models.conftest import Bench
from tests.ui.rig import INFO
from tests.ui.shown_page import shown_page
from tests.ui.test_sizes import SIZES
from tests.ui.test_translation import foreign, visible_texts

# Names that come from files, and what is written alike in every language.
NAMES = {
    "plates", "plates-", "default", "demo", "adclip-tiny", "adclip-station", "anomaly", "clip",
    "shot", "n_ctx", "ctx", "SHA-", "safetensors", "pictures", "broken", "made", "part-odd",
    "part-far", "plain", "plate", "spot", "edge", "home", "checkpoints", "auroc",
    "image", "pixel", "Scroll", "Left", "Right",
}  # fmt: skip
DATA = re.compile(r"/|^([0-9a-f]{8} ){7}")
"""Paths and hashes."""
State = Callable[[Bench, Path], None]


def list_(bench: Bench, _: Path) -> None:
    bench.layout.tabs.setCurrentIndex(LIST)
    bench.choose(bench.home.checkpoints / "plates.safetensors")
    bench.layout.list.details.note.field.setPlainText("…")


def checking(bench: Bench, _: Path) -> None:
    bench.layout.tabs.setCurrentIndex(CANDIDATE)
    one = bench.page.candidate
    one.path, one.name, one.stage = Path("plates-2"), "plates-2", Stage.CHECKING
    one.show()


def refused(bench: Bench, _: Path) -> None:
    one = bench.page.candidate
    one.stage, one.report = Stage.REFUSED, CheckReport(False, "", problem="format")
    one.show()


def compared(bench: Bench, folder: Path) -> None:
    one = bench.page.candidate
    one.stage, one.report = Stage.COMPARED, CheckReport(True, "", None, 1.3, 51, 420)
    one.comparison = many(folder)
    one.show()


def shadow(bench: Bench, _: Path) -> None:
    bench.layout.tabs.setCurrentIndex(SHADOW)
    now = datetime.now(UTC)
    info = replace(INFO, name="plates-2", sha256="d" * 64)
    found = tuple(
        Disagreement(
            f"no-{number}", now, Verdict.NG, 0.7, Verdict.OK, 0.4, "paint", "paint", "c" * 64,
            "plates-2", "d" * 64,
        )
        for number in range(3)
    )  # fmt: skip
    beside = bench.station.shadow
    beside._status = ShadowStatus(
        ShadowState.ENDED, info, 412, 38, 404, found, 51.0, "", "paint", now
    )
    bench.page.shadow.show()


def off(bench: Bench, _: Path) -> None:
    bench.station.shadow._status = ShadowStatus()
    bench.page.shadow.show()


def clipped(root: QWidget) -> list[str]:
    """Return the texts of labels and buttons that have less room than they need."""
    found = []
    for widget in (*root.findChildren(QLabel), *root.findChildren(QAbstractButton)):
        if not widget.isVisible() or not widget.text():
            continue
        height = widget.heightForWidth(widget.width())
        needed = height if height > 0 else widget.sizeHint().height()
        wraps = isinstance(widget, QLabel) and widget.wordWrap()
        # A button that gets the keyboard wants a wider frame only at the next layout.
        needed -= 2 * widget.hasFocus()
        narrow = not wraps and widget.width() < widget.sizeHint().width()
        if narrow or widget.height() < needed:
            found.append(f"{widget.text()}: {widget.size()} < {widget.sizeHint()}")
    return found


def _same(wanted: list[str], found: list[str]) -> None:
    assert found == wanted


def small_targets(root: QWidget) -> list[str]:
    return [
        button.text()
        for button in root.findChildren(QPushButton)
        if button.isVisible() and min(button.width(), button.height()) < 40
    ]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_state(bench: Bench, tmp_path: Path, size: tuple[int, int], language: str) -> None:
    bench.write("plates", "plates-2")
    (bench.home.checkpoints / "broken.safetensors").write_bytes(b"broken")
    page = bench.enter()
    bench.language.use(language)
    bench.window.resize(*size)
    states: tuple[State, ...] = (list_, checking, refused, compared, off, shadow)
    for state in states:
        state(bench, tmp_path)
        bench.bot.waitUntil(lambda: _same([], clipped(page)), timeout=3000)
        assert small_targets(page) == [], state.__name__
        if language == "ko":
            texts = [one for one in visible_texts(page) if not DATA.search(one)]
            assert foreign(texts) - NAMES == set(), state.__name__
        if folder := os.environ.get("ADCLIP_SCREENSHOTS"):
            name = f"models-{state.__name__}-{language}-{size[0]}.png"
            assert bench.window.grab().save(str(Path(folder) / name))
    assert (bench.window.width(), bench.window.height()) == size


def test_the_language_changes_everything_and_back(bench: Bench, tmp_path: Path) -> None:
    bench.write("plates", "plates-2")
    page = bench.enter()
    checking(bench, tmp_path)
    compared(bench, tmp_path)
    shadow(bench, tmp_path)
    before = visible_texts(page)
    bench.language.use("ko")
    assert i18n.language() == "ko"
    assert visible_texts(page) != before
    bench.language.use("en")
    bench.wait(lambda: visible_texts(page) == before)


@pytest.fixture
def office(app: QApplication, qtbot: QtBot, own_home: Path) -> Iterator[ModelsPage]:
    with shown_page(ModelsPage, own_home, qtbot) as (page, _):
        yield page
    # The parts of the page know it: without this its wrapper would wait for the collector.
    del page
    gc.collect()


def test_on_an_office_pc_it_says_what_it_cannot_do(office: ModelsPage, qtbot: QtBot) -> None:
    office.entered()
    qtbot.waitUntil(lambda: office.shelf.found is not None)
    layout = office.layout_
    assert layout.bar.sentence.text() == "This is an office PC; no line judges here."
    assert not layout.bar.back_button.isVisible()
    assert layout.shadow.sentence.text() == "This is an office PC; there is no line to run beside."
    office.candidate.stage = Stage.COMPARED
    assert office.candidate.ask_activation() is None
    assert "at the station" in layout.candidate.obstacle.text()
    qtbot.waitUntil(layout.list.read_button.isEnabled)
