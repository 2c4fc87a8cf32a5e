"""What judges the next part: recipe, model and the context it is put down to."""

from __future__ import annotations

from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.station.inference import Predictor, Setup
from app.station.preparing import Prepared


class InForce:
    """Recipe, context and, once it is loaded, the model. Used in one thread.

    Attributes:
        recipe: Recipe in force.
        context: Station, lot, shift, operator of the next parts.
        ready: The recipe with its model and plan; None while none could be loaded.
    """

    def __init__(self, recipe: Recipe, context: Context) -> None:
        self.recipe = recipe
        self.context = context
        self.ready: Prepared | None = None

    @property
    def predictor(self) -> Predictor | None:
        """The model; None while none is loaded."""
        return self.ready.predictor if self.ready else None

    def setup(self) -> Setup:
        """Return what the inference thread needs to judge."""
        return Setup(self.predictor, self.recipe, self.context)

    def take(self, prepared: Prepared) -> bool:
        """Put a prepared recipe in force; return whether another model came with it."""
        before = self.predictor
        self.ready, self.recipe = prepared, prepared.recipe
        return before is not prepared.predictor
