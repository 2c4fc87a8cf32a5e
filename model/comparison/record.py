"""What is known of one detector of a comparison, as its processes leave it on the disk."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TypeVar
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError

from model.atomic import whole_file
from model.comparison.contender import Contender
from model.comparison.cost import Cost
from model.comparison.pixel_counts import PixelCounts
from model.comparison.resources import Resources
from model.comparison.speed import Speed
from model.errors import ModelError

MODEL, LEARNED, JUDGED, FAILURE = "model.safetensors", "learned.json", "judged.json", "failure.json"
SCORES, PIXELS, LOG = "scores.npz", "pixels.npz", "log.txt"
_ValueT = TypeVar("_ValueT")


class Stage(Enum):
    """The two pieces of work on a detector, each in a process of its own."""

    LEARN = "learn"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True)
class Learning:
    """How a detector learned.

    Attributes:
        seconds: From the first picture read to the finished limits.
        good: Good pictures that it was given.
        defects: Defective ones.
        epochs: Epochs, 0 where nothing was trained.
        resources: What the process took.
    """

    seconds: float
    good: int
    defects: int
    epochs: int
    resources: Resources


@dataclass(frozen=True, slots=True)
class Judging:
    """What a detector is and how fast it judged; the scores lie beside it.

    Attributes:
        detector: Kind in the registry.
        backbone: Its frozen backbone, "" without.
        device: Where it ran, for people.
        limit: Own limit of the checkpoint, raw unit; None if not calibrated.
        explains: Its map explains the verdict and measures nothing.
        speed: How fast.
        cost: How large.
        program_mib: Peak RAM before the checkpoint was loaded: Python and libraries.
    """

    detector: str
    backbone: str
    device: str
    limit: float | None
    explains: bool
    speed: Speed
    cost: Cost
    program_mib: float | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there are no figures.

    Attributes:
        stage: What was being done.
        sentence: For people.
        log: File with more of it; "" for none.
    """

    stage: str
    sentence: str
    log: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What a detector said of every test picture.

    Attributes:
        values: (n,) float64 image scores in the order of the test.
        heat: (n, s, s) uint8 maps for pictures: 0 up to what a twentieth of a typical (median)
            good test picture exceeds, 255 from the highest value of a typical defective one.
    """

    values: npt.NDArray[np.float64]
    heat: npt.NDArray[np.uint8]

    def save(self, path: Path) -> None:
        """Write the scores, whole or not at all."""
        with whole_file(path) as part, part.open("wb") as stream:
            np.savez_compressed(stream, values=self.values, heat=self.heat)

    @classmethod
    def load(cls, path: Path) -> Scores:
        """Read what `save` wrote."""
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as found:
            return cls(found["values"], found["heat"])


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """All of one detector.

    Attributes:
        contender: Who.
        learning: None for a finished checkpoint, and where it failed.
        judging: None where it failed.
        scores: None where it failed.
        pixels: None where it failed, or where no defect's place is known.
        failure: None where it did not fail.
    """

    contender: Contender
    learning: Learning | None = None
    judging: Judging | None = None
    scores: Scores | None = None
    pixels: PixelCounts | None = None
    failure: Failure | None = field(default=None)


def read_record(folder: Path, contender: Contender, pictures: int) -> Record | None:
    """Return what lies in a detector's folder; None if it is not judged to the end.

    Args:
        folder: The detector's own.
        contender: Who it is.
        pictures: Of the test; scores of another number are not taken.
    """
    try:
        judging = read(folder / JUDGED, Judging)
        scores = Scores.load(folder / SCORES)
        if len(scores.values) != pictures:
            return None
        pixels = PixelCounts.load(folder / PIXELS) if (folder / PIXELS).is_file() else None
        learning = read(folder / LEARNED, Learning) if contender.learns else None
    except (OSError, EOFError, KeyError, ValueError, BadZipFile, ModelError):
        # cut off or from another version: it is made anew
        return None
    return Record(contender, learning, judging, scores, pixels)


def write(path: Path, value: object) -> None:
    """Write a dataclass as JSON, whole or not at all.

    Raises:
        ModelError: The file cannot be written.
    """
    data = TypeAdapter(type(value)).dump_python(value, mode="json")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part:
            part.write_text(json.dumps(data, indent=1), encoding="utf-8")
    except OSError as error:
        raise ModelError(f"Cannot write {path}: {error.strerror or error}; make room.") from error


def read(path: Path, kind: type[_ValueT]) -> _ValueT:
    """Return the dataclass that `write` wrote.

    Raises:
        ModelError: The file is missing or damaged.
    """
    try:
        return TypeAdapter(kind).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelError(f"{path} cannot be read or is damaged; delete it.") from error
