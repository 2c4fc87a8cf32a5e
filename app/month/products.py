"""The products of the made-up month: what they score, what goes wrong, which recipe judges."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from app.inspection.recipe import Recipe
from app.inspection.verdict import Limits

MAP_TYPICAL: Final = 0.1
"""Map value of a typical normal, the same for every made-up checkpoint."""

MAP_LIMIT: Final = 0.5
"""Map value from which a pixel counts as defective."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Normal distributions of the image score, raw unit.

    Attributes:
        good_mean: Mean of good parts.
        good_sd: Standard deviation of good parts.
        bad_mean: Mean of defective parts.
        bad_sd: Standard deviation of defective parts.
    """

    good_mean: float
    good_sd: float
    bad_mean: float
    bad_sd: float


@dataclass(frozen=True, slots=True)
class Edition:
    """One recipe version with the checkpoint it names, in force from a day on.

    Attributes:
        from_day: First day of the month, counted from 0.
        recipe: The version.
        scores: What parts score under its checkpoint.
        author: Who saved the version.
        reason: Why.
    """

    from_day: int
    recipe: Recipe
    scores: Scores
    author: str
    reason: str

    @property
    def limits(self) -> Limits:
        """The limits in force."""
        recipe = self.recipe
        if recipe.ng_limit is None or recipe.map_limit is None:
            raise ValueError("a made-up recipe states its limits")
        return Limits(recipe.ng_limit, recipe.review_limit, recipe.map_limit, MAP_TYPICAL)


@dataclass(frozen=True, slots=True)
class Product:
    """One product.

    Attributes:
        editions: Its recipe versions, oldest first.
        defective_share: Share of parts that are defective.
        kinds: (kind of defect, share among the defects), the most frequent first.
        tint: Factors of the picture's blue, green and red.
    """

    editions: tuple[Edition, ...]
    defective_share: float
    kinds: tuple[tuple[str, float], ...]
    tint: tuple[float, float, float]

    @property
    def name(self) -> str:
        """Name of its recipe."""
        return self.editions[0].recipe.name

    def edition(self, day: int) -> Edition:
        """Return the recipe version in force on a day of the month."""
        return [edition for edition in self.editions if edition.from_day <= day][-1]


def fingerprint(checkpoint: str) -> str:
    """Return the sha256 that stands for a made-up checkpoint file, 64 hexadecimal digits."""
    return hashlib.sha256(f"made-up checkpoint {checkpoint}".encode()).hexdigest()


def _recipe(
    name: str,
    product: str,
    version: int,
    checkpoint: str,
    limits: tuple[float, float | None],
    kinds: tuple[tuple[str, float], ...],
    review_ok_share: float,
) -> Recipe:
    return Recipe(
        name=name,
        version=version,
        product=product,
        checkpoint=f"{checkpoint}.safetensors",
        checkpoint_sha256=fingerprint(checkpoint),
        ng_limit=limits[0],
        review_limit=limits[1],
        map_limit=MAP_LIMIT,
        mm_per_px=0.11,
        review_ok_share=review_ok_share,
        second_opinion_share=0.05,
        defect_kinds=tuple(kind for kind, _ in kinds),
        false_call_cost=0.8,
        escape_cost=120.0,
        golden_required=True,
    )


_GASKET = (("scratch", 0.45), ("dent", 0.3), ("contamination", 0.15), ("crack", 0.1))
_HOUSING = (("chipped_edge", 0.4), ("blocked_hole", 0.25), ("scratch", 0.2), ("stain", 0.15))
_CONNECTOR = (("misprint", 0.5), ("contamination", 0.3), ("dent", 0.2))


def _gasket(version: int, ng: float, review: float) -> Recipe:
    name = "Gasket 30 mm"
    return _recipe("gasket-30", name, version, "gasket-30-a", (ng, review), _GASKET, 0.02)


def _housing(version: int, checkpoint: str, ng: float, review: float) -> Recipe:
    name = "Housing HX-12"
    return _recipe("housing-12", name, version, checkpoint, (ng, review), _HOUSING, 0.03)


PRODUCTS: Final = (
    Product(
        (
            Edition(
                0,
                _gasket(1, 0.48, 0.45),
                Scores(0.30, 0.066, 0.66, 0.085),
                "Han J.",
                "Taught from 60 good parts",
            ),
            Edition(
                11,
                _gasket(2, 0.50, 0.46),
                Scores(0.30, 0.066, 0.66, 0.085),
                "정유진",
                "Fewer false calls: limit moved after the reviews of ten days",
            ),
        ),
        0.010,
        _GASKET,
        (1.0, 1.0, 1.0),
    ),
    Product(
        (
            Edition(
                0,
                _housing(1, "housing-12-a", 0.45, 0.41),
                Scores(0.28, 0.055, 0.55, 0.09),
                "Han J.",
                "Taught from 80 good parts",
            ),
            Edition(
                17,
                _housing(2, "housing-12-b", 0.44, 0.40),
                Scores(0.26, 0.050, 0.60, 0.085),
                "정유진",
                "New checkpoint, trained with 140 reviewed defects",
            ),
        ),
        0.016,
        _HOUSING,
        (1.1, 1.0, 0.86),
    ),
    Product(
        (
            Edition(
                0,
                _recipe(
                    "connector-8",
                    "Connector 8-pole",
                    1,
                    "connector-8-a",
                    (0.50, None),
                    _CONNECTOR,
                    0.02,
                ),
                Scores(0.35, 0.060, 0.62, 0.08),
                "Han J.",
                "Taught from 50 good parts",
            ),
        ),
        0.012,
        _CONNECTOR,
        (0.82, 1.0, 1.1),
    ),
)
