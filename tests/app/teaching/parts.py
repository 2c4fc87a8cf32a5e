"""Drafts with pictures of made-up plates."""

from __future__ import annotations

from app.inspection.recipe import Recipe
from app.inspection.review import Polygon
from app.paths import Home
from app.review.mask import outlines_of
from app.teaching.defective_parts import DefectiveParts
from app.teaching.draft import Draft, DraftPlace, Way, place_of
from app.teaching.good_parts import GoodParts
from tests.rigs import plates

RECIPE = Recipe(name="plate", camera="folder:plates", region_of_interest=(50, 38, 220, 180))


def blot_mask() -> tuple[Polygon, ...]:
    """Return the outline of the blot of an unshifted plate."""
    good, bad = (plates.plate(77, blot=blot, shift=(0, 0)).astype(int) for blot in (False, True))
    return outlines_of((bad - good).max(2) > 40)


def draft(
    home: Home, good: int, defective: int = 0, way: Way = "memory", recipe: Recipe = RECIPE
) -> DraftPlace:
    """Return a draft with so many pictures; every defective one is marked."""
    place = place_of(home, recipe.name)
    place.save(Draft(recipe=recipe, way=way, minutes=1))
    parts = GoodParts(place.good, recipe)
    for number in range(good):
        parts.add(plates.plate(number))
    bad = DefectiveParts(place.defective)
    for number in range(defective):
        kept = bad.add(plates.plate(77 + number, blot=True, shift=(0, 0)))
        bad.set_mask(kept.file, blot_mask())
    return place
