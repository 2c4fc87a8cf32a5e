"""Between what is drawn and the fields of a recipe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app import i18n
from app.errors import RecipeError
from app.i18n import tr
from app.inspection.areas import is_upright
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import Anchor, RegionOfInterest
from app.ui.widgets.frame_new import REGION_NAME
from app.ui.widgets.frame_shapes import Box, Shapes, corners_of, whole_box

MakeAnchor = Callable[[Box], Anchor]

_FIELDS = ("regions", "region_of_interest", "exclusions", "anchor", "mm_per_px")


def shapes_of(recipe: Recipe) -> Shapes:
    """Return what a recipe says of its reference picture.

    A region of interest becomes a region with the first name that the editor gives.
    """
    regions = recipe.regions
    if recipe.region_of_interest is not None:
        name = tr(REGION_NAME).format(number=1)
        regions = (RegionOfInterest(name=name, polygon=corners_of(recipe.region_of_interest)),)
    return Shapes(
        regions=regions,
        exclusions=recipe.exclusions,
        anchor_box=recipe.anchor.box if recipe.anchor is not None else None,
        known_mm_per_px=recipe.mm_per_px,
    )


def with_shapes(recipe: Recipe, shapes: Shapes, make_anchor: MakeAnchor) -> Recipe:
    """Return the recipe with what is drawn now; nothing else of it changes.

    One upright rectangle that nobody has named and that has no limits of its own is kept as
    `region_of_interest`: its records then speak of the part and not of a region.

    Args:
        recipe: What it was.
        shapes: What is drawn.
        make_anchor: Cuts the anchor out of the reference picture; asked only if the box is
            another one: `lambda box: anchor_from(reference, box, method)`.

    Raises:
        RecipeError: A recipe cannot hold this; the sentence says why.
    """
    if recipe.tile_mm is not None and shapes.mm_per_px is None:
        text = tr("The recipe judges tiles of {size:g} mm and needs a scale; draw its line.")
        raise RecipeError(text.format(size=recipe.tile_mm))
    box = _only_box(shapes)
    changes: dict[str, Any] = {
        "regions": shapes.regions if box is None else (),
        "region_of_interest": box,
        "exclusions": shapes.exclusions,
        "anchor": _anchor(recipe, shapes.anchor_box, make_anchor),
        "mm_per_px": shapes.mm_per_px,
    }
    # From the JSON form, so that every rule of a recipe is checked.
    return Recipe.model_validate(recipe.model_dump(exclude=set(_FIELDS)) | changes)


def _anchor(recipe: Recipe, box: Box | None, make: MakeAnchor) -> Anchor | None:
    if box is None:
        return None
    if recipe.anchor is not None and recipe.anchor.box == box:
        return recipe.anchor
    return make(box)


def _only_box(shapes: Shapes) -> Box | None:
    """Return the region of interest that the regions amount to; None if they say more."""
    if len(shapes.regions) != 1:
        return None
    (region,) = shapes.regions
    own = (region.ng_limit, region.review_limit, region.map_limit)
    if any(limit is not None for limit in own) or region.name not in _first_names():
        return None
    box = whole_box(region.polygon)
    exact = is_upright(region.polygon) and set(corners_of(box)) == set(region.polygon)
    return box if exact else None


def _first_names() -> set[str]:
    """Return what the editor calls the first region, in every language."""
    names = set[str]()
    for code in i18n.LANGUAGES:
        with i18n.speaking(code):
            names.add(tr(REGION_NAME).format(number=1))
    return names
