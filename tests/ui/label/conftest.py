"""The labelling screen on a small folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PyQt5.QtCore import QCoreApplication, QEvent, Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.labelling.place import LabelPlace, place_at
from app.labelling.session import LabelSession
from app.station import tasks
from app.ui.language import Language
from app.ui.screens.label import LabelScreen
from tests.model.datasets.cloth import cloth

LONG_MS = 20_000
COUNT = 60


@dataclass
class LabelDeskRig:
    """A person before the screen."""

    screen: LabelScreen
    place: LabelPlace
    bot: QtBot
    language: Language

    @property
    def session(self) -> LabelSession:
        assert self.screen.opened is not None
        return self.screen.opened.session

    def wait(self, condition: object) -> None:
        self.bot.waitUntil(condition, timeout=LONG_MS)

    def press(self, *keys: int | str) -> None:
        for key in keys:
            QTest.keyClick(self.screen.layout_.grid, key)

    def seen(self) -> None:
        """Wait until every picture of the page is shown."""
        grid = self.screen.layout_.grid
        self.wait(lambda: bool(grid.page()) and all(grid.is_known(name) for name in grid.page()))

    def said(self) -> str:
        return self.screen.layout_.message.text()

    def kept(self) -> dict[str, str]:
        """Return what is on the disk once nothing waits."""
        writer = self.screen.writer
        assert writer is not None
        self.wait(lambda: writer.outbox.waiting == 0)
        return self.place.labels()


def open_screen(place: LabelPlace, bot: QtBot, language: Language) -> LabelDeskRig:
    screen = LabelScreen("Choi")
    screen.resize(1280, 760)
    screen.open(place)
    screen.show()
    bot.waitExposed(screen)
    rig = LabelDeskRig(screen, place, bot, language)
    rig.wait(lambda: screen.opened is not None)
    return rig


def close_screen(rig: LabelDeskRig) -> None:
    rig.screen.rest()
    tasks.wait_all()
    QCoreApplication.processEvents()
    rig.screen.close()
    rig.screen.deleteLater()
    QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("pictures")
    for number in range(COUNT):
        cloth(found / f"{number}.png", 32, 8, number)
    return found


@pytest.fixture
def folder(tmp_path: Path, pictures: Path) -> Path:
    return Path(shutil.copytree(pictures, tmp_path / "in"))


@pytest.fixture
def language(app: QApplication) -> Iterator[Language]:
    found = Language(app)
    yield found
    found.close()


@pytest.fixture
def rig(folder: Path, language: Language, qtbot: QtBot) -> Iterator[LabelDeskRig]:
    found = open_screen(place_at(folder), qtbot, language)
    yield found
    close_screen(found)


RETURN = Qt.Key.Key_Return
