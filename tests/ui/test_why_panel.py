from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import i18n, paths
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Decision, Verdict
from app.review.why import CheckpointGone
from app.settings.keeper import SettingsKeeper
from app.settings.recipes import RecipeBook
from app.ui.qa_desk import QaDesk
from app.ui.widgets.why_panel import WhyPanel
from model.types import NearestNormal
from tests.rigs.records import REGION
from tests.rigs.reviewed import Shop, open_shop

WAIT_MS = 10_000


class StatedWhy:
    """Explains as it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.answer: NearestNormal | Exception | None = None
        self.go = threading.Event()
        self.go.set()

    def explain(
        self, record: InspectionRecord, image: np.ndarray, region: int
    ) -> NearestNormal | None:
        assert image.shape == (120, 160, 3)
        self.asked.append((record.id, region))
        self.go.wait(WAIT_MS / 1000)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def found(typical: float = 2.0) -> NearestNormal:
    red, green = (np.zeros((64, 64, 3), np.uint8) for _ in range(2))
    red[:, :, 2], green[:, :, 1] = 200, 200
    return NearestNormal(red, green, (10, 10, 20, 20), (30, 30, 20, 20), 6.4, typical, "7.png", 8)


@pytest.fixture
def why() -> StatedWhy:
    return StatedWhy()


@pytest.fixture
def shop(own_home: Path) -> Iterator[Shop]:
    made = open_shop(own_home)
    yield made
    made.store.close()


@pytest.fixture
def panel(app: QApplication, qtbot: QtBot, own_home: Path, shop: Shop, why: StatedWhy) -> WhyPanel:
    home = paths.home(own_home)
    keeper, book = SettingsKeeper(home.settings), RecipeBook(shop.store)
    desk = QaDesk(shop.store, shop.evidence, book, keeper, home, why=why)
    made = WhyPanel(desk)
    qtbot.addWidget(made)
    made.resize(420, 320)
    made.show()
    return made


def two_regions(shop: Shop) -> InspectionRecord:
    regions = (REGION, replace(REGION, peak=0.6))
    return shop.part(Verdict.NG, decision=Decision(Verdict.NG, ("score-above-limit",), regions))


def test_both_places_are_shown_with_a_sentence(
    panel: WhyPanel, shop: Shop, why: StatedWhy, qtbot: QtBot
) -> None:
    why.answer = found()
    panel.show_record(two_regions(shop))
    assert "Looking" in panel.sentence.text()
    qtbot.waitUntil(lambda: not panel.normal.is_empty, timeout=WAIT_MS)
    assert "3.2 times as far" in panel.sentence.text()
    assert "normal picture 8 (7.png)" in panel.sentence.text()
    left = panel.suspicious.grab().toImage()
    right = panel.normal.grab().toImage()
    assert left.pixelColor(left.width() // 2, 60).red() > 150
    assert right.pixelColor(right.width() // 2, 60).green() > 150
    panel.show_next_region()
    qtbot.waitUntil(lambda: len(why.asked) == 2, timeout=WAIT_MS)
    assert [region for _, region in why.asked] == [0, 1]
    qtbot.waitUntil(lambda: not panel.normal.is_empty, timeout=WAIT_MS)


def test_parts_passed_over_quickly_are_not_looked_at(
    panel: WhyPanel, shop: Shop, why: StatedWhy, qtbot: QtBot
) -> None:
    why.answer = found()
    why.go.clear()
    first, *_, last = records = [two_regions(shop) for _ in range(5)]
    panel.show_record(first)
    qtbot.waitUntil(lambda: len(why.asked) == 1, timeout=WAIT_MS)
    for record in records[1:]:
        panel.show_record(record)
    why.go.set()
    qtbot.waitUntil(lambda: not panel.normal.is_empty, timeout=WAIT_MS)
    assert [record for record, _ in why.asked] == [first.id, last.id]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_cannot_be_explained_is_said(
    panel: WhyPanel, shop: Shop, why: StatedWhy, qtbot: QtBot, language: str
) -> None:
    i18n.set_language(language)
    said = []
    part = two_regions(shop)
    for record in (
        None, shop.part(Verdict.OK), replace(part, evidence=None), part,
    ):  # fmt: skip
        panel.show_record(record)
        qtbot.waitUntil(lambda: not panel._is_busy and not panel._pause.isActive())
        said.append(panel.sentence.text())
        assert panel.normal.is_empty
    why.answer = CheckpointGone("gone")
    panel.show_record(part)
    qtbot.waitUntil(lambda: panel.sentence.text() == "gone", timeout=WAIT_MS)
    assert len(set(said)) == 4
    if language == "en":
        assert said[3] == "This checkpoint holds no normal pictures to compare with."
    else:
        assert said[3] == "이 체크포인트에는 비교할 정상 영상이 없습니다."


@pytest.mark.logs_expected
def test_a_bug_is_one_sentence(panel: WhyPanel, shop: Shop, why: StatedWhy, qtbot: QtBot) -> None:
    why.answer = RuntimeError("oops")
    panel.show_record(two_regions(shop))
    qtbot.waitUntil(lambda: "fault of the program" in panel.sentence.text(), timeout=WAIT_MS)


def test_nothing_is_computed_while_it_is_hidden(
    panel: WhyPanel, shop: Shop, why: StatedWhy, qtbot: QtBot
) -> None:
    why.answer = found(typical=0.0)
    panel.hide()
    panel.show_record(two_regions(shop))
    qtbot.wait(250)
    assert why.asked == []
    panel.show()
    qtbot.waitUntil(lambda: not panel.normal.is_empty, timeout=WAIT_MS)
    assert panel.sentence.text() == "Nearest is normal picture 8 (7.png)."


def test_a_tall_place_has_one_above_the_other_and_a_small_one_shrinks_again(
    panel: WhyPanel, shop: Shop, why: StatedWhy, qtbot: QtBot
) -> None:
    why.answer = found()
    panel.show_record(two_regions(shop))
    qtbot.waitUntil(lambda: not panel.normal.is_empty, timeout=WAIT_MS)
    panel.resize(300, 700)
    qtbot.waitUntil(lambda: panel.normal.y() > panel.suspicious.geometry().bottom())
    assert panel.suspicious.height() > 200
    panel.resize(300, 240)
    qtbot.waitUntil(lambda: panel.normal.x() > panel.suspicious.geometry().right())
    assert panel.height() == 240
    assert panel.sentence.geometry().bottom() <= 240
