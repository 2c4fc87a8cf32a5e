"""The sentences of the products screen."""

from __future__ import annotations

from pathlib import Path

from app.i18n import tr, trn
from app.inspection.recipe import Recipe
from app.settings.recipe_words import anchor_words, value_words
from app.ui.screens.products_loading import Product, Version

DASH = "–"


def list_row(product: Product, in_force: tuple[str, int] | None) -> tuple[str, ...]:
    """Return a recipe as a row of the list.

    Args:
        product: The recipe.
        in_force: Name and version of what judges; None if it is not known.
    """
    name = f"{product.product}\n{product.name}" if product.product else product.name
    return name, str(product.newest.version), _state(product, in_force)


def _state(product: Product, in_force: tuple[str, int] | None) -> str:
    if product.problem:
        return tr("✕ cannot be read")
    if in_force is not None and in_force[0] == product.name:
        if in_force[1] == product.newest.version:
            return tr("● in force")
        return tr("● in force (v{version})").format(version=in_force[1])
    if product.usable is None:
        return tr("waits for approval")
    if product.usable != product.newest.version:
        return tr("version {version} approved").format(version=product.usable)
    return ""


def version_row(
    version: Version, name: str, in_force: tuple[str, int] | None, required: bool
) -> tuple[str, ...]:
    """Return a version as a row of its table."""
    saved = version.saved
    state = []
    if version.recipe is None:
        state.append(tr("✕ cannot be read"))
    if in_force == (name, saved.version):
        state.append(tr("● in force"))
    if version.approval is not None:
        state.append(tr("✓ approved by {name}").format(name=version.approval.by))
    elif required and not version.usable:
        state.append(tr("waits for approval"))
    day = saved.saved_utc.astimezone().strftime("%Y-%m-%d %H:%M")
    author = saved.author or DASH
    return str(saved.version), day, author, saved.reason or DASH, ", ".join(state)


def recipe_facts(recipe: Recipe) -> str:
    """Return the chosen version in one or two lines."""
    count = len(recipe.regions)
    regions = trn("{count} region", "{count} regions", count).format(count=count)
    if not count:
        regions = tr("one region") if recipe.region_of_interest else tr("the whole picture")
    said = [
        recipe.product or DASH,
        tr("camera {camera}").format(camera=recipe.camera),
        tr("checkpoint {name}").format(name=Path(recipe.checkpoint).name),
        tr("NG limit: {limit}").format(limit=value_words("ng_limit", recipe.ng_limit, recipe)),
        regions,
        tr("alignment: {how}").format(how=anchor_words(recipe.anchor)),
    ]
    if recipe.scan_codes:
        said.append(tr("scan codes: {codes}").format(codes=", ".join(recipe.scan_codes)))
    return "  ·  ".join(said)
