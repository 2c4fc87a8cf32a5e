"""The real station with golden samples: what passes runs, what moved stops production."""

from __future__ import annotations

import random

import pytest

from app.golden.set import GoldenSet
from app.station.golden_status import GoldenState
from app.station.status import StationState
from tests.app.station.conftest import RECIPE, MakeRig
from tests.app.station.golden_line import GUARDED, guarded, listen, picture, state
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import GOOD, GreyDetector


def test_production_starts_after_the_samples_were_right(make_rig: MakeRig) -> None:
    rig = guarded(make_rig)
    events = listen(rig)
    rig.run(3)
    assert state(rig) is GoldenState.PASSED
    (event,) = events
    assert (event.kind, event.recipe, event.details["why"]) == ("golden", "grey", "start")
    assert event.details["passed"] is True
    assert [s["name"] for s in event.details["samples"]] == ["plain", "scratch"]
    rig.stop()
    # Stopping and starting again is no reason to judge them anew.
    judged = len(rig.inspected)
    rig.station.start()
    rig.until(lambda: len(rig.inspected) > judged)
    rig.stop()
    assert len(events) == 1
    # Golden samples are no parts: nothing stored or counted but what the camera saw.
    assert {row.source for row in rig.rows()} == {"grey grey:"}
    assert rig.station.status().tally.total == len(rig.rows())


def test_no_frame_is_judged_while_they_are_being_judged(make_rig: MakeRig) -> None:
    detector = GreyDetector()
    rig = guarded(make_rig, detector)
    detector.gate.clear()
    rig.begin(start=True)
    rig.until(lambda: state(rig) is GoldenState.CHECKING)
    rig.qtbot.wait(100)
    status = rig.station.status()
    assert (status.state, rig.camera.opened) == (StationState.STARTING, 0)
    assert "production waits" in status.golden.mark
    detector.gate.set()
    rig.until(lambda: len(rig.inspected) > 1)
    rig.stop()


@pytest.mark.logs_expected
def test_a_moved_sample_blocks_the_start_and_says_by_how_much(make_rig: MakeRig) -> None:
    # The same checkpoint by its hash, but what it says has changed.
    rig = guarded(make_rig, GreyDetector(reference=GOOD + 20))
    events = listen(rig)
    rig.station.begin(start=True)
    rig.until(lambda: rig.finished == 1)
    status = rig.station.status()
    assert (status.state, status.phase) == (StationState.FAULT, StationState.IDLE)
    assert "“plain”: score 0.07843 instead of 0: moved by +0.0784" in status.fault
    assert "Production is blocked" in status.fault
    assert status.golden.blocks
    assert rig.rows() == []
    assert rig.camera.opened == 0
    # A start is refused until the fault is read, and then judges them again.
    rig.station.start()
    assert rig.station.status().phase is StationState.IDLE
    rig.station.acknowledge()
    assert rig.station.status().fault_acknowledged
    rig.station.start()
    rig.until(lambda: rig.finished == 2)
    assert rig.station.status().state is StationState.FAULT
    assert [event.details["passed"] for event in events] == [False, False]
    assert rig.rows() == []


@pytest.mark.logs_expected
def test_an_override_lets_production_go_on_until_the_next_check(make_rig: MakeRig) -> None:
    rig = guarded(make_rig, GreyDetector(reference=GOOD + 20))
    events = listen(rig)
    rig.begin()
    rig.until(lambda: state(rig) is GoldenState.MOVED)
    golden = rig.station.golden
    for by, reason in (("", "lens"), ("kim", " "), (" ", "lens")):
        assert not golden.override(by, reason)
    assert rig.station.status().golden.blocks
    assert golden.override(" kim ", "Parts checked by hand until noon")
    status = rig.station.status()
    assert (status.state, status.fault) == (StationState.IDLE, "")
    assert "overridden by kim (Parts checked by hand until noon)" in status.golden.mark
    assert "moved by +0.0784" in status.golden.mark
    override = events[-1]
    assert (override.kind, override.by) == ("override", "kim")
    assert override.details["reason"] == "Parts checked by hand until noon"
    assert override.details["samples"] == ["plain", "scratch"]
    rig.station.start()
    rig.until(lambda: len(rig.inspected) > 2)
    assert rig.station.status().golden.mark
    # There is nothing more to override, and the next shift does not inherit it.
    assert not golden.override("kim", "again")
    rig.station.set_context("L", shift="B")
    rig.until(lambda: state(rig) is GoldenState.MOVED)
    status = rig.station.status()
    assert (status.state, status.phase) == (StationState.FAULT, StationState.PAUSED)
    assert status.golden.mark == ""
    rig.station.stop()
    rig.until(lambda: rig.station.status().phase is StationState.IDLE)


def test_another_shift_begins_with_a_check_and_goes_on_by_itself(make_rig: MakeRig) -> None:
    rig = guarded(make_rig)
    events = listen(rig)
    rig.run(3)
    rig.station.set_context("L-2")
    assert state(rig) is GoldenState.PASSED
    rig.station.set_context("L-2", shift="B")
    status = rig.station.status()
    assert status.golden.state is GoldenState.CHECKING
    assert status.state is StationState.PAUSED
    rig.until_state(StationState.RUNNING)
    rig.until(lambda: rig.inspected[-1].context.shift == "B")
    assert [event.details["why"] for event in events] == ["start", "shift"]
    assert rig.camera.opened == 1
    rig.stop()


@pytest.mark.parametrize("wish", ["pause", "stop"])
def test_who_pauses_or_stops_during_the_check_is_obeyed(make_rig: MakeRig, wish: str) -> None:
    detector = GreyDetector()
    rig = guarded(make_rig, detector)
    rig.run(2)
    detector.gate.clear()
    rig.station.set_context("", shift="B")
    getattr(rig.station, wish)()
    rig.qtbot.wait(50)
    detector.gate.set()
    rig.until(lambda: state(rig) is GoldenState.PASSED)
    rig.until(lambda: rig.station.status().state in (StationState.PAUSED, StationState.IDLE))
    judged = len(rig.rows())
    rig.qtbot.wait(200)
    assert len(rig.rows()) == judged
    if wish == "pause":
        rig.station.start()
        rig.until(lambda: len(rig.inspected) > judged)
        rig.stop()


def test_a_start_during_the_check_waits_for_it(make_rig: MakeRig) -> None:
    detector = GreyDetector()
    rig = guarded(make_rig, detector)
    rig.run(2)
    rig.station.pause()
    detector.gate.clear()
    rig.station.set_context("", shift="B")
    rig.station.start()
    rig.station.single_shot()
    rig.station.start()
    assert rig.station.status().state is StationState.PAUSED
    detector.gate.set()
    rig.until_state(StationState.RUNNING)
    rig.stop()


def test_a_single_shot_waits_for_the_check_too(make_rig: MakeRig) -> None:
    detector = GreyDetector()
    rig = guarded(make_rig, detector)
    rig.begin()
    rig.until(lambda: state(rig) is GoldenState.PASSED)
    rig.station.single_shot()
    rig.until(lambda: len(rig.inspected) == 1)
    detector.gate.clear()
    rig.station.set_context("", shift="B")
    rig.station.single_shot()
    rig.qtbot.wait(100)
    assert len(rig.rows()) == 1
    detector.gate.set()
    rig.until(lambda: len(rig.inspected) == 2)
    rig.qtbot.wait(200)
    assert len(rig.rows()) == 2
    assert rig.station.status().state is StationState.PAUSED
    rig.stop()


@pytest.mark.logs_expected
def test_another_checkpoint_judges_no_part_before_it_has_passed(make_rig: MakeRig) -> None:
    other = GreyDetector("other", reference=GOOD + 70)
    rig = guarded(make_rig, GreyDetector(), other)
    events = listen(rig)
    rig.run(3)
    rig.station.use_checkpoint("other")  # type: ignore[arg-type]
    rig.until(lambda: state(rig) is GoldenState.MOVED)
    status = rig.station.status()
    assert status.checkpoint is not None
    assert (status.checkpoint.name, status.phase) == ("other", StationState.PAUSED)
    # Another checkpoint's scores are not compared, its verdicts are.
    assert "“plain”: must be OK, is NG" in status.fault
    assert events[-1].details["why"] == "checkpoint"
    rig.station.acknowledge()
    rig.station.single_shot()
    rig.until(lambda: len(events) == 3)
    rig.until(lambda: state(rig) is GoldenState.MOVED)
    assert {row.checkpoint for row in rig.rows()} == {"grey"}
    # Back to the right one: it is judged anew and passes, but a person starts the line.
    rig.station.use_checkpoint("grey")  # type: ignore[arg-type]
    rig.until(lambda: state(rig) is GoldenState.PASSED)
    rig.station.acknowledge()
    judged = len(rig.inspected)
    rig.station.start()
    rig.until(lambda: len(rig.inspected) > judged)
    rig.stop()
    assert {row.checkpoint for row in rig.rows()} == {"grey"}


def test_what_is_being_checked_is_not_even_in_the_judging_thread(make_rig: MakeRig) -> None:
    other = GreyDetector("other", reference=GOOD + 10)
    rig = guarded(make_rig, GreyDetector(), other)
    rig.run(2)
    other.gate.clear()
    rig.station.use_checkpoint("other")  # type: ignore[arg-type]
    rig.until(lambda: state(rig) is GoldenState.CHECKING)
    rig.station.set_context("L-9")
    # A frame whose turn has come reads what judges it a moment later, so a pause alone
    # would let one part through.
    thread = rig.station._slot.inference
    judge = thread._setup.predictor if thread is not None else None
    other.gate.set()
    assert judge is not None
    assert judge.info.name == "grey"
    rig.until(lambda: rig.inspected[-1].checkpoint == "other")
    rig.stop()


def test_a_checkpoint_that_passes_goes_on_by_itself(make_rig: MakeRig) -> None:
    other = GreyDetector("other", reference=GOOD + 10)
    rig = guarded(make_rig, GreyDetector(), other)
    rig.run(3)
    rig.station.use_checkpoint("other")  # type: ignore[arg-type]
    rig.until(lambda: rig.inspected[-1].checkpoint == "other")
    assert rig.camera.opened == 1
    rig.stop()


def test_another_recipe_with_its_own_camera_is_judged_by_its_own_set(make_rig: MakeRig) -> None:
    rig = guarded(make_rig)
    events = listen(rig)
    other = GUARDED.model_copy(update={"name": "other", "camera": "grey:2"})
    golden = GoldenSet(rig.store.golden, rig.home / "golden")
    golden.add(picture(GOOD), "only", other, GreyDetector())
    rig.run(3)
    rig.station.use_recipe(other)
    rig.until(lambda: rig.inspected[-1].recipe == "other")
    assert [event.recipe for event in events] == ["grey", "other"]
    assert [s["name"] for s in events[-1].details["samples"]] == ["only"]
    rig.stop()


def test_on_request_a_recipe_that_does_not_want_them_is_not_blocked(make_rig: MakeRig) -> None:
    rig = guarded(make_rig, GreyDetector(reference=GOOD + 20), recipe=RECIPE)
    events = listen(rig)
    rig.begin()
    assert state(rig) is GoldenState.NONE
    rig.station.golden.check()
    rig.until(lambda: state(rig) is GoldenState.MOVED)
    status = rig.station.status()
    assert (status.golden.blocks, status.fault) == (False, "")
    assert [event.details["passed"] for event in events] == [False]
    assert not rig.station.golden.override("kim", "nothing to override")
    rig.station.start()
    rig.until(lambda: len(rig.inspected) > 1)
    rig.stop()


def test_line_and_samples_never_meet_in_the_model(make_rig: MakeRig) -> None:
    class Jealous(GreyDetector):
        inside = 0
        met = 0

        def predict(self, image):  # type: ignore[no-untyped-def]
            self.inside += 1
            self.met = max(self.met, self.inside)
            try:
                return super().predict(image)
            finally:
                self.inside -= 1

    jealous = Jealous(delay_s=0.002)
    rig = guarded(make_rig, jealous, recipe=RECIPE, camera=GreyCamera(fps=200))
    events = listen(rig)
    rig.run(3)
    for count in range(1, 6):
        rig.station.golden.check()
        rig.until(lambda count=count: len(events) == count)  # type: ignore[misc]
    rig.stop()
    assert jealous.met == 1


def test_a_check_that_is_under_way_does_not_hold_up_the_exit(make_rig: MakeRig) -> None:
    detector = GreyDetector()
    rig = guarded(make_rig, detector)
    rig.begin()
    rig.until(lambda: state(rig) is GoldenState.PASSED)
    detector.gate.clear()
    rig.station.golden.check()
    rig.station.golden.close()
    detector.gate.set()
    assert rig.station.close()
    assert state(rig) is GoldenState.CHECKING


def test_a_job_gets_set_recipe_and_model(make_rig: MakeRig) -> None:
    rig = guarded(make_rig, samples=False, recipe=RECIPE)
    failures: list[Exception] = []
    done: list[object] = []
    golden = rig.station.golden
    golden.work(lambda g, r, p: g.add(picture(GOOD), "a", r, p), done.append, failures.append)
    assert "No model is loaded" in str(failures[0])
    rig.begin()
    golden.work(lambda g, r, p: g.add(picture(GOOD), "a", r, p), done.append, failures.append)
    rig.until(lambda: bool(done))
    assert [sample.name for sample in rig.store.golden.samples("grey")] == ["a"]
    assert len(failures) == 1


@pytest.mark.logs_expected
@pytest.mark.parametrize("seed", range(3))
def test_any_requests_in_any_order_judge_no_part_while_blocked(
    make_rig: MakeRig, seed: int
) -> None:
    chance = random.Random(seed)
    moved = GreyDetector("other", reference=GOOD + 70)
    rig = guarded(make_rig, GreyDetector(), moved, camera=GreyCamera(live=bool(seed % 2), fps=100))
    second = GUARDED.model_copy(update={"name": "second", "camera": "grey:2"})
    free = RECIPE.model_copy(update={"name": "free", "camera": "grey:3"})
    golden = GoldenSet(rig.store.golden, rig.home / "golden")
    golden.add(picture(GOOD), "only", second, GreyDetector())
    rig.begin()
    station = rig.station
    requests = (
        station.start,
        station.start,
        station.acknowledge,
        station.pause,
        station.stop,
        station.single_shot,
        lambda: station.use_checkpoint(chance.choice(("grey", "other"))),  # type: ignore[arg-type]
        lambda: station.use_recipe(chance.choice((GUARDED, second, free))),
        lambda: station.set_context("", shift=chance.choice("AB")),
        lambda: station.golden.override("kim", "") and None,
        station.golden.check,
    )
    for _ in range(60):
        chance.choice(requests)()
        rig.qtbot.wait(chance.choice((0, 5, 30)))
    station.stop()
    rig.until(lambda: station.status().phase is StationState.IDLE)
    rig.qtbot.wait(100)
    rig.until(lambda: station.status().phase is StationState.IDLE)
    # The other checkpoint never passes, so under a recipe that wants its samples right no part
    # has ever met it.
    assert {row.checkpoint for row in rig.rows() if row.recipe != "free"} <= {"grey"}
    assert len(rig.rows()) == len(rig.inspected)
