"""The window that `dataset label` opens, and the way from Products."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5.QtCore import QTimer
from PyQt5.QtGui import QImage
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tqdm import tqdm

from app import cli
from app.cli_codes import BAD_INPUT, DONE
from app.labelling.place import open_place, place_at
from app.ui.screens.label_window import LabelWindow, show_label_window
from app.ui.screens.products import ProductsPage
from model.datasets.collection import read_collection
from tests.model.datasets.small_sets import picture
from tests.ui.shown_page import shown_page

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def no_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar's watching thread outlives the command; a process of its own would end it."""
    monkeypatch.setattr(tqdm, "monitor_interval", 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(6):
        picture(tmp_path / "in" / f"{number}.png", number)
    return tmp_path / "in"


def when_seen(app: QApplication, work: object) -> QTimer:
    """Do something once the pictures of the window are shown."""
    timer = QTimer()

    def look() -> None:
        for window in app.topLevelWidgets():
            if isinstance(window, LabelWindow):
                grid = window.screen_.layout_.grid
                if grid.names and all(grid.is_known(name) for name in grid.page()):
                    timer.stop()
                    work(window)  # type: ignore[operator]

    timer.timeout.connect(look)
    timer.start(20)
    return timer


def test_the_command_opens_the_window_and_sorts_afterwards(
    app: QApplication, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def label(window: LabelWindow) -> None:
        for key in "gggd":
            QTest.keyClick(window.screen_.layout_.grid, key)
        window.close()

    timer = when_seen(app, label)
    shot = tmp_path / "window.png"
    words = ["dataset", "label", str(folder), "--by", "Lee", "--language", "ko"]
    code = cli.run_command(cli.parse([*words, "--screenshot", str(shot)]))
    assert not timer.isActive()
    assert code == DONE
    text = " ".join(capsys.readouterr().out.split())
    assert "defective: defective 1 test/defective" in text
    found = read_collection(tmp_path / "in-labelled")
    assert [len(found.train), len(found.test)] == [2, 2]
    assert QImage(str(shot)).width() >= 1024
    assert '"by": "Lee"' in (folder / "labels.jsonl").read_text(encoding="utf-8")
    assert not [w for w in app.topLevelWidgets() if isinstance(w, LabelWindow)]


def test_a_program_that_dies_loses_no_answer(app: QApplication, folder: Path) -> None:
    command = [sys.executable, "-m", "tests.ui.label.crashing", str(folder)]
    died = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert died.returncode == 9, died.stderr
    opened = open_place(place_at(folder))
    assert opened.session.labels == {
        "0.png": "good",
        "1.png": "defective",
        "2.png": "skip",
        "3.png": "good",
    }
    assert opened.session.shown("open") == ("4.png", "5.png")


@pytest.mark.logs_expected
def test_the_window_says_what_is_not_written_before_it_closes(
    app: QApplication, folder: Path
) -> None:
    journal = folder / "labels.jsonl"
    seen: list[str] = []

    def label(window: LabelWindow) -> None:
        journal.mkdir()
        QTest.keyClick(window.screen_.layout_.grid, "g")
        assert not window.close()
        seen.append(window.screen_.layout_.message.text())
        journal.rmdir()
        assert window.close()

    timer = when_seen(app, label)
    show_label_window(open_place(place_at(folder)))
    assert not timer.isActive()
    assert "cannot be written" in seen[0]
    assert place_at(folder).labels() == {"0.png": "good"}


def test_without_a_display_one_sentence_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.ui.display.problem", lambda: "There is no display.")
    assert cli.run_command(cli.parse(["dataset", "label", str(folder)])) == BAD_INPUT
    assert capsys.readouterr().err.endswith("There is no display. With --sort nothing is shown.\n")


@pytest.fixture
def products(app: QApplication, tmp_path: Path, qtbot: QtBot) -> Iterator[ProductsPage]:
    with shown_page(ProductsPage, tmp_path / "home", qtbot) as (page, _):
        page.entered()
        yield page


def test_products_lead_to_the_pictures_and_back(
    products: ProductsPage, folder: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    page, wait = products, qtbot.waitUntil
    chosen = [str(tmp_path / "none"), "", str(folder)]
    page.ask_folder = lambda _: chosen.pop(0)
    page.layout_.label.click()
    wait(lambda: "There is no folder" in page.layout_.notice.text.text())
    page.layout_.label.click()
    page.layout_.label.click()
    wait(lambda: page.labelling is not None and page.labelling.is_shown)
    assert page.labelling is not None
    screen = page.labelling.screen
    grid = screen.layout_.grid
    wait(lambda: bool(grid.names) and all(grid.is_seen(name) for name in grid.page()))
    QTest.keyClick(grid, "g")
    page.left()
    page.entered()
    QTest.keyClick(grid, "d")
    screen.layout_.leave.click()
    wait(page.overview.isVisible)
    assert "1 good to learn from" in page.layout_.notice.text.text()
    assert '"by": "Choi"' in (folder / "labels.jsonl").read_text(encoding="utf-8")
