"""What was learned, kept as a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model import checkpoint
from model.learning.learner import Learned
from model.learning.material import Material
from model.types import CheckpointInfo

LEARNER = "learner"
CHOICES = "choices"
"""Names of the facts in a checkpoint that say how to learn the product in the same way again."""

_MOST_NAMES = 500


def save_learned(
    path: Path,
    made: Learned,
    material: Material,
    *,
    name: str,
    way: str,
    given: Mapping[str, str],
    extra: Mapping[str, Any] | None = None,
) -> CheckpointInfo:
    """Write the checkpoint of what was learned, with what it was learned from.

    Args:
        path: Destination, ending in .safetensors.
        made: By the learner.
        material: That it was given.
        name: Of the checkpoint, for people.
        way: Name in `model.learners.LEARNERS`.
        given: Choices as typed; those left out are not among them.
        extra: Further facts, JSON values.

    Raises:
        CheckpointError: As `model.checkpoint.save`.
    """
    facts = {"seed": material.seed, LEARNER: way, CHOICES: dict(given)} | _counts(material)
    return checkpoint.save(
        path,
        made.detector,
        made.calibration,
        name=name,
        backbone_name=made.backbone_name,
        backbone_sha256=made.backbone_sha256,
        extra=facts | made.extra | dict(extra or {}),
    )


def _counts(material: Material) -> dict[str, Any]:
    """Return what was learned from: names, which a header holds some hundreds of, and numbers."""
    pairs = list(zip(material.names, material.labels, strict=True))
    named = {
        "good": [name for name, label in pairs if label.is_good],
        "defective": [name for name, label in pairs if not label.is_good],
    }
    facts: dict[str, Any] = {key: names for key, names in named.items() if names}
    if len(pairs) > _MOST_NAMES:
        facts = {}
    return facts | {"pictures": {f"train_{key}": len(names) for key, names in named.items()}}
