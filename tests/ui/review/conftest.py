"""The review screen on a real store with real small pictures, offscreen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PyQt5.QtCore import QCoreApplication, QEvent, Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.inspection.judgement import Inspection
from app.inspection.record import InspectionRecord
from app.inspection.review import Review
from app.station import tasks
from app.store.base import Query
from app.ui.qa_desk import QaDesk
from app.ui.screens.review import ReviewPage
from app.ui.widgets.name_dialog import NameDialog
from tests.rigs.review_desk import Breakable, a_part, make_desk

LONG_MS = 15_000


@dataclass
class Bench:
    """A reviewer's place: the screen, what it works with, and fingers."""

    page: ReviewPage
    desk: QaDesk
    store: Breakable
    bot: QtBot

    def wait(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=LONG_MS)

    def press(self, *keys: Qt.Key | str, ctrl: bool = False, shift: bool = False) -> None:
        """Press keys on whatever has the keyboard; a text is typed."""
        modifier = Qt.KeyboardModifier.NoModifier
        if ctrl or shift:
            wanted = Qt.KeyboardModifier
            modifier = wanted.ControlModifier if ctrl else wanted.ShiftModifier
        for key in keys:
            target = QApplication.focusWidget() or self.page
            if isinstance(key, str):
                QTest.keyClicks(target, key)
            else:
                QTest.keyClick(target, key, modifier)

    def shown(self) -> InspectionRecord | None:
        """The record on the screen."""
        part = self.page.walk.part
        return part.record if part is not None else None

    def serial(self) -> str:
        record = self.shown()
        return record.serial if record is not None else ""

    def wait_for(self, serial: str) -> None:
        self.wait(lambda: self.serial() == serial)

    def record_id(self, serial: str) -> str:
        return f"01900000-0000-7000-8000-{int(serial):012d}"

    def said(self, serial: str) -> list[Review]:
        """What the store has on a part, oldest first."""
        return self.store.reviews(self.record_id(serial))

    def wait_said(self, serial: str, *findings: str) -> None:
        self.wait(lambda: tuple(r.finding for r in self.said(serial)) == findings)

    def notice(self) -> str:
        return self.page.layout_.notice.text()

    def message(self) -> str:
        """The sentence in place of the picture."""
        return self.page.layout_.view.message

    def word(self, serial: str) -> str:
        """The last column of a part's row."""
        model = self.page.layout_.model
        return str(model.data(model.index(model.place_of(self.record_id(serial)), 3)))

    def name(self, who: str) -> None:
        """Type a name into the open dialog."""
        self.wait(lambda: self.page.findChild(NameDialog) is not None)
        dialog = self.page.findChild(NameDialog)
        dialog.field.setText(who)
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)
        self.wait(lambda: self.desk.reviewer == who and self.page.findChild(NameDialog) is None)
        self.wait(self.page.hasFocus)

    def sit_down(self, who: str) -> None:
        """Another person takes the place."""
        self.press(Qt.Key.Key_Y)
        self.name(who)
        self.wait(lambda: not self.page.layout_.model.is_loading)

    def rows(self, **conditions: object) -> list[str]:
        """Serials of the records that fulfil a query, newest first."""
        found = self.store.rows(Query(**conditions))  # type: ignore[arg-type]
        return [row.serial for row in found]


@pytest.fixture
def parts() -> list[Inspection]:
    """What the store holds; a module may replace it."""
    return [a_part(number) for number in range(1, 7)]


@pytest.fixture
def reviewer() -> str:
    """Who sits at the desk."""
    return "kim"


@pytest.fixture
def database_url() -> str:
    """Where the store is; "" for the file of the desk's home."""
    return ""


@pytest.fixture
def bench(
    app: QApplication,
    qtbot: QtBot,
    own_home: Path,
    parts: list[Inspection],
    reviewer: str,
    database_url: str,
) -> Iterator[Bench]:
    desk = make_desk(own_home, parts, reviewer, database_url)
    page = ReviewPage(desk)
    for timer in (page.walk._retry, page.answers.writer._retry):
        timer.setInterval(100)
    qtbot.addWidget(page)
    page.resize(1280, 748)
    page.show()
    qtbot.waitExposed(page)
    page.activateWindow()
    page.entered()
    bench = Bench(page, desk, desk.store, qtbot)  # type: ignore[arg-type]
    bench.wait(lambda: not page.layout_.model.is_loading and page.hasFocus())
    if parts:
        bench.wait(lambda: bench.shown() is not None)
    try:
        yield bench
    finally:
        bench.store.broken = False
        page.left()
        assert tasks.wait_all()
        QCoreApplication.processEvents()
        page.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
        assert tasks.wait_all()
        QCoreApplication.processEvents()
        desk.store.close()
