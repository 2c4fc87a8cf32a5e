"""The station as a whole: real threads, real store, a grey camera and a grey detector."""

from __future__ import annotations

import time

import pytest

from app.camera.status import CameraState
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.inspection.verdict import Verdict
from app.station.services import Options
from app.station.status import StationState
from tests.app.station.conftest import RECIPE, MakeRig
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import BAD, GOOD, GreyDetector


def test_runs_judges_and_stores(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera((GOOD, BAD)))
    rig.run(6)
    rig.stop()
    assert rig.states == [
        StationState.STARTING,
        StationState.RUNNING,
        StationState.STOPPING,
        StationState.IDLE,
    ]
    rows = rig.rows()
    assert {row.id for row in rows} == {record.id for record in rig.inspected}
    assert {row.verdict for row in rows} == {Verdict.OK, Verdict.NG}
    tally = rig.station.status().tally
    assert tally.total == len(rows)
    assert tally.ng == sum(row.verdict is Verdict.NG for row in rows)


def test_200_frames_of_files_are_judged_in_order(make_rig: MakeRig) -> None:
    greys = [GOOD if i % 3 else BAD for i in range(200)]
    rig = make_rig(GreyCamera(greys, live=False, endless=False, fps=0))
    rig.begin(start=True)
    rig.until(lambda: rig.finished == 1)
    assert [record.serial for record in rig.inspected] == [str(i) for i in range(200)]
    assert [r.verdict is Verdict.NG for r in rig.inspected] == [grey == BAD for grey in greys]
    # Two parts of one millisecond have ids in any order.
    assert {row.id: row.serial for row in rig.rows()} == {r.id: r.serial for r in rig.inspected}
    assert rig.station.status().state is StationState.IDLE
    assert rig.station.status().camera.state is CameraState.ENDED


def test_triggered_frames_of_a_camera_are_all_judged_in_order(make_rig: MakeRig) -> None:
    recipe = RECIPE.model_copy(update={"trigger": "every"})
    rig = make_rig(GreyCamera((GOOD, BAD), fps=20), recipe=recipe)
    rig.run(30)
    rig.stop()
    assert [record.serial for record in rig.inspected] == [
        str(i) for i in range(len(rig.inspected))
    ]
    assert rig.faults == []


@pytest.mark.logs_expected
def test_every_lost_trigger_has_its_error_record_and_is_a_fault(make_rig: MakeRig) -> None:
    recipe = RECIPE.model_copy(update={"trigger": "every", "stale_after_s": 60.0})
    rig = make_rig(GreyCamera(fps=400), GreyDetector(delay_s=0.02), recipe=recipe)
    rig.begin(start=True)
    rig.until(lambda: bool(rig.faults))
    assert "too fast" in rig.faults[0]
    assert rig.station.status().state is StationState.FAULT
    assert rig.station.status().phase is StationState.RUNNING
    rig.stop()
    serials = sorted(int(row.serial) for row in rig.rows())
    assert serials == list(range(len(serials)))
    lost = [row for row in rig.rows() if row.verdict is Verdict.ERROR]
    assert lost
    assert all(row.decision.reasons[0].startswith(("trigger-lost", "not-judged")) for row in lost)


def test_newest_frame_wins_and_the_others_are_counted(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera(fps=200), GreyDetector(delay_s=0.05))
    rig.run(5)
    status = rig.station.status()
    assert status.superseded > 5
    assert status.judged_fps > 0
    assert status.model_ms >= 50
    rig.stop()
    numbers = [int(record.serial) for record in rig.inspected]
    assert numbers == sorted(numbers)
    assert all(record.latencies.wait < 1000 for record in rig.inspected)


@pytest.mark.logs_expected
@pytest.mark.parametrize(
    ("detector", "reason"),
    [
        (GreyDetector(fails_at=(BAD,)), "model-failed"),
        (GreyDetector(nan_at=(BAD,)), "score-not-finite"),
    ],
)
def test_a_failing_model_is_an_error_and_the_line_goes_on(
    make_rig: MakeRig, detector: GreyDetector, reason: str
) -> None:
    greys = [GOOD, BAD, GOOD]
    rig = make_rig(GreyCamera(greys, live=False, endless=False, fps=0), detector)
    rig.begin(start=True)
    rig.until(lambda: rig.finished == 1)
    assert [r.verdict for r in rig.inspected] == [Verdict.OK, Verdict.ERROR, Verdict.OK]
    assert rig.inspected[1].decision.reasons[0].startswith(reason)
    assert rig.station.status().tally.error == 1


def test_pause_judges_nothing_and_shows_the_live_picture(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera())
    rig.run(3)
    rig.station.pause()
    assert rig.station.status().state is StationState.PAUSED
    # The part in hand at the request is still judged; after it the count stands still.
    rig.qtbot.wait(200)
    judged = len(rig.rows())
    rig.station.take_picture()
    with rig.qtbot.waitSignal(rig.station.picture_ready, timeout=5000):
        pass
    picture = rig.station.take_picture()
    assert picture is not None
    assert not hasattr(picture, "record")
    assert len(rig.rows()) == judged
    rig.station.start()
    rig.until(lambda: len(rig.inspected) > judged)
    assert rig.camera.opened == 1
    rig.stop()


def test_paused_files_are_not_skipped(make_rig: MakeRig) -> None:
    rig = make_rig(
        GreyCamera([GOOD] * 30, live=False, endless=False, fps=0), GreyDetector(delay_s=0.01)
    )
    rig.run(3)
    rig.station.pause()
    rig.qtbot.wait(150)
    assert rig.station.status().state is StationState.PAUSED
    rig.station.start()
    rig.until(lambda: rig.finished == 1)
    assert [record.serial for record in rig.inspected] == [str(i) for i in range(30)]


def test_single_shot_from_idle_opens_the_camera_and_judges_one_frame(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera())
    rig.begin()
    asked = time.monotonic()
    rig.station.single_shot()
    rig.until(lambda: len(rig.inspected) == 1)
    rig.qtbot.wait(300)
    assert len(rig.rows()) == 1
    assert rig.inspected[0].taken_monotonic >= asked
    assert rig.station.status().state is StationState.PAUSED
    asked = time.monotonic()
    rig.station.single_shot()
    rig.until(lambda: len(rig.inspected) == 2)
    rig.qtbot.wait(300)
    assert len(rig.rows()) == 2
    assert rig.inspected[1].taken_monotonic >= asked
    assert rig.camera.opened == 1
    rig.stop()


def test_single_shots_of_files_take_one_file_each(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera([GOOD, BAD, GOOD], live=False, endless=False, fps=0))
    rig.begin()
    for count in (1, 2, 3):
        rig.station.single_shot()
        rig.until(lambda count=count: len(rig.inspected) == count)  # type: ignore[misc]
        rig.until(lambda: rig.station.status().phase is not StationState.STARTING)
        rig.qtbot.wait(100)
        assert len(rig.rows()) == count
    assert [record.serial for record in rig.inspected] == ["0", "1", "2"]
    rig.station.stop()


def test_swap_between_frames_loses_none(make_rig: MakeRig) -> None:
    rig = make_rig(
        GreyCamera([GOOD] * 120, live=False, endless=False, fps=0),
        GreyDetector("grey", delay_s=0.01),
        GreyDetector("other", reference=200, delay_s=0.01),
    )
    swapped: list[str] = []
    rig.station.checkpoint_swapped.connect(lambda info: swapped.append(info.name))
    rig.run(10)
    rig.station.use_checkpoint("other")
    rig.until(lambda: rig.finished == 1)
    names = [record.checkpoint for record in rig.inspected]
    assert len(names) == 120
    assert names == sorted(names)
    assert set(names) == {"grey", "other"}
    assert swapped == ["grey", "other"]
    # The verdict comes from the checkpoint that the record names.
    for record in rig.inspected:
        assert (record.verdict is Verdict.OK) == (record.checkpoint == "grey")
        assert record.checkpoint_sha256 == rig.detectors[record.checkpoint].info.sha256


@pytest.mark.logs_expected
def test_a_checkpoint_that_does_not_load_leaves_the_old_one_in_use(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera())
    said: list[str] = []
    rig.station.messages.listen(lambda message: said.append(message.text))
    rig.run(2)
    rig.station.use_checkpoint("missing")
    rig.until(lambda: bool(said))
    assert "no checkpoint 'missing'" in said[0]
    status = rig.station.status()
    assert status.state is StationState.RUNNING
    assert status.checkpoint is not None
    assert status.checkpoint.name == "grey"
    assert status.recipe.checkpoint == "grey"
    rig.stop()


@pytest.mark.logs_expected
def test_a_missing_model_is_a_fault_until_acknowledged(make_rig: MakeRig) -> None:
    rig = make_rig(recipe=RECIPE.model_copy(update={"checkpoint": "missing"}))
    rig.station.begin(start=True)
    rig.until(lambda: rig.finished == 1)
    assert rig.station.status().state is StationState.FAULT
    assert "missing" in rig.station.status().fault
    rig.station.start()
    assert rig.station.status().phase is StationState.IDLE
    rig.station.acknowledge()
    assert rig.station.status().state is StationState.IDLE
    assert rig.station.status().fault == ""
    rig.station.use_recipe(RECIPE)
    rig.until(lambda: rig.station.status().checkpoint is not None)
    rig.station.start()
    rig.until(lambda: len(rig.inspected) > 2)
    rig.stop()


@pytest.mark.logs_expected
@pytest.mark.parametrize("limit", [float("nan"), float("inf"), 0.0])
def test_an_uncalibrated_checkpoint_is_refused(make_rig: MakeRig, limit: float) -> None:
    rig = make_rig(GreyCamera(), GreyDetector(limit=limit))
    rig.station.begin(start=True)
    rig.until(lambda: rig.finished == 1)
    assert "not calibrated" in rig.station.status().fault
    assert rig.rows() == []


def test_another_recipe_opens_its_camera_and_goes_on(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera())
    rig.run(3)
    other = Recipe(name="other", camera="grey:2", checkpoint="grey", ng_limit=0.9)
    rig.station.use_recipe(other)
    rig.until(lambda: bool(rig.inspected) and rig.inspected[-1].recipe == "other")
    assert rig.camera.opened == 2
    assert rig.finished == 0
    assert rig.station.status().state is StationState.RUNNING
    limits = rig.station.status().limits
    assert limits is not None
    assert limits.ng == 0.9
    rig.stop()
    sources = {(record.recipe, record.source) for record in rig.inspected}
    assert sources == {("grey", "grey grey:"), ("other", "grey grey:2")}


def test_the_quota_ends_the_line(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera(), options=Options(quota=7))
    rig.begin(start=True)
    rig.until(lambda: rig.finished == 1)
    assert len(rig.inspected) == len(rig.rows()) == 7


def test_a_lot_has_its_own_counters(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera(), context=Context(lot="A"))
    rig.run(5)
    rig.station.set_context("B")
    rig.until(lambda: rig.inspected[-1].context.lot == "B")
    rig.stop()
    count = {lot: sum(r.context.lot == lot for r in rig.rows()) for lot in ("A", "B")}
    assert rig.station.status().tally.total == count["B"]
    rig.station.set_context("A")
    rig.until(lambda: rig.station.status().tally.total == count["A"])
    rig.station.reset_tally()
    assert rig.station.status().tally.total == 0
    assert len(rig.rows()) == count["A"] + count["B"]


def test_counters_are_restored_at_the_next_start(make_rig: MakeRig) -> None:
    first = make_rig(GreyCamera((GOOD, BAD)), context=Context(lot="A"))
    first.run(5)
    first.stop()
    tally = first.station.status().tally
    second = make_rig(GreyCamera(), context=Context(lot="A"))
    second.begin()
    second.until(lambda: second.station.status().tally == tally)
    third = make_rig(
        GreyCamera(),
        context=Context(lot="A"),
        options=Options(tally_since=first.rows()[-1].taken_utc),
    )
    third.begin()
    third.until(lambda: third.station.status().tally.total == 1)


def test_false_call_is_stored_as_a_review(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera((BAD,)), context=Context(operator="kim"))
    rig.run(1)
    record_id = rig.inspected[0].id
    with rig.qtbot.waitSignal(rig.station.reviewed, timeout=5000) as caught:
        rig.station.mark_false_call(record_id)
    assert caught.args == [record_id]
    (review,) = rig.store.reviews(record_id)
    assert (review.finding, review.by) == ("marked", "kim")
    rig.stop()
