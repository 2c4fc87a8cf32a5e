from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.inspection.drawing import drawn, is_sampled, needs_second_opinion
from app.inspection.recipe import Recipe
from app.inspection.record import new_id
from app.inspection.verdict import Verdict

RECIPE = Recipe(name="bolt", review_ok_share=0.1, second_opinion_share=0.3)


def an_id(number: int) -> str:
    """Ids in the shape of a UUIDv7 whose random part is seeded."""
    digits = hashlib.sha256(b"%d" % number).hexdigest()
    return f"{number:08x}-{digits[:4]}-7{digits[4:7]}-8{digits[7:10]}-{digits[10:22]}"


IDS = [an_id(number) for number in range(20_000)]


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 1.0])
def test_the_share_is_kept(share: float) -> None:
    hits = sum(drawn(one, share, b"salt") for one in IDS)
    if share in (0.0, 1.0):
        assert hits == share * len(IDS)
    else:
        assert stats.binomtest(hits, len(IDS), share).pvalue > 1e-4


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_it_is_repeatable_and_grows_with_the_share(one: str, a: float, b: float) -> None:
    one = one.encode("utf-8", "replace").decode()
    assert drawn(one, a, b"x") == drawn(one, a, b"x")
    assert drawn(one, min(a, b), b"x") <= drawn(one, max(a, b), b"x")


def test_the_order_says_nothing() -> None:
    flags = [drawn(one, 0.5, b"salt") for one in IDS]
    both = sum(a and b for a, b in pairwise(flags))
    assert stats.binomtest(both, len(IDS) - 1, 0.25).pvalue > 1e-4


def test_only_ok_parts_are_drawn() -> None:
    everyone = RECIPE.model_copy(update={"review_ok_share": 1.0})
    assert is_sampled("a", Verdict.OK, everyone)
    for verdict in (Verdict.NG, Verdict.REVIEW, Verdict.ERROR):
        assert not is_sampled("a", verdict, everyone)


def test_second_opinions_do_not_hang_on_the_sample() -> None:
    first = {one for one in IDS if is_sampled(one, Verdict.OK, RECIPE)}
    second = sum(needs_second_opinion(one, True, RECIPE) for one in first)
    assert stats.binomtest(second, len(first), 0.3).pvalue > 1e-4
    assert not any(needs_second_opinion(one, False, RECIPE) for one in IDS)


def test_real_ids_are_drawn_evenly() -> None:
    hits = sum(is_sampled(new_id(), Verdict.OK, RECIPE) for _ in range(5000))
    assert stats.binomtest(hits, 5000, 0.1).pvalue > 1e-6
