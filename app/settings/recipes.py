"""Recipes of a station: list, load, save, history, one file in and out."""

from __future__ import annotations

from pathlib import Path

from app import log
from app.errors import RecipeError
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.settings.files import write_text
from app.store.base import RecordStore

DEMO = Recipe(
    name="demo",
    product="Demo flange",
    camera="sim:",
    checkpoint="demo.safetensors",
    region_of_interest=(200, 72, 880, 880),
)
"""The demo line's own: its checkpoint has seen nothing but this part in this place."""

GENERAL = Recipe(name="general", camera="index:0", checkpoint="default.safetensors")
"""For any picture: zero-shot, whole frame. A start until the product has been taught."""


class RecipeBook:
    """The recipes in the store; every change is a new version, nothing is overwritten.

    Every method raises `StoreError` if the database fails.
    """

    def __init__(self, store: RecordStore) -> None:
        self._store = store

    def names(self) -> list[str]:
        """Return the names of all recipes, in order."""
        return sorted(name for name, _ in self._store.recipes())

    def load(self, name: str, version: int | None = None) -> Recipe:
        """Return a recipe, the newest version unless one is given.

        Raises:
            RecipeError: There is none of that name, or it is damaged.
        """
        document = self._store.recipe(name, version)
        if document is None:
            known = ", ".join(self.names()) or tr("none")
            raise RecipeError(
                tr("There is no recipe {name!r}; known are: {known}.").format(
                    name=name if version is None else f"{name} {version}", known=known
                )
            )
        return Recipe.from_json(document)

    def save(self, recipe: Recipe, *, author: str = "", reason: str = "") -> Recipe:
        """Keep a recipe as its next version and return it as it was kept."""
        newest = dict(self._store.recipes()).get(recipe.name, 0)
        kept = recipe.model_copy(update={"version": newest + 1})
        self._store.save_recipe(kept.to_json(), kept.name, kept.version, author, reason)
        log.station.info("recipe %s version %d saved", kept.name, kept.version)
        return kept

    def first(self, wanted: str = "") -> Recipe:
        """Return the recipe to begin with: `wanted` if there is one, else the demo or any.

        On the very first start the demo recipe is put in place.
        """
        names = self.names()
        for name in (wanted, DEMO.name, *names):
            if name not in names:
                if name == wanted and wanted:
                    log.station.warning("recipe %s is gone; another one is used", wanted)
                continue
            try:
                return self.load(name)
            except RecipeError as error:
                # One damaged recipe must not keep the station from starting.
                log.station.warning("recipe %s cannot be used: %s", name, error)
        return self.save(DEMO, reason="first start")

    def with_camera(self, recipe: Recipe, camera: str) -> Recipe:
        """Return a recipe with another camera for this run; nothing is saved but the general one.

        The demo recipe fits the demo line alone; with any other camera the general recipe
        takes its place, and is put there if it is missing.
        """
        if recipe.name == DEMO.name and not camera.startswith("sim:"):
            missing = GENERAL.name not in self.names()
            recipe = self.save(GENERAL, reason="first camera") if missing else self.load("general")
        return recipe.model_copy(update={"camera": camera})

    def export_file(self, name: str, file: Path) -> None:
        """Write a recipe to a JSON file.

        Raises:
            RecipeError: There is no such recipe.
            StoreError: The file cannot be written.
        """
        write_text(file, self.load(name).to_json() + "\n")

    def import_file(self, file: Path, *, author: str = "") -> Recipe:
        """Keep the recipe of a JSON file as the next version of its name.

        Raises:
            RecipeError: The file cannot be read or is not a recipe.
        """
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RecipeError(
                tr("{file} cannot be read as a recipe: {error}.").format(file=file, error=error)
            ) from error
        return self.save(Recipe.from_json(text), author=author, reason=f"import of {file.name}")
