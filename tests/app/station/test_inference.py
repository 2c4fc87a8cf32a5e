"""The judging thread by itself, fed from a buffer that the test fills."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.camera.buffer import FrameBuffer
from app.camera.frame import BadFrame, Frame
from app.inspection.judgement import Inspection
from app.inspection.record import Context
from app.inspection.verdict import Verdict
from app.station.inference import InferenceThread, Setup
from tests.app.station.conftest import RECIPE
from tests.rigs.grey_detector import GOOD, GreyDetector


def a_frame(number: int, age_s: float = 0.0) -> Frame:
    image = np.full((48, 64, 3), GOOD, np.uint8)
    return Frame(image, number, time.monotonic() - age_s, datetime.now(UTC), "test")


def a_thread(frames: FrameBuffer, kept: list[Inspection], **how: bool) -> InferenceThread:
    recipe = RECIPE.model_copy(update={"stale_after_s": 60.0})
    return InferenceThread(frames, Setup(GreyDetector(), recipe, Context()), kept.append, **how)


def ended(thread: InferenceThread) -> bool:
    thread.stop()
    return thread.wait(10_000)


def test_a_shot_judges_a_frame_newer_than_the_request(qtbot: QtBot) -> None:
    frames, kept = FrameBuffer(8, overwrite=False), list[Inspection]()
    thread = a_thread(frames, kept)
    for number in range(3):
        frames.put(a_frame(number, age_s=1.0))
    thread.shoot()
    thread.start()
    # The three that waited were taken before anybody asked.
    qtbot.wait(300)
    assert kept == []
    with qtbot.waitSignal(thread.shot_judged, timeout=5000):
        frames.put(a_frame(3))
    frames.put(a_frame(4))
    qtbot.wait(100)
    assert ended(thread)
    assert [inspection.record.serial for inspection in kept] == ["3"]


@pytest.mark.logs_expected
def test_triggers_that_wait_at_the_stop_have_their_records(qtbot: QtBot) -> None:
    frames, kept = FrameBuffer(8, overwrite=False), list[Inspection]()
    thread = a_thread(frames, kept, counts_triggers=True)
    for number in range(5):
        frames.put(a_frame(number))
    thread.judge()
    thread.stop()
    thread.start()
    assert thread.wait(10_000)
    assert [inspection.record.serial for inspection in kept] == ["0", "1", "2", "3", "4"]


@pytest.mark.logs_expected
@pytest.mark.parametrize(("is_live", "code"), [(True, "trigger-lost"), (False, "frame-unreadable")])
def test_a_frame_without_a_picture_is_an_error(qtbot: QtBot, is_live: bool, code: str) -> None:
    frames, kept = FrameBuffer(), list[Inspection]()
    thread = a_thread(frames, kept, is_live=is_live)
    thread.judge()
    thread.start()
    frames.put(BadFrame(0, time.monotonic(), datetime.now(UTC), "test", "No picture."))
    frames.close()
    assert thread.wait(10_000)
    assert [inspection.record.verdict for inspection in kept] == [Verdict.ERROR]
    assert kept[0].record.decision.reasons == (f"{code}: No picture.",)


def test_a_closed_buffer_ends_it(qtbot: QtBot) -> None:
    frames, kept = FrameBuffer(4, overwrite=False), list[Inspection]()
    thread = a_thread(frames, kept)
    thread.judge()
    for number in range(4):
        frames.put(a_frame(number))
    frames.close()
    thread.start()
    assert thread.wait(10_000)
    assert len(kept) == thread.progress.judged == 4
