from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.jobs.slowdown import LineSample, Pace, Slowdown, SlowdownMeter
from app.jobs.throttle import Hold, Throttle

speeds = st.floats(0.1, 1000.0)


def feed(meter: SlowdownMeter, start_s: float, seconds: float, model_ms: float, *,
         loaded: bool, by: str = "a", rate: float = 10.0) -> float:  # fmt: skip
    """Give two looks a second; return when the next one is due."""
    count = round(seconds * 2)
    for number in range(count):
        at_s = start_s + number / 2
        parts = round(1_000_000 + at_s * rate)
        meter.take(LineSample(at_s, parts, model_ms, 0, by), loaded=loaded)
    return start_s + count / 2


@given(before=speeds, during=speeds)
def test_a_slower_model_is_a_loss_and_a_faster_one_is_none(before: float, during: float) -> None:
    share = Slowdown(Pace(10, before, 0), Pace(10, during, 0)).share
    assert 0.0 <= share < 1.0
    assert (share > 0) == (1.0 - before / during > 0)


def test_fewer_frames_count_only_where_frames_were_dropped() -> None:
    before = Pace(10.0, 50.0, 0)
    assert Slowdown(before, Pace(5.0, 50.0, 0)).share == 0.0
    assert Slowdown(before, Pace(5.0, 50.0, 3)).share == pytest.approx(0.5)


def test_the_meter_compares_full_windows_without_the_change_between() -> None:
    meter = SlowdownMeter(window_s=4.0, settle_s=1.0)
    now = feed(meter, 0.0, 5, 999.0, loaded=False)
    assert meter.before is None
    now = feed(meter, now, 5, 50.0, loaded=False)
    assert meter.slowdown is None
    now = feed(meter, now, 1, 999.0, loaded=True)
    now = feed(meter, now, 8, 100.0, loaded=True)
    assert meter.slowdown is not None
    assert meter.slowdown.before.model_ms == 50.0
    assert meter.slowdown.share == pytest.approx(0.5)


def test_another_checkpoint_is_measured_anew() -> None:
    meter = SlowdownMeter(window_s=4.0, settle_s=1.0)
    now = feed(meter, 0.0, 8, 50.0, loaded=False)
    assert meter.before is not None
    feed(meter, now, 1, 90.0, loaded=False, by="b")
    assert meter.before is None


def test_a_slow_line_is_measured_over_enough_parts() -> None:
    meter = SlowdownMeter(window_s=4.0, settle_s=1.0, parts=5)
    now = feed(meter, 0.0, 20, 50.0, loaded=False, rate=0.2)
    assert meter.before is None
    now = feed(meter, now, 20, 50.0, loaded=False, rate=0.2)
    assert meter.before is not None
    assert meter.before.parts_per_s == pytest.approx(0.2, rel=0.2)
    # the part that was begun before the change counts for neither side
    now = feed(meter, now, 5, 999.0, loaded=True, rate=0.2)
    feed(meter, now, 40, 100.0, loaded=True, rate=0.2)
    assert meter.slowdown is not None
    assert meter.slowdown.share == pytest.approx(0.5)


def rested(limit: float = 0.2) -> tuple[SlowdownMeter, Throttle, float]:
    meter = SlowdownMeter(window_s=4.0, settle_s=1.0)
    now = feed(meter, 0.0, 8, 50.0, loaded=False)
    return meter, Throttle(meter, limit, rest_s=10.0, longest_s=40.0), now


def test_within_the_limit_nothing_is_held() -> None:
    meter, throttle, now = rested()
    now = feed(meter, now, 8, 60.0, loaded=True)
    assert throttle.decide(now) is Hold.NONE


def test_rests_become_longer_and_end() -> None:
    meter, throttle, now = rested()
    lengths = []
    for _ in range(4):
        now = feed(meter, now, 8, 80.0, loaded=True)
        assert throttle.decide(now) is Hold.LINE
        lengths.append(throttle.seconds_left(now))
        end = now + lengths[-1]
        now = feed(meter, now, lengths[-1] - 1, 50.0, loaded=False)
        assert throttle.decide(now) is Hold.LINE
        now = feed(meter, end, 1, 50.0, loaded=False)
        assert throttle.decide(now) is Hold.NONE
    assert lengths == [10.0, 20.0, 40.0, 40.0]
    throttle.begin()
    now = feed(meter, now, 8, 80.0, loaded=True)
    throttle.decide(now)
    assert throttle.seconds_left(now) == 10.0


def test_room_on_the_line_ends_a_rest_early() -> None:
    meter, throttle, now = rested()
    now = feed(meter, now, 8, 80.0, loaded=True)
    assert throttle.decide(now) is Hold.LINE
    now = feed(meter, now, 7, 50.0, loaded=False, rate=4.0)
    assert throttle.decide(now) is Hold.NONE


def test_a_minute_within_the_limit_makes_the_next_rest_short_again() -> None:
    meter, throttle, now = rested()
    for seconds in (8, 12):
        loaded = seconds == 8
        now = feed(meter, now, seconds, 80.0 if loaded else 50.0, loaded=loaded)
        throttle.decide(now)
    for _ in range(14):
        now = feed(meter, now, 5, 52.0, loaded=True)
        assert throttle.decide(now) is Hold.NONE
    now = feed(meter, now, 8, 80.0, loaded=True)
    throttle.decide(now)
    assert throttle.seconds_left(now) == 10.0


def test_an_unknown_line_is_measured_first() -> None:
    meter = SlowdownMeter(window_s=4.0, settle_s=1.0)
    throttle = Throttle(meter, 0.2)
    assert throttle.decide(0.0) is Hold.MEASURING
    now = feed(meter, 0.0, 6, 50.0, loaded=False)
    assert throttle.decide(now) is Hold.NONE
    throttle.line_stands()
    assert throttle.hold is Hold.NONE
