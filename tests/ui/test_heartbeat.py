from __future__ import annotations

import time

import pytest
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.heartbeat import Heartbeat
from tests.ui.conftest import Desk


def test_a_blocked_event_loop_shows_in_the_figures(app: QApplication, qtbot: QtBot) -> None:
    heartbeat = Heartbeat()
    assert heartbeat.percentile_ms(99) == 0.0
    heartbeat.start()
    qtbot.waitUntil(lambda: len(heartbeat.delays_ms) > 3)
    time.sleep(0.3)
    qtbot.wait(50)
    heartbeat.stop()
    assert heartbeat.percentile_ms(100) > 250


@pytest.mark.logs_expected  # a slow disk may make the line wait and say so
def test_the_window_answers_while_it_inspects(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    heartbeat = Heartbeat(desk.window)
    desk.scene.part = "ng"
    desk.run_until("NG")
    heartbeat.start()
    desk.wait(lambda: desk.station.status().tally.ng > 60)
    heartbeat.stop()
    with capsys.disabled():
        p99, worst = heartbeat.percentile_ms(99), heartbeat.percentile_ms(100)
        print(f"\nevent loop delay while inspecting: p99 {p99:.1f} ms, worst {worst:.1f} ms")
    # Generous: it only catches a window that waits for a file, the database or the model.
    assert heartbeat.percentile_ms(50) < 200
