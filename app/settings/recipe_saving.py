"""A recipe that a person changed, as its next version; who, why, and nothing trodden on."""

from __future__ import annotations

from app.errors import RecipeError, UsageError
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.settings.recipe_diff import differences
from app.settings.recipes import RecipeBook


def save_version(
    book: RecipeBook, recipe: Recipe, *, seen: int, author: str, reason: str
) -> Recipe:
    """Keep a recipe as the next version of its name; blocks.

    Args:
        book: The recipes.
        recipe: As it is wanted.
        seen: Newest version when the person began to change it; 0 for a new recipe.
        author: Who changed it; needed.
        reason: Why; needed.

    Raises:
        UsageError: Author or reason is missing.
        RecipeError: Somebody saved another version meanwhile, nothing is different, the name
            is taken, or another recipe has one of its scan codes.
        StoreError: The database fails.
    """
    author, reason = " ".join(author.split()), reason.strip()
    if not author or not reason:
        raise UsageError(tr("A recipe is saved with a name and a reason; give both."))
    newest = book.load(recipe.name).version if recipe.name in book.names() else 0
    if newest != seen:
        text = (
            tr("There is a recipe {name} already; take another name.")
            if seen == 0
            else tr("Recipe {name} was changed meanwhile (version {version}); load it again.")
        )
        raise RecipeError(text.format(name=recipe.name, version=newest))
    if newest and not differences(book.load(recipe.name), recipe):
        raise RecipeError(tr("Nothing is different from the newest version."))
    for code in recipe.scan_codes:
        if taken := [name for name in recipes_with_code(book, code) if name != recipe.name]:
            text = tr("Scan code {code} belongs to recipe {name} already.")
            raise RecipeError(text.format(code=code, name=taken[0]))
    return book.save(recipe, author=author, reason=reason)


def recipes_with_code(book: RecipeBook, code: str) -> list[str]:
    """Return the recipes that a scanned code calls up, by the newest version of each; blocks.

    A recipe's own name calls it up if no recipe has the code.

    Raises:
        StoreError: The database fails.
    """
    code, found, names = code.strip(), [], book.names()
    for name in names:
        try:
            if code in book.load(name).scan_codes:
                found.append(name)
        except RecipeError:
            # A damaged recipe has no codes; the list of recipes says that it is damaged.
            continue
    return found or [name for name in names if name == code]
