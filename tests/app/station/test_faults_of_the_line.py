"""Cameras that hang, never open or do not close; a store that fails; bugs. No verdict is lost."""

from __future__ import annotations

import sqlite3
import threading
import time

import pytest

from app.camera.status import CameraState
from app.inspection.judgement import Inspection
from app.inspection.verdict import Verdict
from app.station import inference, ledger
from app.station.status import StationState
from tests.app.station.conftest import MakeRig
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import GOOD

pytestmark = pytest.mark.logs_expected


def test_a_camera_that_never_opens_keeps_starting_and_can_be_stopped(make_rig: MakeRig) -> None:
    camera = GreyCamera()
    camera.is_missing = True
    rig = make_rig(camera)
    rig.begin(start=True)
    rig.until(lambda: rig.station.status().camera.state is CameraState.LOST)
    status = rig.station.status()
    assert status.state is StationState.STARTING
    assert "plug it in" in status.camera.message
    rig.stop()
    assert rig.station.status().state is StationState.IDLE
    assert rig.rows() == []


def test_a_camera_that_appears_later_is_used(make_rig: MakeRig) -> None:
    camera = GreyCamera()
    camera.is_missing = True
    rig = make_rig(camera)
    rig.begin(start=True)
    rig.until(lambda: rig.station.status().camera.state is CameraState.LOST)
    camera.is_missing = False
    rig.until_state(StationState.RUNNING)
    rig.until(lambda: len(rig.inspected) > 2)
    rig.stop()


def test_a_lost_camera_leaves_the_line_running_and_recovers(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera())
    rig.run(3)
    rig.camera.is_lost = True
    rig.until(lambda: rig.station.status().camera.state is CameraState.LOST)
    rig.qtbot.wait(100)
    judged = rig.station.status().tally.total
    status = rig.station.status()
    assert status.state is StationState.RUNNING
    assert status.fault == ""
    rig.qtbot.wait(300)
    assert rig.station.status().tally.total == judged
    rig.camera.is_lost = False
    rig.until(lambda: rig.station.status().tally.total > judged)
    assert rig.station.status().camera.reconnects == 1
    rig.stop()


def test_stop_is_in_time_while_the_camera_hangs(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera())
    rig.run(3)
    rig.camera.hang()
    rig.until(rig.camera.hanging.is_set)
    asked = time.monotonic()
    rig.stop()
    # Not a measurement: the promise to the operator, with room for a slow machine.
    assert time.monotonic() - asked < 10
    assert "did not answer" in rig.station.status().fault
    assert rig.station.status().phase is StationState.IDLE
    rig.camera.release()
    rig.station.acknowledge()
    assert rig.station.status().state is StationState.IDLE
    judged = len(rig.inspected)
    rig.station.start()
    rig.until(lambda: len(rig.inspected) > judged)
    rig.stop()


def test_a_teardown_that_fails_does_not_strand_the_end(make_rig: MakeRig) -> None:
    camera = GreyCamera()
    camera.close_fails = True
    rig = make_rig(camera)
    rig.run(2)
    rig.stop()
    assert rig.station.status().phase is StationState.IDLE


def test_a_teardown_that_raises_does_not_strand_the_end(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(GreyCamera())
    rig.run(2)

    def broken_stop(self: object, timeout_s: float = 1.0) -> bool:
        stop(self, timeout_s)  # type: ignore[arg-type]
        raise RuntimeError("the driver has a fault")

    from app.camera.grabber import Grabber

    stop = Grabber.stop
    monkeypatch.setattr(Grabber, "stop", broken_stop)
    rig.stop()
    assert rig.station.status().phase is StationState.IDLE
    assert "the driver has a fault" in rig.station.status().fault
    rig.station.acknowledge()
    assert rig.station.status().state is StationState.IDLE


def test_a_folder_that_fails_is_a_fault_and_ends(make_rig: MakeRig) -> None:
    camera = GreyCamera(live=False)
    camera.is_missing = True
    rig = make_rig(camera)
    rig.begin(start=True)
    rig.until(lambda: rig.finished == 1)
    assert "plug it in" in rig.station.status().fault


def test_a_locked_database_is_a_fault_and_loses_nothing(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "HEALED_AFTER_S", 0.5)
    rig = make_rig(GreyCamera(fps=20), wait_s=0.1)
    rig.run(2)
    other = sqlite3.connect(rig.home / "station.db")
    other.execute("BEGIN IMMEDIATE")
    rig.until(lambda: bool(rig.faults))
    assert rig.station.status().state is StationState.FAULT
    assert "locked" in rig.station.status().fault
    judged = len(rig.inspected)
    rig.until(lambda: len(rig.inspected) > judged + 2)
    rig.station.acknowledge()
    status = rig.station.status()
    assert status.state is StationState.RUNNING
    assert status.fault_acknowledged
    assert "locked" in status.fault
    other.rollback()
    other.close()
    rig.until(lambda: rig.station.status().fault == "")
    rig.stop()
    assert {row.id for row in rig.rows()} == {record.id for record in rig.inspected}


def test_a_bug_outside_the_pipeline_is_a_fault_and_the_line_goes_on(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = inference.preview

    def sometimes(inspection: Inspection, side: int) -> object:
        if inspection.record.verdict is Verdict.OK and not rig.faults:
            raise ZeroDivisionError("in the picture")
        return real(inspection, side)

    monkeypatch.setattr(inference, "preview", sometimes)
    rig = make_rig(GreyCamera())
    rig.begin(start=True)
    rig.until(lambda: bool(rig.faults))
    assert "in the picture" in rig.faults[0]
    judged = len(rig.inspected)
    rig.until(lambda: len(rig.inspected) > judged + 2)
    assert rig.station.status().state is StationState.FAULT
    rig.station.acknowledge()
    assert rig.station.status().state is StationState.RUNNING
    rig.stop()
    # The part whose picture failed was judged and stored all the same.
    assert len(rig.rows()) == len(rig.inspected)


def test_a_bug_reported_from_another_thread_is_shown(make_rig: MakeRig) -> None:
    rig = make_rig()
    thread = threading.Thread(target=rig.station.report_bug, args=("It broke.",))
    thread.start()
    thread.join()
    rig.until(lambda: rig.faults == ["It broke."])
    assert rig.station.status().state is StationState.FAULT


def test_frames_wait_while_the_gui_thread_is_busy_and_none_is_lost(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera([GOOD] * 60, live=False, endless=False, fps=0))
    rig.begin(start=True)
    rig.until(lambda: len(rig.inspected) > 0)
    time.sleep(0.5)
    rig.until(lambda: rig.finished == 1)
    assert [record.serial for record in rig.inspected] == [str(i) for i in range(60)]


def test_the_exit_does_not_wait_for_a_camera_that_hangs(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera())
    rig.run(3)
    rig.camera.hang()
    rig.until(rig.camera.hanging.is_set)
    assert rig.station.close()
    assert {row.id for row in rig.rows()} >= {record.id for record in rig.inspected}
