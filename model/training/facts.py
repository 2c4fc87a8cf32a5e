"""What the files of a run say of how they were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from model.training.material import Material
from model.training.plan import TrainPlan
from model.training.start import Start

_LOOP = ("epochs", "batch_size", "accumulate", "optimizer", "learning_rate", "weight_decay", "seed")


@dataclass(frozen=True, slots=True)
class Facts:
    """Notes for every file of a run.

    Attributes:
        name: For people.
        extra: JSON values by name.
    """

    name: str
    extra: dict[str, Any]


def facts_of(
    plan: TrainPlan, data: str, material: Material, start: Start, weights: Mapping[str, float]
) -> Facts:
    """Return the notes of a run: recipe, pictures, network, loop; no path of this machine.

    Args:
        plan: The run.
        data: Name of the data set.
        material: What it learns from.
        start: What it starts from.
        weights: Of all losses.
    """
    loop = asdict(plan.loop)
    extra = {
        "recipe": plan.recipe.name,
        "data": data,
        "pictures": material.counts(),
        "painted_defects": material.painted,
        "class_names": list(material.class_names),
        "start": plan.start.name if plan.start else "random",
        "backbone": start.backbone,
        "unfreeze": plan.unfreeze,
        "loss_weights": dict(weights),
        **{name: loop[name] for name in _LOOP},
    }
    return Facts(plan.name or data, extra)
