"""The checkpoint that judged before, to be had back at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import psutil

from app import log
from app.errors import ExpectedError
from app.golden.check import GoldenCheck
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import RegionOfInterest
from app.station.inference import Predictor
from app.store.base import RecordStore
from model.errors import ModelError
from model.types import CheckpointInfo

RESERVE_MB = 1024.0
"""The previous checkpoint stays in memory while this much is free beside it, 10^6 bytes."""

_LOOKED_BACK = 50
_LIMITS = ("ng_limit", "review_limit", "map_limit")


def spare_memory_mb() -> float:
    """Return how much main memory programs may still take, 10^6 bytes."""
    return float(psutil.virtual_memory().available) / 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Previous:
    """What judged before.

    Attributes:
        recipe: The recipe as it was, with the limits of that checkpoint.
        info: The checkpoint.
        predictor: The model, warm; None if it has to be loaded again.
        golden: The golden check that it had passed; None if it had not.
    """

    recipe: Recipe
    info: CheckpointInfo
    predictor: Predictor | None = None
    golden: GoldenCheck | None = None


class PreviousShelf:
    """Remembers what judged before, by recipe; at most one model stays warm.

    Args:
        spare_mb: Returns the free memory of where models run, 10^6 bytes.
    """

    def __init__(self, spare_mb: Callable[[], float]) -> None:
        self._spare_mb = spare_mb
        self._known: dict[str, Previous] = {}

    def put(self, recipe: Recipe, predictor: Predictor, golden: GoldenCheck | None = None) -> None:
        """Remember what judged a recipe until now, warm if memory has room for it."""
        self._cool()
        self._known[recipe.name] = Previous(recipe, predictor.info, predictor, golden)
        self.trim()

    def put_cold(self, previous: Previous) -> None:
        """Remember what the recipe book says; nothing better is known."""
        self._known[previous.recipe.name] = previous

    def of(self, recipe: str) -> Previous | None:
        """Return what judged a recipe before; None if nothing did."""
        return self._known.get(recipe)

    def trim(self) -> None:
        """Let the warm model go if memory has become scarce."""
        if any(p.predictor for p in self._known.values()) and self._spare_mb() < RESERVE_MB:
            log.station.info("memory is scarce: the previous checkpoint is not kept warm")
            self._cool()

    def _cool(self) -> None:
        self._known = {n: replace(p, predictor=None) for n, p in self._known.items()}


def brought_back(now: Recipe, before: Recipe, sha256: str) -> Recipe:
    """Return a recipe with the checkpoint and limits that an earlier version had.

    Args:
        now: The recipe in force; all else of it stays.
        before: The version that the checkpoint belonged to.
        sha256: Hash of that checkpoint.
    """
    limits = {name: getattr(before, name) for name in _LIMITS}
    regions = {region.name: region for region in before.regions}
    kept = tuple(_region(region, regions.get(region.name)) for region in now.regions)
    return now.model_copy(
        update={
            **limits,
            "checkpoint": before.checkpoint,
            "checkpoint_sha256": sha256,
            "regions": kept,
        }
    )


def differ_in_name_alone(one: Recipe, other: Recipe) -> bool:
    """Return whether two recipes judge alike: all but version, hash and camera is the same."""
    names = ("version", "checkpoint_sha256", "camera")
    same = {name: getattr(one, name) for name in names}
    return other.model_copy(update=same) == one


def _region(now: RegionOfInterest, before: RegionOfInterest | None) -> RegionOfInterest:
    return now.model_copy(
        update={name: getattr(before, name) if before else None for name in _LIMITS}
    )


def from_book(
    store: RecordStore, recipe: Recipe, read_info: Callable[[str], CheckpointInfo]
) -> Previous | None:
    """Return the newest earlier version of a recipe that had another checkpoint. Blocks.

    Args:
        store: Where the versions are.
        recipe: The version in force.
        read_info: Reads the header of a checkpoint by name or path.

    Returns:
        None if there is none, or its file is gone.

    Raises:
        StoreError: The database fails.
    """
    oldest = max(0, recipe.version - 1 - _LOOKED_BACK)
    for version in range(recipe.version - 1, oldest, -1):
        document = store.recipe(recipe.name, version)
        if document is None:
            continue
        try:
            before = Recipe.from_json(document)
            if _same_checkpoint(before, recipe):
                continue
            return Previous(before, read_info(before.checkpoint))
        except (ExpectedError, ModelError) as error:
            log.station.info("version %d of %s cannot be had back: %s", version, recipe.name, error)
            return None
    return None


def _same_checkpoint(one: Recipe, other: Recipe) -> bool:
    hashes = (one.checkpoint_sha256, other.checkpoint_sha256)
    if all(hashes):
        return hashes[0] == hashes[1]
    return one.checkpoint == other.checkpoint
