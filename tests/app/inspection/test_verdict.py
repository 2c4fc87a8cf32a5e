from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from app.inspection.verdict import Limits, Verdict, decide
from tests.rigs.records import LIMITS, REGION, regions

anything = st.floats(allow_nan=True, allow_infinity=True)
limits = st.none() | st.builds(Limits, anything, st.none() | anything, anything, anything)


def is_sound(found: Limits) -> bool:
    numbers = [found.ng, found.map_limit, found.map_typical]
    numbers += [] if found.review is None else [found.review]
    return all(math.isfinite(number) for number in numbers)


@given(
    score=st.none() | anything,
    limits=limits,
    found=st.lists(regions, max_size=3).map(tuple),
    fault=st.sampled_from(["", "", "", "model-failed", " "]),
)
def test_ok_needs_a_finite_score_below_every_limit(
    score: float | None, limits: Limits | None, found: tuple, fault: str
) -> None:
    decision = decide(score, limits, found, fault)
    if decision.verdict is Verdict.OK:
        assert not fault
        assert score is not None
        assert limits is not None
        assert math.isfinite(score)
        assert is_sound(limits)
        assert score < limits.ng
        assert limits.review is None or score < limits.review
        assert decision.reasons == ()
    else:
        assert decision.reasons
        assert all(decision.reasons)
    if fault:
        assert decision.verdict is Verdict.ERROR


@given(score=st.floats(-10, 10), ng=st.floats(-5, 5), band=st.none() | st.floats(0, 3))
def test_sound_numbers_always_give_a_verdict(score: float, ng: float, band: float | None) -> None:
    review = None if band is None else ng - band
    decision = decide(score, Limits(ng, review, 1.0, 0.0), (REGION,))
    if score >= ng:
        expected = Verdict.NG
    elif review is not None and score >= review:
        expected = Verdict.REVIEW
    else:
        expected = Verdict.OK
    assert decision.verdict is expected
    assert decision.regions == (REGION,)


def test_the_limit_itself_is_ng() -> None:
    assert decide(0.5, LIMITS).verdict is Verdict.NG
    assert decide(math.nextafter(0.5, 0), LIMITS).verdict is Verdict.OK
    band = Limits(0.5, 0.3, 0.5, 0.1)
    assert decide(0.3, band).verdict is Verdict.REVIEW
    assert decide(math.nextafter(0.3, 0), band).verdict is Verdict.OK


def test_reasons_are_stable_codes() -> None:
    invalid = Limits(0.5, 0.6, 0.5, 0.1)
    assert decide(0.9, LIMITS).reasons == ("score-above-limit",)
    assert decide(0.4, Limits(0.5, 0.4, 0.5, 0.1)).reasons == ("score-in-review-band",)
    assert decide(0.1, None).reasons == ("not-calibrated",)
    assert decide(None, LIMITS).reasons == ("no-prediction",)
    assert decide(math.nan, LIMITS).reasons == ("score-not-finite",)
    assert decide(0.1, invalid).reasons == ("limits-invalid",)
    assert decide(0.1, Limits(0.5, None, 0.1, 0.1)).reasons == ("limits-invalid",)
    assert decide(0.1, LIMITS, fault="model-failed: x").reasons == ("model-failed: x",)
