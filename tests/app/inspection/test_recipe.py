from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import RecipeError
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import Anchor, RegionOfInterest
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
        {"regions": [{"name": "a", "polygon": [[0, 0], [1, 1]]}]},
        {"regions": [{"name": "a", "polygon": [[0, 0], [9, 0], [9, 9]]}] * 2},
        {
            "regions": [{"name": "a", "polygon": [[0, 0], [9, 0], [9, 9]]}],
            "region_of_interest": [0, 0, 9, 9],
        },
        {"tile_mm": 5.0},
        {"anchor": {"box": [0, 0, 4, 9], "picture": "x"}},
        {"camera_settings": {"shutter": 3}},
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


def region(name: str, **limits: float) -> RegionOfInterest:
    return RegionOfInterest(name=name, polygon=((2.2, 3), (40, 3), (40, 20.5)), **limits)


def test_a_region_takes_what_it_does_not_set_from_the_recipe() -> None:
    recipe = Recipe(
        name="a",
        ng_limit=2,
        review_limit=1,
        regions=(region("own", ng_limit=0.5, map_limit=0.3), region("as it is")),
    )
    assert recipe.limits_of("as it is", CALIBRATION) == Limits(2, 1, 0.5, 0.1)
    # a band that begins above the region's own limit is empty, not a contradiction
    assert recipe.limits_of("own", CALIBRATION) == Limits(0.5, 0.5, 0.3, 0.1)
    assert recipe.all_limits(CALIBRATION) == (
        Limits(0.5, 0.5, 0.3, 0.1),
        Limits(2, 1, 0.5, 0.1),
    )
    assert Recipe(name="a").all_limits(CALIBRATION) == (Limits(0.5, None, 0.5, 0.1),)
    # both set by hand count without a calibration, as for the whole part
    assert recipe.all_limits(Calibration()) == (Limits(0.5, 0.5, 0.3, 0.0), None)


def test_another_checkpoint_takes_the_limits_of_the_regions_away() -> None:
    recipe = Recipe(name="a", ng_limit=2, regions=(region("own", ng_limit=0.5, review_limit=0.2),))
    other = recipe.with_checkpoint("b.safetensors")
    assert other.regions == (region("own"),)
    assert other.limits_of("own", CALIBRATION) == Limits(0.5, None, 0.5, 0.1)


def test_the_map_covers_the_same_box_for_all_parts_of_a_recipe() -> None:
    anchor = Anchor(box=(0, 0, 9, 9), picture="x")
    regions = (region("a"), region("b").model_copy(update={"polygon": ((30, 1), (60, 9), (30, 9))}))
    assert Recipe(name="a").judged_box is None
    assert Recipe(name="a", region_of_interest=(1, 2, 3, 4)).judged_box == (1, 2, 3, 4)
    assert Recipe(name="a", regions=regions).judged_box == (2, 1, 58, 20)
    assert Recipe(name="a", regions=regions, anchor=anchor).judged_box is None
    placed = Recipe(name="a", region_of_interest=(1, 2, 3, 4), anchor=anchor)
    assert placed.judged_box is None


@pytest.mark.parametrize(
    ("change", "is_other"),
    [
        ({"ng_limit": 3.0, "camera": "index:1", "keep_ok_every": 3}, False),
        ({"regions": (region("a", ng_limit=0.7),)}, False),
        ({"regions": (region("b"),)}, True),
        ({"exclusions": (((0, 0), (5, 0), (5, 5)),)}, True),
        ({"anchor": Anchor(box=(0, 0, 9, 9), picture="x")}, True),
        ({"tile_mm": 5.0}, True),
        ({"mm_per_px": 0.2}, False),
    ],
)
def test_scores_can_be_compared_as_long_as_the_model_is_shown_the_same(
    change: dict[str, object], is_other: bool
) -> None:
    recipe = Recipe(name="a", regions=(region("a"),), mm_per_px=0.1)
    assert (recipe.model_copy(update=change).view != recipe.view) == is_other
