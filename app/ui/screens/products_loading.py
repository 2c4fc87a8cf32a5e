"""What the products screen shows, read on pool threads: recipes, versions, differences."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import RecipeError
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.settings.recipe_approval import Approval, Approvals
from app.settings.recipe_diff import Difference, differences
from app.store.base import RecipeVersion
from app.ui.qa_desk import QaDesk


@dataclass(frozen=True, slots=True)
class Product:
    """One recipe in the list.

    Attributes:
        name: Name of the recipe.
        product: What it is for; "" if nobody said.
        newest: Its newest version.
        usable: Newest version that may be used for production; None if there is none.
        problem: Why its newest version cannot be read; "" if it can.
    """

    name: str
    product: str
    newest: RecipeVersion
    usable: int | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the chosen recipe.

    Attributes:
        saved: Who saved it, when and why.
        recipe: The recipe; None if it cannot be read.
        approval: Who approved it; None if nobody did.
        usable: It may be used for production here.
        objection: Why it cannot be approved, one sentence; "" if it can.
    """

    saved: RecipeVersion
    recipe: Recipe | None
    approval: Approval | None
    usable: bool
    objection: str


def approvals_of(desk: QaDesk) -> Approvals:
    """Return who approved what on this desk's store."""
    return Approvals(desk.store, lambda: desk.keeper.settings)


def load_products(desk: QaDesk) -> tuple[Product, ...]:
    """Read the list of recipes; blocks.

    Raises:
        StoreError: The database fails.
    """
    approvals = approvals_of(desk)
    found: list[Product] = []
    for name in desk.recipes.names():
        newest = desk.store.recipe_history(name)[0]
        product, problem = "", ""
        try:
            product = desk.recipes.load(name).product
        except RecipeError as error:
            problem = str(error)
        found.append(Product(name, product, newest, approvals.newest_usable(name), problem))
    return tuple(found)


def load_versions(desk: QaDesk, name: str) -> tuple[Version, ...]:
    """Read all versions of a recipe, the newest first; blocks.

    Raises:
        StoreError: The database fails.
    """
    approvals = approvals_of(desk)
    approved = approvals.of(name)
    found: list[Version] = []
    for saved in desk.store.recipe_history(name):
        recipe: Recipe | None = None
        try:
            recipe = desk.recipes.load(name, saved.version)
        except RecipeError:
            # Shown without differences; it cannot be used, and the list says so.
            recipe = None
        approval = approved.get(saved.version)
        usable = recipe is not None and approvals.is_usable(name, saved.version)
        objection = approvals.objection(saved, name) if approvals.required else ""
        found.append(Version(saved, recipe, approval, usable, objection))
    return tuple(found)


def changes_between(before: Version | None, after: Version) -> tuple[Difference, ...]:
    """Return what is different from one version to another; none if one cannot be read."""
    if before is None or before.recipe is None or after.recipe is None:
        return ()
    return differences(before.recipe, after.recipe)


def difference_text(found: tuple[Difference, ...], most: int = 8) -> str:
    """Return differences as a few lines for a dialog."""
    lines = [f"{one.field}: {one.before} → {one.after}" for one in found[:most]]
    if len(found) > most:
        lines.append(tr("and {count} more").format(count=len(found) - most))
    return "\n".join(lines)
