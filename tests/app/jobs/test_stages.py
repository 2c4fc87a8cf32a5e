from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.jobs.active_clock import ActiveClock
from app.jobs.stages import JobProgress

STAGES = ["read", "pictures", "start", "features", "training", "bank", "calibration", "test"]


@given(st.lists(st.tuples(st.sampled_from(STAGES), st.integers(0, 9)), max_size=30))
def test_the_share_never_falls_and_stays_a_share(reports: list[tuple[str, int]]) -> None:
    progress, before = JobProgress(), 0.0
    for at, (stage, done) in enumerate(reports):
        progress.take(stage, done, 9, float(at))
        assert before <= progress.share <= 1.0
        before = progress.share


def test_a_whole_run_comes_to_its_end() -> None:
    progress = JobProgress()
    for stage in STAGES:
        progress.take(stage, 1, 1, 0.0)
    assert progress.share == pytest.approx(1.0)


def test_folds_come_before_the_training_itself() -> None:
    progress = JobProgress()
    progress.take("fold 2/3: training", 1, 1, 0.0)
    assert 0.25 < progress.share < 0.5
    assert progress.stage == "training"
    progress.take("training", 0, 1, 1.0)
    assert progress.share < 0.75


def test_members_are_all_of_the_training() -> None:
    progress = JobProgress()
    progress.take("member 2/4: training", 1, 1, 0.0)
    assert 0.4 < progress.share < 0.5
    assert (progress.stage, progress.turn) == ("training", (2, 4))
    progress.take("member 4/4: calibration", 1, 1, 0.0)
    progress.take("bank", 0, 1, 1.0)
    assert progress.turn == (0, 0)
    assert 0.95 < progress.share < 1.0
    progress.take("test", 1, 1, 2.0)
    assert progress.share == pytest.approx(1.0)


def test_time_left_follows_what_this_process_has_done() -> None:
    progress = JobProgress()
    progress.take("training", 50, 100, 10.0)
    assert progress.seconds_left(10.0) is None
    progress.take("training", 60, 100, 20.0)
    left = progress.seconds_left(20.0)
    assert left is not None
    assert 40.0 < left < 70.0


def test_an_unknown_stage_is_all_there_is() -> None:
    progress = JobProgress()
    progress.take("teach", 1, 4, 5.0)
    progress.take("teach", 2, 4, 10.0)
    assert progress.share == 0.5
    assert progress.seconds_left(10.0) == pytest.approx(10.0)


def test_held_time_does_not_count() -> None:
    clock = ActiveClock()
    clock.run(10.0)
    clock.run(11.0)
    clock.hold(15.0)
    clock.hold(30.0)
    assert clock.seconds(99.0) == 5.0
    clock.run(100.0)
    assert clock.seconds(101.0) == 6.0


def test_a_lesson_of_any_detector_comes_to_its_end() -> None:
    for stages in (("features", "limits"), ("features", "coreset", "limits"), ("training", "bank")):
        progress, before = JobProgress("teach"), 0.0
        for stage in stages:
            progress.take(stage, 1, 2, 0.0)
            assert before < progress.share < 1.0
            before = progress.share
    progress.take("limits", 1, 1, 0.0)
    assert progress.share == pytest.approx(1.0)


def test_a_step_within_a_stage_of_a_lesson_changes_nothing() -> None:
    progress = JobProgress("teach")
    progress.take("limits", 1, 4, 1.0)
    before = progress.share
    progress.take("limits: coreset", 9, 9, 2.0)
    assert (progress.share, progress.stage) == (before, "limits")
