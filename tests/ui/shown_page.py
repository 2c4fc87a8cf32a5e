"""One screen of the quality staff alone, on a store of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from PyQt5.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from app import paths
from app.settings.keeper import SettingsKeeper
from app.settings.recipes import RecipeBook
from app.station import tasks
from app.store.database import Database, open_store
from app.store.evidence import EvidenceStore
from app.ui.qa_desk import QaDesk
from app.ui.screens.page import Page

Shown = TypeVar("Shown", bound=Page)


@contextmanager
def shown_page(
    build: Callable[[QaDesk], Shown], folder: Path, qtbot: QtBot
) -> Iterator[tuple[Shown, Database]]:
    """Show a page of 1264 x 740 on an empty home; its jobs end before the store does."""
    home = paths.home(folder)
    home.root.mkdir(parents=True)
    store = open_store(home.database_url)
    keeper = SettingsKeeper(home.settings)
    keeper.change(reviewer="Choi")
    page = build(QaDesk(store, EvidenceStore(home.evidence), RecipeBook(store), keeper, home))
    page.resize(1264, 740)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitExposed(page)
    try:
        yield page, store
    finally:
        page.left()
        tasks.wait_all()
        QCoreApplication.processEvents()
        page.close()
        page.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
        store.close()
