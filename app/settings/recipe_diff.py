"""What is different between two versions of a recipe, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.i18n import N_, tr
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import Anchor, RegionOfInterest
from app.settings import recipe_words as words
from app.settings.recipe_words import NOTHING

# The number of a version is no difference, nor is the number of the file format.
_UNSAID = ("format", "version")
_PARTS = ("regions", "anchor", "camera_settings", "name")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same.

    Attributes:
        field: What it is, in the user's language.
        before: What it was, in words; a dash for nothing.
        after: What it is now.
        key: Name in code, for lists and tests, e.g. "ng_limit" or "regions/left/ng_limit".
    """

    field: str
    before: str
    after: str
    key: str


def differences(a: Recipe, b: Recipe) -> tuple[Difference, ...]:
    """Return what is different in `b` from `a`, in words and in a fixed order.

    Two recipes give no difference only if they are equal but for name and version.
    """
    found: list[Difference] = []
    for field, name in words.FIELDS.items():
        before, after = getattr(a, field), getattr(b, field)
        if before != after:
            said = words.value_words(field, before, a), words.value_words(field, after, b)
            found.append(Difference(tr(name), *_told_apart(*said), key=field))
        if field == "region_of_interest":
            found += _regions(a, b)
        elif field == "exclusions":
            found += _anchor(a, b)
        elif field == "camera":
            found += _camera_settings(a, b)
    return tuple(found)


def unnamed_fields() -> tuple[str, ...]:
    """Return the fields of a recipe of which `differences` would say nothing; none, hopefully."""
    known = {*words.FIELDS, *_UNSAID, *_PARTS}
    return tuple(sorted(set(Recipe.model_fields) - known))


def _told_apart(before: str, after: str) -> tuple[str, str]:
    """Return both, with a word of the change if they read alike."""
    return (before, after) if before != after else (before, f"{after}, {tr('changed')}")


def _camera_settings(a: Recipe, b: Recipe) -> Iterator[Difference]:
    for field, name in words.CAMERA_FIELDS.items():
        before, after = getattr(a.camera_settings, field), getattr(b.camera_settings, field)
        if before != after:
            said = words.value_words(field, before, a), words.value_words(field, after, b)
            yield Difference(tr(name), *_told_apart(*said), key=f"camera_settings/{field}")


def _anchor(a: Recipe, b: Recipe) -> Iterator[Difference]:
    before, after = a.anchor, b.anchor
    if before == after:
        return
    if before is None or after is None:
        said = words.anchor_words(before), words.anchor_words(after)
        yield Difference(tr("Alignment"), *said, key="anchor")
        return
    yield from _anchor_parts(before, after, a)


def _anchor_parts(before: Anchor, after: Anchor, recipe: Recipe) -> Iterator[Difference]:
    for field, name in words.ANCHOR_FIELDS.items():
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            said = words.value_words(field, old, recipe), words.value_words(field, new, recipe)
            yield Difference(tr(name), *_told_apart(*said), key=f"anchor/{field}")
    if before.picture != after.picture:
        text = tr("Alignment: picture of the mark")
        yield Difference(text, tr("old picture"), tr("new picture"), key="anchor/picture")


def _regions(a: Recipe, b: Recipe) -> Iterator[Difference]:
    before = {region.name: region for region in a.regions}
    after = {region.name: region for region in b.regions}
    for name in (*before, *(name for name in after if name not in before)):
        yield from _region(name, before.get(name), after.get(name), b)
    kept = [name for name in before if name in after]
    if kept != [name for name in after if name in before]:
        said = ", ".join(before), ", ".join(after)
        yield Difference(tr("Order of the regions"), *said, key="regions/order")


_REGION = N_("Region {name}")


def _region(
    name: str, before: RegionOfInterest | None, after: RegionOfInterest | None, recipe: Recipe
) -> Iterator[Difference]:
    title, key = tr(_REGION).format(name=name), f"regions/{name}"
    if before is None or after is None:
        old = NOTHING if before is None else words.outline_words(before.polygon)
        new = NOTHING if after is None else words.outline_words(after.polygon)
        yield Difference(title, old, new, key=key)
        return
    if before.polygon != after.polygon:
        said = words.outline_words(before.polygon), words.outline_words(after.polygon)
        text = tr("Region {name}: outline").format(name=name)
        yield Difference(text, *_told_apart(*said), key=f"{key}/polygon")
    for field, text in words.REGION_FIELDS.items():
        limits = getattr(before, field), getattr(after, field)
        if limits[0] != limits[1]:
            # A region without a limit of its own has that of the recipe.
            old, new = (tr("that of the recipe") if v is None else f"{v:.6g}" for v in limits)
            yield Difference(
                tr(text).format(name=name), *_told_apart(old, new), key=f"{key}/{field}"
            )
