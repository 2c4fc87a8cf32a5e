"""Differences of recipes, in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import i18n
from app.inspection.recipe import Recipe
from app.settings.recipe_diff import differences, unnamed_fields

BOX = [(0.0, 0.0), (40.0, 0.0), (40.0, 30.0), (0.0, 30.0)]
OTHER_BOX = [(0.0, 0.0), (50.0, 0.0), (50.0, 30.0), (0.0, 30.0)]
ANCHOR = {"box": (4, 4, 20, 20), "picture": "AAAA"}
PLAIN = Recipe(name="bolt")

CHANGES: dict[str, Any] = {
    "product": "Bolt",
    "camera": "index:2",
    "trigger": "every",
    "checkpoint": "other.safetensors",
    "checkpoint_sha256": "a" * 64,
    "ng_limit": 0.5,
    "review_limit": 0.25,
    "map_limit": 0.125,
    "min_area_px": 17,
    "region_of_interest": (1, 2, 30, 40),
    "exclusions": [BOX],
    "mm_per_px": 0.05,
    "scan_codes": ["A-1"],
    "keep_ok_every": 0,
    "evidence_format": "jpg",
    "stale_after_s": 3.0,
    "signal_first": True,
    "review_ok_share": 0.1,
    "second_opinion_share": 0.1,
    "defect_kinds": ["dent"],
    "false_call_cost": 1.5,
    "escape_cost": 90.0,
    "golden_required": True,
    "keep_days_ok": 3,
    "keep_days_doubtful": 4,
    "keep_days_ng": 1,
    "quota_gb": 2.5,
    "camera_settings": {"exposure": -5.0},
    "anchor": ANCHOR,
    "regions": [{"name": "left", "polygon": BOX}],
}


def changed(recipe: Recipe = PLAIN, **changes: Any) -> Recipe:
    return Recipe.model_validate({**recipe.model_dump(), **changes})


def test_every_field_has_a_name() -> None:
    assert unnamed_fields() == ()
    unsaid = {"format", "version", "name", "tile_mm"}
    assert set(CHANGES) == set(Recipe.model_fields) - unsaid


@pytest.mark.parametrize("field", CHANGES)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_one_changed_field_is_one_difference(field: str, language: str) -> None:
    i18n.set_language(language)
    found = differences(PLAIN, changed(**{field: CHANGES[field]}))
    assert len(found) == 1
    assert found[0].key.split("/")[0] == field
    assert found[0].before != found[0].after
    assert found[0].field


def test_a_tile_is_told_with_its_unit() -> None:
    scaled = changed(mm_per_px=0.1)
    (found,) = differences(scaled, changed(scaled, tile_mm=12.5))
    assert (found.field, found.before, found.after) == ("Side of a tile", "–", "12.5 mm")


def test_name_and_version_are_no_difference() -> None:
    assert differences(PLAIN, PLAIN.model_copy(update={"version": 9, "name": "nut"})) == ()


def test_limits_read_as_people_say_them() -> None:
    (found,) = differences(PLAIN, changed(ng_limit=0.5))
    assert (found.field, found.before, found.after) == (
        "NG limit",
        "that of the checkpoint",
        "0.5",
    )


def test_regions_are_compared_by_name() -> None:
    left = {"name": "left", "polygon": BOX}
    before = changed(regions=[left, {"name": "hole", "polygon": BOX}])
    after = changed(
        regions=[
            {"name": "hole", "polygon": OTHER_BOX, "ng_limit": 0.4},
            {"name": "rim", "polygon": BOX},
        ]
    )
    found = {one.key: one for one in differences(before, after)}
    assert set(found) == {
        "regions/left",
        "regions/hole/polygon",
        "regions/hole/ng_limit",
        "regions/rim",
    }
    assert found["regions/left"].after == "–"
    assert found["regions/hole/ng_limit"].before == "that of the recipe"
    swapped = changed(regions=[{"name": "hole", "polygon": BOX}, left])
    assert [one.key for one in differences(before, swapped)] == ["regions/order"]


def test_shapes_that_read_alike_are_told_apart() -> None:
    moved = [(0.0, 0.0), (40.0, 0.0), (40.0, 30.0), (0.2, 29.8)]
    (found,) = differences(changed(exclusions=[BOX]), changed(exclusions=[moved]))
    assert (found.before, found.after) == ("1 area", "1 area, changed")


def test_an_anchor_is_compared_part_by_part() -> None:
    before = changed(anchor=ANCHOR)
    after = changed(anchor={**ANCHOR, "picture": "BBBB", "reach_px": 90})
    assert [one.key for one in differences(before, after)] == ["anchor/reach_px", "anchor/picture"]


@given(st.lists(st.sampled_from(sorted(CHANGES)), unique=True))
def test_as_many_differences_as_changes_and_back(fields: list[str]) -> None:
    if "regions" in fields and "region_of_interest" in fields:
        fields.remove("regions")
    after = changed(**{field: CHANGES[field] for field in fields})
    there, back = differences(PLAIN, after), differences(after, PLAIN)
    assert len(there) == len(back) == len(fields)
    assert {one.key for one in there} == {one.key for one in back}
