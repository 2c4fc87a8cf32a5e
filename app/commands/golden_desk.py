"""What the actions of `golden` work with: store, recipe, model, pictures."""

from __future__ import annotations

import argparse
from pathlib import Path

from app import checkpoints, paths
from app.camera.frame import Image
from app.errors import UsageError
from app.golden.set import GoldenSet
from app.inspection.golden import GoldenSample
from app.inspection.recipe import Recipe
from app.settings import station as station_settings
from app.settings.recipes import RecipeBook
from app.store import open_store
from app.store.evidence import EvidenceStore
from model.images import read_image
from model.predictor import Predictor


class GoldenDesk:
    """What every action works with; close it.

    Args:
        options: The command line.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.home = paths.home(options.home)
        self.settings = station_settings.load(self.home.settings)
        url = self.settings.database_url or self.home.database_url
        if url == self.home.database_url and not (self.home.root / "station.db").is_file():
            raise UsageError(f"There is no database in {self.home.root}; run the station first.")
        self.store = open_store(url)
        self.golden = GoldenSet(self.store.golden, self.home.golden)
        self.options = options

    def recipe(self) -> Recipe:
        """Return the recipe of the command line, else the one used last."""
        recipe = RecipeBook(self.store).load(self.options.recipe or self._last_recipe())
        other = getattr(self.options, "checkpoint", None)
        return recipe.with_checkpoint(other) if other else recipe

    def predictor(self, recipe: Recipe) -> Predictor:
        """Load the recipe's checkpoint."""
        return checkpoints.load_predictor(recipe.checkpoint, self.home, self.options.device)

    def sample(self, recipe: str, name: str) -> GoldenSample:
        """Return the sample in use of a name."""
        samples = self.golden.samples(recipe)
        for sample in samples:
            if name in (sample.name, sample.id):
                return sample
        known = ", ".join(sample.name for sample in samples) or "none"
        raise UsageError(f"Recipe {recipe} has no golden sample {name!r}; known are: {known}.")

    def picture(self) -> tuple[Image, str]:
        """Return the picture of the command line and a name for it."""
        file, wanted = self.options.image, self.options.record
        if file is not None:
            return read_image(file), file.stem
        record = self.store.get(wanted)
        if record is None:
            raise UsageError(f"There is no record {wanted!r}.")
        if record.evidence is None:
            raise UsageError(f"The picture of record {wanted} was not kept; choose another part.")
        folder = self.settings.evidence_folder
        evidence = EvidenceStore(Path(folder) if folder else self.home.evidence)
        return evidence.load_image(record.evidence), f"{record.context.lot} {record.serial}".strip()

    def _last_recipe(self) -> str:
        if not self.settings.recipe:
            raise UsageError("No recipe was used yet; name one with --recipe.")
        return self.settings.recipe
