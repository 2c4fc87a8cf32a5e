"""A recipe of this station as one file; finds its checkpoint wherever it lies."""

from __future__ import annotations

from pathlib import Path

from app import checkpoints
from app.inspection.recipe import Recipe
from app.paths import Home
from app.settings.recipe_bundle import export_bundle
from app.store.database import Database


def export_recipe(store: Database, home: Home, recipe: Recipe, target: Path) -> Path:
    """Write recipe, checkpoint and golden pictures as one file; blocks.

    Args:
        store: For golden samples and versions.
        home: Folders of the station.
        recipe: The version.
        target: The file to write.

    Raises:
        ModelError: The checkpoint is not there any more.
        RecipeError: The checkpoint's file is another one.
        StoreError: A file cannot be read or written, or the database fails.
    """
    return export_bundle(store, home, recipe, checkpoint_of(recipe, home), target)


def checkpoint_of(recipe: Recipe, home: Home) -> Path:
    """Return the file of a recipe's checkpoint, whatever it is called by now.

    Raises:
        ModelError: No file has its name or hash.
    """
    if recipe.checkpoint_sha256:
        return checkpoints.by_hash(recipe.checkpoint_sha256, home, recipe.checkpoint)
    return checkpoints.resolve(recipe.checkpoint, home)
