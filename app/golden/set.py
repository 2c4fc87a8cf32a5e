"""Golden sets: which pictures there are, and how one comes in and goes out."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from app.camera.frame import Image
from app.errors import StoreError
from app.golden.measuring import GoldenError, measured
from app.i18n import tr
from app.inspection.golden import GoldenSample
from app.inspection.judgement import Predictor
from app.inspection.recipe import Recipe
from app.inspection.verdict import Verdict
from app.store.encoding import decode_image, encode_image
from model.atomic import whole_file


class Table(Protocol):
    """What is needed of `app.store.golden.GoldenTable`."""

    def add(self, sample: GoldenSample) -> None:
        """Commit one sample."""

    def samples(self, recipe: str) -> list[GoldenSample]:
        """Return the samples of a recipe that are in use."""

    def retire(self, sample_id: str, at: datetime) -> None:
        """Commit that a sample is used no longer."""

    def replace(self, sample_id: str, sample: GoldenSample) -> None:
        """Commit that one sample takes the place of another, or nothing at all."""


class GoldenSet:
    """Golden samples of all recipes: rows in the store, pictures in a folder.

    Every method may take long (database, files, model) and may be called from any thread.

    Args:
        table: Rows.
        folder: Pictures, PNG; made when needed. Nothing that a row names is ever removed.
    """

    def __init__(self, table: Table, folder: Path) -> None:
        self._table = table
        self.folder = folder

    def samples(self, recipe: str) -> list[GoldenSample]:
        """Return the samples of a recipe that are in use, the oldest first.

        Raises:
            StoreError: The database fails.
        """
        return self._table.samples(recipe)

    def load(self, sample: GoldenSample) -> Image:
        """Return a sample's picture, (H, W, 3) uint8 BGR.

        Raises:
            StoreError: The file is gone, cannot be read, or was changed.
        """
        folder = self.folder.resolve()
        path = (folder / sample.image).resolve()
        if not path.is_relative_to(folder):
            raise StoreError(tr("The picture lies outside the golden folder."))
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise StoreError(tr("The picture is not in the golden folder.")) from error
        except OSError as error:
            raise StoreError(tr("The picture cannot be read.")) from error
        if hashlib.sha256(data).hexdigest() != sample.image_sha256:
            raise StoreError(tr("The picture was changed since it was added."))
        return decode_image(data)

    def add(
        self,
        image: Image,
        name: str,
        recipe: Recipe,
        predictor: Predictor,
        *,
        expected: Verdict | None = None,
        by: str = "",
    ) -> GoldenSample:
        """Judge a picture, keep it as a golden sample and return that.

        Args:
            image: (H, W, 3) uint8 BGR, the whole frame.
            name: What people call it; unique among the recipe's samples in use.
            recipe: The recipe that it belongs to, as in force now.
            predictor: The model in force now.
            expected: The verdict that it must get; None for the one that it gets now.
            by: Who adds it.

        Raises:
            GoldenError: It is judged REVIEW or ERROR, not as expected, or the name is taken.
            StoreError: Disk or database fail; no row names a picture that is not there.
        """
        name = name.strip()
        self._check_name(name, recipe.name)
        sample = measured(image, name, recipe, predictor, expected, by)
        data = encode_image(image, "png")
        sample = replace(
            sample, image=f"{sample.id}.png", image_sha256=hashlib.sha256(data).hexdigest()
        )
        self._keep(sample.image, data)
        try:
            self._table.add(sample)
        except BaseException:
            # A picture that no row names would lie there for ever.
            with contextlib.suppress(OSError):
                (self.folder / sample.image).unlink(missing_ok=True)
            raise
        return sample

    def measure(
        self, sample: GoldenSample, recipe: Recipe, predictor: Predictor, by: str = ""
    ) -> GoldenSample:
        """Judge a sample anew, e.g. for another checkpoint; picture, name and verdict stay.

        The old row is retired, so that reports of earlier weeks still find it.

        Raises:
            GoldenError: It does not get the verdict that it must get.
            StoreError: Its picture is gone or changed, or the database fails.
        """
        image = self.load(sample)
        new = measured(image, sample.name, recipe, predictor, sample.verdict, by)
        new = replace(new, image=sample.image, image_sha256=sample.image_sha256)
        self._table.replace(sample.id, new)
        return new

    def retire(self, sample: GoldenSample) -> None:
        """Use a sample no longer; row and picture stay.

        Raises:
            StoreError: The database fails.
        """
        self._table.retire(sample.id, datetime.now(UTC))

    def _check_name(self, name: str, recipe: str) -> None:
        if not name:
            raise GoldenError(tr("A golden sample needs a name."))
        if any(known.name == name for known in self.samples(recipe)):
            text = tr("Recipe {recipe} has a golden sample {name} already; take another name.")
            raise GoldenError(text.format(recipe=recipe, name=name))

    def _keep(self, picture: str, data: bytes) -> None:
        """Write a picture: the whole file or none.

        Raises:
            StoreError: The disk is full, gone or read-only.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with whole_file(self.folder / picture) as part:
                part.write_bytes(data)
        except OSError as error:
            raise StoreError(
                tr("The golden picture cannot be written ({cause}); check the disk.").format(
                    cause=error.strerror or error
                )
            ) from error
