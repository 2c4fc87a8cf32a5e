"""The reports screen on a real database: what it offers, shows and saves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from PyQt5.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import i18n
from app.errors import StoreError
from app.month import Month, fill
from app.report.saving import Cancelled
from app.store.base import Query
from app.store.database import Database
from app.ui.screens import reports_saving
from app.ui.screens.reports import ReportsPage
from tests.rigs import reported_lot as lot
from tests.ui.shown_page import shown_page

LONG_MS = 20_000
MONTH = Month(seed=8, records=900, days=3, first_day=date(2026, 10, 5))


@dataclass
class Bench:
    page: ReportsPage
    store: Database
    bot: QtBot
    folder: Path
    asked: list[Path] = field(default_factory=list)

    def wait(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=LONG_MS)

    def enter(self) -> None:
        with self.bot.waitSignal(self.page.shown, timeout=LONG_MS):
            self.page.entered()

    def choose(self, kind: str) -> None:
        """Choose a kind of report and wait until it is shown."""
        box = self.page.layout_.kind
        box.setCurrentIndex(box.findData(kind))
        with self.bot.waitSignal(self.page.shown, timeout=LONG_MS):
            box.activated.emit(box.currentIndex())

    def save(self, file_format: str) -> Path:
        """Press a button and wait until the file is there."""
        with self.bot.waitSignal(self.page.saver.ended, timeout=LONG_MS):
            self.page.layout_.buttons[file_format].click()
        return self.asked[-1]

    def file_for(self, _: QWidget, suggested: Path) -> Path:
        self.asked.append(self.folder / suggested.name)
        return self.asked[-1]

    @property
    def text(self) -> str:
        return self.page.layout_.view.toPlainText()


@pytest.fixture
def bench(app: QApplication, qtbot: QtBot, own_home: Path, tmp_path: Path) -> Iterator[Bench]:
    with shown_page(ReportsPage, own_home, qtbot) as (page, store):
        made = Bench(page, store, qtbot, tmp_path)
        page.saver.ask_file = made.file_for
        yield made


def test_without_records_it_says_so(bench: Bench) -> None:
    bench.page.entered()
    bench.wait(lambda: "No part has been judged yet" in bench.page.layout_.message.text())
    assert not any(button.isEnabled() for button in bench.page.layout_.buttons.values())


def test_it_begins_with_the_newest_shift(bench: Bench) -> None:
    fill(bench.store, MONTH)
    bench.enter()
    made = bench.page.made
    assert made is not None
    assert made.facts.scope.kind == "shift"
    newest = bench.store.find(Query(limit=1))[0]
    assert made.facts.last == newest.taken_utc
    assert made.facts.scope.name == newest.context.shift
    assert f"{made.facts.tally.parts}" in bench.text
    assert bench.page.layout_.made_by.text() == "Choi"
    assert "by Choi" in bench.text
    assert all(button.isEnabled() for button in bench.page.layout_.buttons.values())


def test_each_kind_shows_its_fields_and_its_report(bench: Bench) -> None:
    fill(bench.store, MONTH)
    bench.enter()
    layout = bench.page.layout_
    for kind, title, visible in (
        ("lot", "Lot report", layout.lot),
        ("checkpoint", "Checkpoint report", layout.checkpoint),
        ("time", "Period report", layout.since),
        ("shift", "Shift report", layout.day),
    ):
        bench.choose(kind)
        assert bench.text.startswith(title)
        fields = (layout.lot, layout.checkpoint, layout.since, layout.day)
        assert [one for one in fields if one.isVisible()] == [visible]


def test_lots_stand_newest_first_and_an_older_one_can_be_typed(bench: Bench) -> None:
    fill(bench.store, MONTH)
    bench.enter()
    bench.choose("lot")
    newest = bench.store.find(Query(limit=1))[0].context.lot
    oldest = bench.store.find(Query(limit=1, newest_first=False))[0].context.lot
    box = bench.page.layout_.lot
    assert box.itemText(0) == newest
    box.setEditText(oldest)
    with bench.bot.waitSignal(bench.page.shown, timeout=LONG_MS):
        box.activated.emit(0)
    assert oldest in bench.text
    box.setEditText("nix")
    box.activated.emit(0)
    bench.wait(lambda: "There is no lot 'nix'" in bench.page.layout_.message.text())
    assert not bench.page.layout_.buttons["pdf"].isEnabled()


def test_the_report_changes_its_language_and_the_window_does_not(bench: Bench) -> None:
    lot.store_it(bench.store)
    bench.enter()
    box = bench.page.layout_.language
    facts = bench.page.made and bench.page.made.facts
    box.setCurrentIndex(box.findData("ko"))
    with bench.bot.waitSignal(bench.page.shown, timeout=LONG_MS):
        box.activated.emit(box.currentIndex())
    assert bench.text.startswith("교대조 보고서")
    assert bench.page.layout_.reload.text() == "Read again"
    assert i18n.language() == "en"
    # Nothing was counted anew for that.
    assert facts is not None
    assert bench.page.made is not None
    assert bench.page.made.facts.made_at == facts.made_at


@pytest.mark.parametrize("file_format", ["pdf", "html", "csv", "parquet"])
def test_a_button_saves_a_file(bench: Bench, file_format: str) -> None:
    lot.store_it(bench.store)
    bench.enter()
    file = bench.save(file_format)
    assert file.name == f"shift-A-2026-10-05.{file_format}"
    assert file.stat().st_size > 1000
    assert str(file) in bench.page.layout_.result.text()
    assert bench.page.layout_.open_folder.isVisible()
    assert not bench.page.layout_.cancel.isVisible()


def test_cancel_leaves_no_file(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    lot.store_it(bench.store)
    bench.enter()
    layout = bench.page.layout_

    def pressed(stop: object) -> None:
        raise Cancelled("stop")

    monkeypatch.setattr(reports_saving, "_check", pressed)
    file = bench.save("csv")
    assert layout.result.text() == "Cancelled; nothing was written."
    assert not file.exists()
    assert layout.buttons["csv"].isEnabled()


def test_the_cancel_button_stops_what_is_being_written(bench: Bench) -> None:
    lot.store_it(bench.store)
    bench.enter()
    with bench.bot.waitSignal(bench.page.saver.ended, timeout=LONG_MS):
        bench.page.layout_.buttons["pdf"].click()
        assert bench.page.layout_.cancel.isVisible()
        bench.page.layout_.cancel.click()
    assert not bench.asked[-1].exists()


def test_a_failing_save_is_a_sentence(bench: Bench) -> None:
    lot.store_it(bench.store)
    bench.enter()
    (bench.folder / "file").write_text("x", encoding="utf-8")
    bench.page.saver.ask_file = lambda _, suggested: bench.folder / "file" / suggested.name
    with bench.bot.waitSignal(bench.page.saver.ended, timeout=LONG_MS):
        bench.page.layout_.buttons["html"].click()
    assert "cannot be written" in bench.page.layout_.result.text()
    assert not bench.page.layout_.open_folder.isVisible()


def test_a_failing_database_is_a_sentence(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    lot.store_it(bench.store)
    bench.enter()

    def broken(*_: object) -> None:
        raise StoreError("The database does not answer.")

    monkeypatch.setattr("app.ui.screens.reports.scope_of", broken)
    box = bench.page.layout_.kind
    box.setCurrentIndex(box.findData("lot"))
    box.activated.emit(box.currentIndex())
    bench.wait(lambda: bench.page.layout_.message.text() == "The database does not answer.")


def test_every_text_follows_the_language(bench: Bench) -> None:
    lot.store_it(bench.store)
    bench.enter()
    i18n.set_language("ko")
    bench.page.retranslate()
    layout = bench.page.layout_
    assert bench.page.title() == "보고서"
    assert layout.kind.itemText(0) == "교대조"
    assert layout.recipe.itemText(0) == "모든 레시피"
    assert layout.made_by.accessibleName() == "작성자"


def test_a_name_typed_a_moment_ago_stands_in_the_file(bench: Bench) -> None:
    lot.store_it(bench.store)
    bench.enter()
    bench.page.layout_.made_by.setText("정유진")
    file = bench.save("html")
    assert "by 정유진" in file.read_text(encoding="utf-8")
