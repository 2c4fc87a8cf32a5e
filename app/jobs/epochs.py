"""The curve of a training: one line per epoch, kept beside its job."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app import log

_SUFFIXES = (".safetensors", ".pth")


@dataclass(frozen=True, slots=True)
class EpochPoint:
    """What an epoch came to.

    Attributes:
        number: From 1.
        losses: Mean of each loss by name; "total" is what was trained on, "validation" the
            same on the pictures that were kept for choosing.
        figures: By name on those pictures, such as "image_auroc", 0 to 1.
        seconds: Time that it took.
    """

    number: int
    losses: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    @classmethod
    def from_json(cls, values: Any) -> EpochPoint | None:
        """Read what the command tells of an epoch; None if it is something else."""
        try:
            return cls(
                int(values["number"]),
                _numbers(values["losses"]),
                _numbers(values["metrics"]),
                float(values["seconds"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    found = {str(name): float(one) for name, one in values.items() if one is not None}
    return {name: one for name, one in found.items() if math.isfinite(one)}


class EpochFile:
    """Lines of JSON, the newest last; a line that was told twice counts once.

    Args:
        file: Made with the first line.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def append(self, values: Mapping[str, Any]) -> None:
        """Add what the command told; a full disk costs the curve, not the training."""
        try:
            with self._file.open("ab") as stream:
                # A line torn by a crash must not swallow this one.
                stream.write(f"\n{json.dumps(dict(values))}\n".encode())
        except OSError as error:
            log.station.warning("an epoch's line cannot be kept: %s", error)

    def read(self) -> tuple[EpochPoint, ...]:
        """Return the epochs in their order; what is damaged is left out."""
        try:
            lines = self._file.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return ()
        except OSError as error:
            log.station.warning("the curve %s cannot be read: %s", self._file, error)
            return ()
        found = {point.number: point for line in lines if (point := _point(line))}
        return tuple(found[number] for number in sorted(found))

    def clear(self) -> None:
        """Remove the file.

        Raises:
            OSError: It cannot be removed.
        """
        self._file.unlink(missing_ok=True)


def _point(line: str) -> EpochPoint | None:
    try:
        return EpochPoint.from_json(json.loads(line))
    except ValueError:
        return None


def kept_epochs(folder: Path) -> dict[int, Path]:
    """Return the checkpoints of a run's epochs by their number; empty without a folder.

    An epoch that has a file of our own and an official one is listed with ours, which holds
    all of it.
    """
    found: dict[int, Path] = {}
    try:
        files = sorted(folder.iterdir(), key=lambda file: file.suffix != _SUFFIXES[0])
    except OSError:
        return {}
    for file in files:
        number = file.stem.removeprefix("epoch_")
        if file.suffix in _SUFFIXES and file.stem != number and number.isdecimal():
            found.setdefault(int(number), file)
    return dict(sorted(found.items()))


def best_epoch(points: Sequence[EpochPoint]) -> int:
    """Return the number of the epoch with the highest quality, 0 without any.

    Where qualities are equal the lower loss on the validation pictures wins, then the earlier
    epoch: as the training itself chooses.
    """
    best: tuple[float, float] | None = None
    number = 0
    for point in points:
        key = (point.figures.get("quality", -math.inf), -point.losses.get("validation", 0.0))
        if best is None or key > best:
            best, number = key, point.number
    return number
