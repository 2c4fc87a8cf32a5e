from __future__ import annotations

import logging
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.inspection.verdict import Verdict
from app.ui import theme
from app.ui.widgets.counters import Counters, Counts
from app.ui.widgets.score_gauge import Reading, ScoreGauge
from tests.ui.conftest import Desk

FINITE = st.floats(-1e3, 1e3)


@given(limit=FINITE, typical=FINITE | st.just(math.nan), scores=st.tuples(FINITE, FINITE))
def test_a_higher_score_never_stands_further_left(
    limit: float, typical: float, scores: tuple[float, float]
) -> None:
    reading = Reading(None, limit, None, typical)
    low, high = sorted(scores)
    assert 0.0 <= reading.place(low) <= reading.place(high) <= 1.0


def test_typical_limit_and_beyond_have_their_places() -> None:
    reading = Reading(None, 0.6, None, 0.1)
    assert reading.place(0.1) == pytest.approx(0.15)
    assert reading.place(0.6) == pytest.approx(2 / 3)
    assert reading.place(9.0) == 1.0
    assert reading.place(math.nan) == 0.0


@pytest.mark.parametrize(("score", "name"), [(0.5, "none"), (0.6, "ng")])
def test_the_bar_is_coloured_from_the_limit_on(
    app: QApplication, qtbot: QtBot, score: float, name: str
) -> None:
    gauge = ScoreGauge()
    qtbot.addWidget(gauge)
    gauge.resize(400, gauge.sizeHint().height())
    gauge.show_reading(Reading(score, 0.6, None, 0.1))
    middle_of_bar = round(gauge._line() * 1.85)
    colour = gauge.grab().toImage().pixelColor(20, middle_of_bar)
    assert colour == theme.colour(name)


def test_without_limits_the_gauge_says_that_nothing_can_be_judged(
    app: QApplication, qtbot: QtBot
) -> None:
    gauge = ScoreGauge()
    qtbot.addWidget(gauge)
    assert gauge.texts() == ("Score: none", "No limit in force: nothing can be judged")
    gauge.grab()


def test_counters_show_every_number(app: QApplication, qtbot: QtBot) -> None:
    counters = Counters()
    qtbot.addWidget(counters)
    assert counters._yield.text() == "–"
    counters.show_counts(Counts(90, 7, 2, 1, 90.0))
    numbers = [counters._numbers[verdict].text() for verdict in Verdict]
    assert sorted(numbers) == ["1", "2", "7", "90"]
    assert counters._yield.text() == "90.0 %"


def test_news_of_the_station_is_shown_for_a_while(desk: Desk) -> None:
    label = desk.window.live.layout_.message
    desk.station.messages.info("The recipe is in use.")
    assert label.text() == "The recipe is in use."
    desk.window._message_timer.setInterval(10)
    desk.window._message_timer.start()
    desk.wait(lambda: label.text() == "")


@pytest.mark.logs_expected
def test_an_idle_station_with_a_fault_says_what_to_do(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    desk.station.report_bug("There is no checkpoint 'demo'; put the file in place.")
    desk.wait(lambda: desk.word() == "ERROR")
    layout = desk.window.live.layout_
    assert layout.reason.text() == "Read the message at the top, then acknowledge it."
    assert not layout.commands.buttons["start"].isEnabled()
