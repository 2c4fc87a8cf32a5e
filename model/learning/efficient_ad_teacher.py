"""Where EfficientAD's teacher comes from, and its statistics on a product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from model.detectors.efficient_ad import EfficientAd
from model.errors import BackboneMissing
from model.learning.efficient_ad_names import read_teacher
from model.weight_file import SUFFIXES, file_sha256

AUTO = "auto"
SMALLEST = "xs"
_LEAST_SPREAD = 1e-6
_NAMES = {
    "xs": ("efficient_ad_teacher_xs",),
    "s": ("efficient_ad_teacher_s", "teacher_small", "pretrained_teacher_small"),
    "m": ("efficient_ad_teacher_m", "teacher_medium", "pretrained_teacher_medium"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Teacher:
    """A teacher's weights.

    Attributes:
        size: Key of `model.layers.pdn.SIZES`.
        state: Of `model.layers.pdn.Pdn`.
        file: Where they come from.
        sha256: Hash of the file.
    """

    size: str
    state: dict[str, Tensor]
    file: Path
    sha256: str


def find_teacher(file: Path | None, size: str, folders: Sequence[Path]) -> Teacher:
    """Return the teacher to learn from.

    Args:
        file: Weight file; None looks for the usual names in the folders.
        size: "xs", "s" or "m"; "auto" takes that of the file, without a file "xs".
        folders: Searched in order.

    Raises:
        CheckpointError: There is none, it is damaged, or it is of another size.
    """
    if file is None:
        wanted = SMALLEST if size == AUTO else size
        file = _found(wanted, folders)
    else:
        wanted = size
    found, state = read_teacher(file)
    if wanted not in (AUTO, found):
        raise BackboneMissing(f"The teacher {file} is of size {found}, not {wanted}; give another.")
    return Teacher(found, state, file, file_sha256(file))


def _found(size: str, folders: Sequence[Path]) -> Path:
    for folder in folders:
        for name in _NAMES[size]:
            for suffix in SUFFIXES:
                file = folder / f"{name}{suffix}"
                if file.is_file():
                    return file
    place = folders[-1] if folders else Path("weights")
    names = " or ".join(f"{name}.pth" for name in _NAMES[size][1:])
    published = f", or put the published {names} there" if names else ""
    raise BackboneMissing(
        f"The teacher of EfficientAD, size {size}, is missing: make one with `python "
        f"main.py distill --size {size} --out {place / _NAMES[size][0]}.safetensors`{published}."
    )


def set_statistics(detector: EfficientAd, inputs: Iterable[Tensor]) -> None:
    """Set the mean and the spread of the teacher's features (spec section 3).

    Each input counts alike. A channel that never changes gets a spread of almost nothing, not
    of nothing: what differs from it then stands out instead of becoming infinite.

    Args:
        detector: Its buffers are set.
        inputs: (B, 3, S, S) network inputs on the detector's device, at least one.
    """
    channels = len(detector.teacher_mean)
    first, second = torch.zeros(2, channels, dtype=torch.float64)
    count = 0
    for images in inputs:
        with torch.inference_mode():
            # (B, C, h, w) -> (B, C), in double precision: the two passes of the paper in one
            seen = detector.teacher(images).double().cpu()
            first += seen.mean((2, 3)).sum(0)
            second += seen.square().mean((2, 3)).sum(0)
        count += len(images)
    mean = first / count
    spread = (second / count - mean.square()).clamp_min(0).sqrt()
    least = max(_LEAST_SPREAD, 1e-3 * float(spread.mean()))
    detector.teacher_mean.copy_(mean)
    detector.teacher_std.copy_(spread.clamp_min(least))
