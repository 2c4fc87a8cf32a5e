from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import RecipeError
from app.inspection.recipe import Recipe
from app.inspection.verdict import Limits
from model.types import Calibration
from tests.rigs.predictors import CALIBRATION

limit = st.none() | st.floats(-100, 100)


@given(
    name=st.text(min_size=1, max_size=80),
    ng=limit,
    region=st.none() | st.tuples(*[st.integers(1, 9000)] * 4),
    every=st.integers(0, 1000),
    mm=st.none() | st.floats(1e-3, 10),
)
def test_a_recipe_comes_back(
    name: str, ng: float | None, region: tuple | None, every: int, mm: float | None
) -> None:
    recipe = Recipe(
        name=name, ng_limit=ng, region_of_interest=region, keep_ok_every=every, mm_per_px=mm
    )
    assert Recipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"ng_limit": math.nan},
        {"ng_limit": 1.0, "review_limit": 2.0},
        {"region_of_interest": [-1, 0, 5, 5]},
        {"region_of_interest": [0, 0, 0, 5]},
        {"mm_per_px": 0},
        {"unknown": 1},
        {"checkpoint_sha256": "short"},
        {"format": 2},
        {"stale_after_s": 0},
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(change: dict[str, object]) -> None:
    text = json.dumps({"name": "bolt"} | change)
    with pytest.raises(RecipeError, match="The recipe") as refused:
        Recipe.from_json(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7"])
def test_other_documents_are_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="The recipe"):
        Recipe.from_json(text)


def test_a_recipe_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Recipe(name="bolt").version = 2


def test_limits_come_from_the_checkpoint_unless_set() -> None:
    assert Recipe(name="a").limits(CALIBRATION) == Limits(0.5, None, 0.5, 0.1)
    own = Recipe(name="a", ng_limit=2, review_limit=1, map_limit=3)
    assert own.limits(CALIBRATION) == Limits(2, 1, 3, 0.1)
    assert Recipe(name="a", ng_limit=2).limits(Calibration()) is None
    assert own.limits(Calibration()) == Limits(2, 1, 3, 0.0)
