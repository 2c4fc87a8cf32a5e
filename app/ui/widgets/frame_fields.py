"""Between what is drawn and the fields of a recipe."""

from __future__ import annotations

from collections.abc import Callable

from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import Anchor
from app.ui.widgets.frame_shapes import Box, Shapes

MakeAnchor = Callable[[Box], Anchor]


def shapes_of(recipe: Recipe) -> Shapes:
    """Return what a recipe says of its reference picture."""
    raise NotImplementedError


def with_shapes(recipe: Recipe, shapes: Shapes, make_anchor: MakeAnchor) -> Recipe:
    """Return the recipe with what is drawn now; nothing else of it changes.

    Args:
        recipe: What it was.
        shapes: What is drawn.
        make_anchor: Cuts the anchor out of the reference picture; asked only if the box is
            another one: `lambda box: anchor_from(reference, box, method)`.

    Raises:
        RecipeError: A recipe cannot hold this; the sentence says why.
    """
    raise NotImplementedError
