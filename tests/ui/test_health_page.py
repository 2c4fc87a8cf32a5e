"""The health screen on a real database: charts, alarms in words, baselines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app import i18n
from app.errors import StoreError
from app.inspection.record import Context, InspectionRecord, Optics
from app.inspection.review import Review
from app.inspection.verdict import Verdict
from app.station import recipe_baseline
from app.station.recipe_baseline import Key
from app.store.database import Database
from app.ui.screens.health import HealthPage
from app.ui.screens.health_layout import ENTRIES
from app.ui.screens.health_words import GOLDEN, KINDS, NG_RATE
from app.ui.widgets.baseline_dialog import BaselineDialog
from tests.rigs.records import a_record
from tests.ui.conftest import Desk
from tests.ui.shown_page import shown_page
from tests.ui.test_translation import foreign, visible_texts

LONG_MS = 20_000


def parts(count: int, darker_from: int = 10**9, recipe: str = "bolt") -> list[InspectionRecord]:
    """Parts of the last hours, 20 s apart: lots of 100, every 20th NG, lot 5 all NG."""
    rng = np.random.default_rng(4)
    begin = datetime.now(UTC) - timedelta(seconds=20 * count + 60)
    found = []
    for number in range(count):
        draw, lot = rng.normal(size=7), number // 100
        is_ng = number % 20 == 3 or (lot == 5 and number % 2 == 1)
        dark = 8.0 if number >= darker_from else 0.0
        record = a_record(
            Verdict.NG if is_ng else Verdict.OK,
            recipe=recipe,
            taken_utc=begin + timedelta(seconds=20 * number),
            score=0.2 + 0.02 * draw[0] + 0.5 * is_ng,
            optics=Optics(100 + 2 * draw[1] - dark, 300 + 9 * draw[2], *(3 * draw[3:])),
            defect=("scratch" if number % 3 else "dent") if is_ng else "",
        )
        found.append(replace(record, context=Context("s", f"lot-{lot:02d}", "A", "kim")))
    return found


@dataclass
class Bench:
    page: HealthPage
    store: Database
    bot: QtBot

    def wait(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=LONG_MS)

    def enter(self) -> None:
        self.page.loaded = None
        self.page.entered()
        self.wait(lambda: self.page.loaded is not None)

    def show(self, entry: str) -> str:
        """Show an entry and return what is said of it."""
        self.page.show_entry(entry)
        return self.page.layout_.said.text()

    def line(self, entry: str) -> str:
        """Return the second line of an entry of the list."""
        item = self.page.layout_.entries.item(ENTRIES.index(entry))
        assert item is not None
        return item.text().partition("\n")[2]

    def fill(self, records: list[InspectionRecord]) -> Key:
        self.store.add_many(records)
        return Key.of(records[0])


@pytest.fixture
def bench(app: QApplication, qtbot: QtBot, own_home: Path) -> Iterator[Bench]:
    with shown_page(HealthPage, own_home, qtbot) as (page, store):
        yield Bench(page, store, qtbot)


def test_without_parts_it_says_what_will_come(bench: Bench) -> None:
    bench.enter()
    layout = bench.page.layout_
    assert layout.message.isVisible()
    assert layout.message.text().startswith("No part has been judged yet.")
    assert not layout.choose.isEnabled()
    bench.page.show_entry(GOLDEN)
    assert bench.page.golden.isVisible()


def test_few_parts_have_charts_but_no_limits(bench: Bench) -> None:
    bench.fill(parts(150))
    bench.enter()
    assert bench.show("brightness") == "Without a baseline there are no limits."
    assert bench.line("brightness") == "– no baseline yet"
    assert "there are 150" in bench.page.layout_.baseline.text()
    assert bench.page.layout_.trend.isVisible()


def test_a_steady_line_is_steady(bench: Bench) -> None:
    bench.fill(parts(500))
    bench.enter()
    for figure in ("score", "brightness", "sharpness", "shift_x", "colour_b"):
        assert bench.line(figure) == "✓ steady"
        assert bench.show(figure).endswith("No alarm in this time.")
    assert "the first 500 parts shown stand in" in bench.page.layout_.baseline.text()


def test_a_darker_picture_is_an_alarm_with_advice(bench: Bench) -> None:
    records = parts(600, darker_from=500)
    key = bench.fill(records[:500])
    made, _ = recipe_baseline.of_latest_parts(bench.store, key)
    assert made is not None
    recipe_baseline.keep(bench.store, made)
    bench.fill(records[500:])
    bench.enter()
    assert bench.line("brightness").startswith("▲ ALARM since ")
    said = bench.show("brightness")
    assert "The pictures are getting darker: check the light." in said
    assert bench.line("sharpness") == "✓ steady"
    chart = bench.page.loaded.trends["brightness"].chart  # type: ignore[union-attr, index]
    assert chart is not None
    (alarm,) = chart.alarms
    begin = records[500].taken_utc.timestamp()
    assert begin <= alarm.at < begin + 20 * 40


def test_the_ng_rate_by_lot_and_by_shift(bench: Bench) -> None:
    bench.fill(parts(900))
    bench.enter()
    said = bench.show(NG_RATE)
    assert said.startswith("As usual is the NG rate of 9 lots")
    assert said.endswith("■ lot-05: 50 of 100 NG (50.00 %), beyond the limit.")
    assert bench.page.layout_.shares.isVisible()
    assert bench.line(NG_RATE) == "✓ 5.00 %, as usual"
    group = bench.page.layout_.group
    group.setCurrentIndex(1)
    group.activated.emit(1)
    assert "lot-05" not in bench.page.layout_.said.text()


def test_one_lot_is_not_compared_with_itself(bench: Bench) -> None:
    bench.fill(parts(100))
    bench.enter()
    assert bench.line(NG_RATE) == "– too few lots to compare"
    assert bench.show(NG_RATE).startswith("There are too few lots")


def test_the_kinds_of_defects_leave_out_what_people_call_good(bench: Bench) -> None:
    records = parts(400)
    bench.fill(records)
    bench.enter()
    bench.show(KINDS)
    names = {bar.name: bar.count for bar in bench.page.layout_.kinds.bars}
    assert names == dict(Counter(record.defect for record in records if record.defect))
    assert bench.line(KINDS) == f"most: scratch, {names['scratch']}"
    bad = next(record for record in records if record.defect == "scratch")
    bench.store.add_review(Review(bad.id, datetime.now(UTC), "kim", "false-call"))
    bench.enter()
    assert bench.page.layout_.kinds.bars[0].count == names["scratch"] - 1


def test_recipe_and_time_are_chosen(bench: Bench) -> None:
    bench.fill(parts(300))
    bench.fill(parts(250, recipe="nut"))
    bench.enter()
    layout = bench.page.layout_
    assert [layout.recipe.itemText(i) for i in range(layout.recipe.count())] == ["bolt", "nut"]
    layout.recipe.setCurrentText("nut")
    layout.recipe.activated.emit(1)
    bench.wait(lambda: bench.page.loaded.request.recipe == "nut")  # type: ignore[union-attr]
    assert bench.page.golden.shelf.recipe == "nut"
    assert layout.checkpoint.currentText().endswith(": 250")


def test_a_chosen_baseline_holds(bench: Bench) -> None:
    key = bench.fill(parts(900, darker_from=450))
    bench.enter()
    dialog = bench.page.choose_baseline()
    assert dialog is not None
    assert dialog.author.text() == "Choi"
    assert dialog.parts == 900
    dialog.begin.setDateTime(dialog.begin.dateTime().addSecs(20 * 450))
    assert dialog.parts == 450
    dialog.save_button.click()
    bench.wait(lambda: recipe_baseline.stored(bench.store, key) is not None)
    bench.wait(lambda: "chosen by Choi" in bench.page.layout_.baseline.text())
    found = recipe_baseline.stored(bench.store, key)
    assert found is not None
    assert (found.by, found.parts) == ("Choi", 450)
    assert found.figures["brightness"].mean == pytest.approx(92, abs=0.5)
    assert bench.line("brightness").startswith("✓ steady")


def test_a_baseline_needs_parts_and_a_name(bench: Bench, qtbot: QtBot) -> None:
    taken = np.arange(300, dtype=np.float64) + 1_000_000
    dialog = BaselineDialog("Choose.", taken, (1_000_000, 1_000_299), "")
    qtbot.addWidget(dialog)
    assert not dialog.save_button.isEnabled()
    assert "Your name is needed." in dialog.note.text()
    dialog.author.setText("Choi")
    assert dialog.save_button.isEnabled()
    dialog.end.setDateTime(dialog.end.dateTime().addSecs(-150))
    assert not dialog.save_button.isEnabled()
    assert dialog.note.text() == "150 parts in this span. At least 200 are needed."


def test_a_failing_database_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StoreError("The database is locked; try again.")

    monkeypatch.setattr("app.ui.screens.health.load", fail)
    bench.page.entered()
    message = bench.page.layout_.message
    bench.wait(lambda: message.text() == "The database is locked; try again.")
    assert message.isVisible()


def test_the_list_is_walked_by_keyboard(bench: Bench) -> None:
    bench.fill(parts(400))
    bench.enter()
    entries = bench.page.layout_.entries
    for entry in ENTRIES[1:]:
        bench.bot.keyClick(entries, Qt.Key.Key_Down)
        assert bench.page.layout_.entry == entry
    assert bench.page.golden.isVisible()


@pytest.mark.parametrize("entry", ["score", NG_RATE, KINDS])
def test_everything_speaks_korean(bench: Bench, entry: str) -> None:
    i18n.set_language("ko")
    bench.fill(parts(600, darker_from=450))
    bench.page.layout_.retranslate()
    bench.enter()
    bench.page.show_entry(entry)
    names = {"bolt", "scratch", "dent", "lot-05", "default", "aaaaaaaa"}
    left = [text for text in visible_texts(bench.page.layout_.said.window()) if foreign(text)]
    assert [text for text in left if not any(name in text for name in names)] == []


@pytest.mark.parametrize("size", [(1264, 740), (1904, 1020)])
def test_targets_are_large_and_nothing_is_cut(bench: Bench, size: tuple[int, int]) -> None:
    bench.fill(parts(400))
    bench.page.resize(*size)
    bench.enter()
    for button in bench.page.findChildren(QPushButton):
        if button.isVisible():
            assert button.height() >= 40
            assert button.width() >= button.sizeHint().width() - 1
    for row in range(len(ENTRIES)):
        item = bench.page.layout_.entries.item(row)
        assert item is not None
        assert bench.page.layout_.entries.visualItemRect(item).height() >= 40


def test_it_stands_behind_its_key_in_the_real_window(desk: Desk) -> None:
    desk.bot.keyClick(desk.window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    desk.wait(lambda: bool(desk.window.findChildren(HealthPage)))
    (page,) = desk.window.findChildren(HealthPage)
    desk.wait(lambda: page.loaded is not None)
    assert page.isVisible()
