"""The window on a running station with some recipes."""

from __future__ import annotations

from collections.abc import Iterator
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
from app.station import tasks
from app.station.change_over import ChangeOver
from app.station.station import Station
from app.store.database import open_store
from app.store.evidence import EvidenceStore
from app.ui.language import Language
from app.ui.main_window import MainWindow
from app.ui.qa_desk import QaDesk
from app.ui.screens.products import ProductsPage
from app.ui.widgets.checkpoint_sign_dialog import SignDialog
from tests.ui.rig import Scene, make_station, recipe

LONG_MS = 20_000
OTHER = recipe(name="other", product="Other plate", review_limit=0.4, scan_codes=("OTHER 1",))


@dataclass
class Desk:
    """The window on a running station with three versions of two recipes."""

    window: MainWindow
    station: Station
    qa: QaDesk
    bot: QtBot
    language: Language

    @property
    def page(self) -> ProductsPage:
        page = self.window.pages.page
        assert isinstance(page, ProductsPage)
        return page

    def wait(self, condition: object) -> None:
        self.bot.waitUntil(condition, timeout=LONG_MS)

    def show(self) -> ProductsPage:
        self.window.pages.show_page("products")
        self.wait(lambda: len(self.page.versions) > 0)
        return self.page

    def choose(self, name: str) -> None:
        names = [product.name for product in self.page.products]
        self.page.layout_.list.selectRow(names.index(name))
        self.wait(lambda: self.page._shown == name)

    def in_force(self, name: str, version: int) -> None:
        def reached() -> bool:
            used = self.station.status().recipe
            return (used.name, used.version) == (name, version)

        self.wait(reached)
        assert self.qa.change_over is not None
        self.wait(lambda: not self.qa.change_over.is_busy)

    def sign(self, dialog: SignDialog, by: str = "Park", why: str = "tried") -> None:
        dialog.by.setText(by)
        dialog.reason.setText(why)
        dialog.do_button.click()

    def said(self) -> str:
        return self.page.layout_.notice.text.text()


@pytest.fixture
def desk(app: QApplication, qtbot: QtBot, own_home: Path) -> Iterator[Desk]:
    home = paths.home(own_home)
    station, end = make_station(home, Scene())
    store = open_store(home.database_url)
    book = RecipeBook(store)
    book.save(recipe(), author="Lee", reason="taught")
    book.save(recipe(min_area_px=40), author="Lee", reason="small spots do no harm")
    book.save(OTHER, author="Lee", reason="taught")
    keeper = SettingsKeeper(home.settings)
    keeper.change(reviewer="Choi", recipe="paint", recipe_version=1)
    change = ChangeOver(station, store, keeper, station)
    qa = QaDesk(
        store, EvidenceStore(home.evidence), book, keeper, home, station, change_over=change
    )
    language = Language(app)
    window = MainWindow(station, StationSettings(), home, qa)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_may_close", True))
    station.begin(start=True)
    window.show()
    qtbot.waitExposed(window)
    found = Desk(window, station, qa, qtbot, language)
    try:
        found.wait(lambda: station.status().tally.ok > 0)
        yield found
    finally:
        change.rest()
        window.close_for_good()
        end()
        tasks.wait_all()
        store.close()
        language.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
