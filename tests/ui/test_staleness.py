from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.camera.status import CameraState, CameraStatus
from app.inspection.record import Context, InspectionRecord, Latencies
from app.inspection.tally import Tally
from app.inspection.verdict import Decision, Limits, Verdict
from app.station.status import StationState, StationStatus
from app.ui import liveness
from app.ui.liveness import Shown
from app.ui.verdict_look import BLIND, EXPECTING, FAULT, LOOKS, PAUSED, STARTING, STOPPED, WAITING
from tests.ui.conftest import Desk
from tests.ui.rig import INFO, recipe

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RECORD = InspectionRecord(
    "id", Context(), "paint", 1, "1", NOON, 1.0, "scene", 4, 3, "paint", "c", "paint",
    Limits(0.6, None, 0.6, 0.1), 0.0, Decision(Verdict.OK, ()), Latencies(), "0",
)  # fmt: skip
RUNNING = StationStatus(
    StationState.RUNNING, recipe(), Context(), CameraStatus(CameraState.STREAMING), Tally(),
    INFO, "cpu", 40.0, phase=StationState.RUNNING,
)  # fmt: skip


def shown(age_s: float, record: InspectionRecord | None = RECORD) -> Shown:
    return Shown(record, NOON, age_s)


def in_phase(phase: StationState, camera: CameraState = CameraState.STREAMING) -> StationStatus:
    return replace(RUNNING, state=phase, phase=phase, camera=CameraStatus(camera))


def test_a_fresh_picture_on_a_running_line_is_live() -> None:
    assert liveness.stale_text(RUNNING, shown(0.1)) == ""
    assert liveness.look_of(RUNNING, shown(0.1)) is LOOKS[Verdict.OK]


def test_a_silent_line_is_stale_and_says_since_when() -> None:
    text = liveness.stale_text(RUNNING, shown(30))
    assert text.startswith("No new picture\nPicture of ")
    assert NOON.astimezone().strftime("%H:%M:%S") in text
    assert liveness.look_of(RUNNING, shown(30)) is BLIND


def test_a_slow_model_is_not_taken_for_a_silent_line() -> None:
    slow = replace(RUNNING, model_ms=6000.0)
    assert liveness.stale_text(slow, shown(12)) == ""


def test_a_triggered_line_may_wait_for_its_next_part() -> None:
    triggered = replace(RUNNING, recipe=recipe(trigger="every"))
    assert liveness.stale_text(triggered, shown(3600)) == ""


@pytest.mark.parametrize("fault", ["black", "frozen"])
def test_a_camera_that_shows_nothing_is_an_error(fault: str) -> None:
    camera = replace(RUNNING.camera, picture_fault=fault)
    status = replace(RUNNING, camera=camera)
    assert liveness.look_of(status, shown(0)) is BLIND
    assert liveness.stale_text(status, shown(0)).startswith("The picture ")


@pytest.mark.parametrize(
    ("phase", "camera", "look"),
    [
        (StationState.IDLE, CameraState.CLOSED, STOPPED),
        (StationState.STOPPING, CameraState.STREAMING, STOPPED),
        (StationState.STARTING, CameraState.CONNECTING, STARTING),
    ],
)
def test_an_old_verdict_is_not_said_of_the_next_part(
    phase: StationState, camera: CameraState, look: object
) -> None:
    status = in_phase(phase, camera)
    assert liveness.look_of(status, shown(0)) is look
    assert liveness.stale_text(status, shown(0)) != ""


def test_over_an_unread_fault_a_good_part_is_not_called_good_but_a_bad_one_is_bad() -> None:
    status = replace(RUNNING, state=StationState.FAULT)
    assert liveness.look_of(status, shown(0)) is FAULT
    assert liveness.look_of(status, shown(0, None)) is FAULT
    bad = replace(RECORD, decision=Decision(Verdict.NG, ("score-above-limit",)))
    assert liveness.look_of(status, shown(0, bad)) is LOOKS[Verdict.NG]
    seen = replace(RUNNING, fault="The disk is full.", fault_acknowledged=True)
    assert liveness.look_of(seen, shown(0)) is LOOKS[Verdict.OK]


def test_before_the_first_part_the_banner_waits() -> None:
    assert liveness.look_of(in_phase(StationState.IDLE, CameraState.CLOSED), None) is WAITING
    assert liveness.look_of(RUNNING, None) is EXPECTING
    assert liveness.look_of(RUNNING, shown(0, None)) is EXPECTING


def test_a_single_shot_is_held_then_the_pause_shows() -> None:
    paused = in_phase(StationState.PAUSED)
    assert liveness.look_of(paused, shown(1)) is LOOKS[Verdict.OK]
    assert liveness.look_of(paused, shown(liveness.HOLD_S + 1)) is PAUSED
    assert liveness.stale_text(paused, shown(liveness.HOLD_S + 1)).startswith("Paused")
    assert liveness.stale_text(paused, shown(0, None)) == ""


@given(
    phase=st.sampled_from([p for p in StationState if p is not StationState.FAULT]),
    faulty=st.booleans(),
    camera=st.sampled_from(list(CameraState)),
    picture_fault=st.sampled_from(["", "black", "frozen"]),
    age_s=st.floats(0, 1e6),
    judged=st.booleans(),
)
def test_good_is_only_said_of_a_live_judged_picture(
    phase: StationState,
    faulty: bool,
    camera: CameraState,
    picture_fault: str,
    age_s: float,
    judged: bool,
) -> None:
    state = StationState.FAULT if faulty else phase
    status = replace(
        RUNNING,
        state=state,
        phase=phase,
        camera=CameraStatus(camera, picture_fault=picture_fault),  # type: ignore[arg-type]
    )
    part = shown(age_s, RECORD if judged else None)
    if liveness.look_of(status, part) is LOOKS[Verdict.OK]:
        assert judged
        assert not faulty
        assert liveness.stale_text(status, part) == ""
        assert camera is not CameraState.LOST
        assert not picture_fault


@pytest.mark.logs_expected
def test_a_lost_camera_greys_the_picture_and_its_return_heals_it(desk: Desk) -> None:
    desk.run_until("OK")
    layout = desk.window.live.layout_
    desk.scene.there = False
    desk.wait(lambda: layout.view.stale.startswith("Camera lost\nPicture of "))
    assert desk.word() == "ERROR"
    assert layout.banner.look is BLIND
    assert layout.status_bar.value("camera").startswith("LOST")
    assert layout.fault.isVisible()
    assert "put it back" in layout.fault.text
    grey = layout.view.grab().toImage().pixelColor(layout.view.target().topLeft() * 2)
    assert grey.red() < 110, "the picture is darkened"
    desk.scene.there = True
    desk.wait(lambda: layout.view.stale == "" and desk.word() == "OK")
    assert not layout.fault.isVisible()


def test_a_stopped_line_says_so_over_the_picture(desk: Desk) -> None:
    desk.run_until("OK")
    desk.press("stop")
    desk.wait(lambda: desk.station.status().phase is StationState.IDLE)
    desk.wait(lambda: desk.window.live.layout_.view.stale.startswith("Stopped\nPicture of "))
    assert desk.word() == "STOPPED"


def test_while_paused_the_camera_is_shown_live_without_a_verdict(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "HOLD_S", 0.2)
    desk.run_until("OK")
    desk.press("pause")
    desk.wait(lambda: desk.word() == "PAUSED" and desk.window.live.shown_record() is None)
    assert desk.window.live.layout_.view.stale == ""
    desk.scene.part = "ng"
    desk.press("single_shot")
    desk.wait(lambda: desk.word() == "NG")
    desk.wait(lambda: desk.word() == "PAUSED")
