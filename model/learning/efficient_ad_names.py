"""Other programs' names for EfficientAD's tensors, and whole detectors of theirs.

Two namings are about: numbers of the layers (nelson1425/EfficientAD) and words (anomalib:
conv1, enconv1, deconv1). The numbers are ours too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from model.errors import Misfit
from model.layers.pdn import SIZES
from model.weight_file import check_values, read_tensors

_PLAIN = {"conv": (0, 3, 6, 8)}
_MEDIUM = {"conv": (0, 3, 6, 8, 10, 12)}
_AUTOENCODER = {"enconv": (0, 2, 4, 6, 8, 10), "deconv": (12, 16, 20, 24, 28, 32, 36, 38)}
_WORD = re.compile(r"(conv|enconv|deconv)(\d+)")
_ROLES = {"teacher": "teacher", "student": "student", "ae": "autoencoder"}
_ENDS = frozenset({"weight", "bias"})
_STATISTICS = {"mean": "teacher_mean", "std": "teacher_std"}


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """A trained detector of another program.

    Attributes:
        size: Key of `model.layers.pdn.SIZES`.
        parts: "teacher", "student", "autoencoder": tensors by our names.
        statistics: "teacher_mean" and "teacher_std", (C,) each; empty where the file has none.
    """

    size: str
    parts: dict[str, dict[str, Tensor]]
    statistics: dict[str, Tensor]


def read_teacher(file: Path) -> tuple[str, dict[str, Tensor]]:
    """Return size and tensors, by our names, of a teacher's weight file.

    Args:
        file: Of `distill`, of nelson1425 (teacher_small.pth) or of anomalib
            (pretrained_teacher_small.pth); a whole detector's file serves too.

    Raises:
        CheckpointError: It is missing, damaged, would need code to be read, or is none.
    """
    tensors = _tensors(file)
    mine = _of_role(tensors, "teacher") or _of_role(tensors, "")
    return _size_of(mine, file), mine


def read_whole(file: Path) -> Whole:
    """Return a trained detector of anomalib (.ckpt) or with the names of nelson1425.

    Raises:
        CheckpointError: As `read_teacher`, or a part is missing.
    """
    tensors = _tensors(file)
    parts = {role: _of_role(tensors, role) for role in _ROLES.values()}
    for role, found in parts.items():
        if not found:
            raise Misfit(
                f"{file} holds no {role} of EfficientAD; give a whole checkpoint of anomalib."
            )
    return Whole(_size_of(parts["teacher"], file), parts, _statistics(tensors))


def _tensors(file: Path) -> dict[str, Tensor]:
    content: Mapping[str, Any] = read_tensors(file)
    inner = content.get("state_dict", content)
    found = dict(inner) if isinstance(inner, Mapping) else {}
    tensors = {str(key): value.detach() for key, value in found.items() if _is_tensor(value)}
    check_values(tensors)
    return tensors


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)


def _of_role(tensors: Mapping[str, Tensor], role: str) -> dict[str, Tensor]:
    """Return the tensors of a part by our names; of a file without parts with the role ""."""
    mine = {}
    for key, value in tensors.items():
        *prefix, layer, end = ["", "", *key.split(".")]
        if end in _ENDS and _role_of(prefix, layer) == role:
            mine[f"{layer}.{end}"] = value
    is_medium = "conv5.weight" in mine
    numbers = (_MEDIUM if is_medium else _PLAIN) | _AUTOENCODER
    return {_renamed(key, numbers): value.float() for key, value in mine.items()}


def _role_of(prefix: list[str], layer: str) -> str:
    if layer.startswith(("enconv", "deconv")) or "autoencoder" in prefix:
        return "autoencoder"
    return next((_ROLES[word] for word in prefix if word in _ROLES), "")


def _renamed(key: str, numbers: Mapping[str, tuple[int, ...]]) -> str:
    layer, end = key.split(".")
    match = _WORD.fullmatch(layer)
    if match is None:
        return key
    word, number = match.group(1), int(match.group(2))
    places = numbers[word]
    return f"{places[number - 1]}.{end}" if 1 <= number <= len(places) else key


def _size_of(teacher: Mapping[str, Tensor], file: Path) -> str:
    """Return the size whose first convolution a teacher has."""
    first = teacher.get("0.weight")
    for name, shape in SIZES.items():
        if first is not None and tuple(first.shape) == (shape.widths[0], 3, 4, 4):
            return name
    raise Misfit(
        f"{file} is no teacher of EfficientAD; make one with `distill`, or get teacher_small.pth."
    )


def _statistics(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    found = {}
    for key, value in tensors.items():
        *prefix, last = ["", *key.split(".")]
        if prefix[-1] == "mean_std" and last in _STATISTICS:
            found[_STATISTICS[last]] = value.float().flatten()
        elif key in _STATISTICS.values():
            found[key] = value.float()
    return found if len(found) == len(_STATISTICS) else {}
