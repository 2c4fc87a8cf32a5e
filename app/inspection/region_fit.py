"""Whether what a recipe judges lies within the frames of its camera."""

from __future__ import annotations

from collections.abc import Iterator

from app.i18n import tr
from app.inspection.recipe import Recipe

# A part that was found shifted may reach between two pixels; one that lies still may not.
_SLACK_PX, _SLACK_FOUND_PX = 1e-6, 1.0


def misfit(recipe: Recipe, width: int, height: int) -> str:
    """Return what does not lie within a frame, in one sentence; "" if all of it does.

    Areas that are left out may reach beyond the frame, but not lie outside altogether.

    Args:
        recipe: Regions, region of interest, exclusions and anchor.
        width: Of the frame, pixels.
        height: The same.
    """
    slack = _SLACK_PX if recipe.anchor is None else _SLACK_FOUND_PX
    for name, box in _boxes(recipe):
        x0, y0, x1, y1 = box
        if min(x0, y0) < -slack or x1 > width + slack or y1 > height + slack:
            text = tr(
                "{name} reaches beyond the picture of {width} x {height} px; draw it anew or set "
                "the camera right."
            )
            return text.format(name=name, width=width, height=height)
    for number, polygon in enumerate(recipe.exclusions, start=1):
        x0, y0, x1, y1 = _around(polygon)
        if x1 <= 0 or y1 <= 0 or x0 >= width or y0 >= height:
            text = tr("Area {number} that is left out lies outside the picture; draw it anew.")
            return text.format(number=number)
    return ""


def _boxes(recipe: Recipe) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    if recipe.region_of_interest is not None:
        x, y, w, h = recipe.region_of_interest
        yield tr("The region of interest"), (x, y, x + w, y + h)
    for region in recipe.regions:
        yield tr("Region {name}").format(name=region.name), _around(region.polygon)
    if recipe.anchor is not None:
        x, y, w, h = recipe.anchor.box
        yield tr("The mark for the alignment"), (x, y, x + w, y + h)


def _around(polygon: tuple[tuple[float, float], ...]) -> tuple[float, float, float, float]:
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return min(xs), min(ys), max(xs), max(ys)
