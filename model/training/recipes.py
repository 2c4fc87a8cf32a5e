"""The ways to train that are known to work, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from model.errors import ModelError


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to train a detector; every value can be overruled.

    Attributes:
        name: As `--recipe` knows it.
        detector: Kind of detector in the registry.
        loop: Values of `LoopConfig` that differ from its defaults.
        augments: Vary the pictures.
        paints: Paint defects onto good pictures, also where there are real ones.
        uses_test_part: Learn from the test part of an auxiliary data set, as the published
            zero-shot models do, instead of shots.
        starts_from_default: Start from the shipped checkpoint, unless sizes or another start are
            asked for.
        validation_share: Share of the shots kept for choosing the best epoch; 0 takes the last.
        mosaics_on: Data sets of which every fifth example becomes a 2 x 2 mosaic.
    """

    name: str
    detector: str
    loop: dict[str, Any] = field(default_factory=dict)
    augments: bool = False
    paints: bool = False
    uses_test_part: bool = False
    starts_from_default: bool = False
    validation_share: float = 0.0
    mosaics_on: tuple[str, ...] = ()


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "adclip",
            "ad_clip",
            {
                "epochs": 500,
                "learning_rate": 1e-4,
                "optimizer": "adamw",
                "schedule": "cosine",
                "warm_up": 0.05,
                "clip": 1.0,
                "average": 0.99,
                "turns": 8,
            },
            augments=True,
            paints=True,
            starts_from_default=True,
            validation_share=0.25,
        ),
        # Zhou et al., ICLR 2024, section 4.1, and the authors' script
        Recipe(
            "anomalyclip",
            "anomaly_clip",
            {
                "epochs": 15,
                "learning_rate": 1e-3,
                "optimizer": "adam",
                "betas": (0.5, 0.999),
                "weight_decay": 0.0,
            },
            uses_test_part=True,
        ),
        # Hu and Zhang, arXiv 2407.03634, and the authors' configuration
        Recipe(
            "sowa",
            "sowa",
            {
                "epochs": 1,
                "learning_rate": 1e-3,
                "optimizer": "adamw",
                "weight_decay": 0.2,
            },
            uses_test_part=True,
            mosaics_on=("mvtec",),
        ),
    )
}


def recipe(name: str) -> Recipe:
    """Return a recipe by name.

    Raises:
        ModelError: No recipe has that name.
    """
    found = RECIPES.get(name)
    if found is None:
        raise ModelError(f"No recipe is called {name!r}; use {', '.join(RECIPES)}.")
    return found
