from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.inspection.recipe import Recipe
from app.quality.tolerance import allowed_above
from app.teaching.outcome import Outcome, Tried
from app.teaching.proposal import (
    CONFIDENCE,
    promise_sentences,
    propose,
    recipe_with_outcome,
    smallest_promise,
)


def outcome(good: list[float], defective: list[float] | None = None, own: float = 1.0) -> Outcome:
    tried = [Tried(f"{n}.png", False, score) for n, score in enumerate(good)]
    tried += [Tried(f"d{n}.png", True, score) for n, score in enumerate(defective or [])]
    return Outcome(
        way="memory", name="plate", sha256="a" * 64, limit=own, typical=0.2, map_limit=1.0,
        learned_good=20, learned_defective=0, left_out=0, tried=tuple(tried), seconds=1.0,
        drawing="x",
    )  # fmt: skip


@given(st.integers(1, 3000))
def test_the_smallest_promise_is_one_that_so_many_can_carry(normals: int) -> None:
    share = smallest_promise(normals)
    assert allowed_above(normals, share, CONFIDENCE) >= 0
    exact = 1 - (1 - CONFIDENCE) ** (1 / normals)
    assert exact < share <= exact + 0.01 + 1e-9


def test_the_checkpoints_own_limit_is_proposed_where_it_holds_the_promise() -> None:
    found = propose(outcome([0.2] * 20, own=1.0), 0.02)
    assert found.limit == 1.0
    assert found.promised == pytest.approx(0.14)
    assert found.missing == 149 - 20


def test_a_limit_below_held_out_good_parts_is_raised() -> None:
    found = propose(outcome([0.2] * 19 + [1.4], own=1.0), 0.02)
    assert found.limit > 1.4
    assert found.false_calls == 0


def test_enough_pictures_carry_what_was_asked_for() -> None:
    scores = np.random.default_rng(0).normal(0.3, 0.1, 400).tolist()
    found = propose(outcome(scores, own=0.1), 0.01)
    assert found.promised == 0.01
    assert found.missing == 0
    assert found.false_calls <= 4


def test_a_limit_by_hand_below_the_promised_one_promises_nothing() -> None:
    made = outcome([0.2, 0.5, 0.6] * 7, own=1.0)
    low, high = propose(made, 0.02, 0.55), propose(made, 0.02, 2.0)
    assert low.promised is None
    assert low.false_calls == 7
    assert "No promise" in promise_sentences(low)[0]
    assert high.promised is not None


def test_defective_parts_tell_of_escapes() -> None:
    found = propose(outcome([0.2] * 20, [0.5, 3.0, 4.0, 5.0]), 0.02)
    assert (found.defective, found.escapes) == (4, 1)
    assert found.largest_escape == pytest.approx(0.7514, abs=1e-4)
    assert "3 of 4 defective parts are found" in promise_sentences(found)[-1]


def test_missed_defective_parts_bring_advice() -> None:
    found = propose(outcome([0.2] * 20, [0.5, 0.4, 4.0, 5.0]), 0.02)
    assert found.escapes == 2
    assert "painted defects" in promise_sentences(found)[-1]


def test_without_defective_parts_nothing_is_said_of_escapes() -> None:
    assert "nothing is known of escapes" in promise_sentences(propose(outcome([0.2] * 9), 0.02))[-1]


def test_three_pictures_promise_nothing() -> None:
    found = propose(outcome([0.2, 0.3, 0.4]), 0.02)
    assert found.promised is None
    assert found.limit == 1.0


def test_a_picture_without_a_score_counts_for_nothing() -> None:
    made = outcome([0.2] * 10)
    made = Outcome(
        **{name: getattr(made, name) for name in made.__slots__}
        | {"tried": (*made.tried, Tried("x.png", False, None, fault="no anchor"))}
    )
    assert propose(made, 0.02).good == 10
    assert len(made.faults) == 1


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(8, 40), own=st.floats(-1, 1.5))
def test_the_promise_holds_as_often_as_it_says(seed: int, count: int, own: float) -> None:
    """Over many draws the share of good parts above the limit exceeds the promise rarely."""
    rng = np.random.default_rng(seed)
    broken = 0
    for _ in range(200):
        found = propose(outcome(rng.exponential(size=count).tolist(), own=own), 0.02)
        true_share = float(np.exp(-max(found.limit, 0.0)))
        broken += found.promised is not None and true_share > found.promised
    # 5 % of 200 with four spreads of a binomial count
    assert broken <= 10 + 4 * (200 * 0.05 * 0.95) ** 0.5


def test_the_recipe_gets_checkpoint_and_limit_and_keeps_the_rest() -> None:
    recipe = Recipe(name="plate", camera="index:1", review_limit=0.1, ng_limit=0.4, min_area_px=99)
    made = recipe_with_outcome(recipe, outcome([0.2]), "plate.safetensors", 1.25)
    assert (made.checkpoint, made.checkpoint_sha256) == ("plate.safetensors", "a" * 64)
    assert (made.ng_limit, made.review_limit, made.min_area_px) == (1.25, None, 99)
