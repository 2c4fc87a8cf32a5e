"""The version of a recipe that a station begins with."""

from __future__ import annotations

from app import log
from app.errors import RecipeError
from app.inspection.recipe import Recipe
from app.settings.recipe_approval import Approvals
from app.settings.recipes import RecipeBook
from app.settings.station import StationSettings


def recipe_to_begin(
    book: RecipeBook, approvals: Approvals, settings: StationSettings, wanted: str = ""
) -> Recipe:
    """Return the recipe to begin with: a new version that nobody approved is left out.

    Args:
        book: The recipes.
        approvals: Which versions may be used.
        settings: What was in force last.
        wanted: Name from the command line, "" for none.

    Raises:
        RecipeError: The command line names a recipe that does not exist, or of which no
            version may be used.
    """
    first = book.first(settings.recipe)
    if wanted:
        recipe = book.load(wanted, approvals.newest_usable(wanted))
        approvals.require(recipe)
        return recipe
    if not approvals.required:
        return first
    for name in dict.fromkeys((first.name, *book.names())):
        version = approvals.newest_usable(name)
        try:
            if version is not None:
                return book.load(name, version)
        except RecipeError as error:
            log.station.warning("recipe %s version %d cannot be used: %s", name, version, error)
    # Nothing was ever approved: the window has to open, so that somebody can.
    return first
