"""The real window on a real station, offscreen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PyQt5.QtCore import QCoreApplication, QEvent
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import paths
from app.settings.keeper import SettingsKeeper
from app.settings.recipes import RecipeBook
from app.settings.station import StationSettings
from app.station.station import Station
from app.store.database import open_store
from app.store.evidence import EvidenceStore
from app.ui import theme
from app.ui.language import Language
from app.ui.main_window import MainWindow
from app.ui.qa_desk import QaDesk
from tests.ui.rig import Scene, make_station

LONG_MS = 20_000


@dataclass
class Desk:
    """What an operator has before them, and the scene that the test moves."""

    window: MainWindow
    station: Station
    scene: Scene
    language: Language
    bot: QtBot

    def wait(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=LONG_MS)

    def word(self) -> str:
        return self.window.live.layout_.banner.look.word

    def run_until(self, word: str) -> None:
        """Judge parts until the banner says `word`."""
        self.station.start()
        self.wait(lambda: self.word() == word)

    def press(self, key: str) -> None:
        self.window.live.layout_.commands.buttons[key].click()


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    theme.apply(qapp)
    yield qapp
    qapp.setStyleSheet("")


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def desk(app: QApplication, qtbot: QtBot, own_home: Path, scene: Scene) -> Iterator[Desk]:
    home = paths.home(own_home)
    station, end = make_station(home, scene)
    language = Language(app)
    store = open_store(home.database_url)
    keeper = SettingsKeeper(home.settings)
    evidence = EvidenceStore(home.evidence)
    qa = QaDesk(store, evidence, RecipeBook(store), keeper, home, station)
    window = MainWindow(station, StationSettings(), home, qa)
    window.language_wanted.connect(language.use)
    station.begin(start=False)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_may_close", True))
    window.show()
    qtbot.waitExposed(window)
    try:
        qtbot.waitUntil(lambda: station.status().checkpoint is not None, timeout=LONG_MS)
        yield Desk(window, station, scene, language, qtbot)
    finally:
        window.close_for_good()
        end()
        store.close()
        language.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
