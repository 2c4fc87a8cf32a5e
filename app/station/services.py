"""What the station is given by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from app.camera.source import FrameSource
from app.golden.set import GoldenSet
from app.inspection.recipe import Recipe
from app.station.inference import Predictor
from app.station.ledger import MakeWriter
from app.station.previous import spare_memory_mb
from app.store.base import RecordStore
from model.types import CheckpointInfo


class Checked(Protocol):
    """What is needed of `app.candidates.check_report.CheckReport`."""

    @property
    def ok(self) -> bool:
        """It was loaded and has judged a picture."""

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""

    @property
    def info(self) -> CheckpointInfo | None:
        """What its header says; None if that cannot be understood."""

    @property
    def model_ms(self) -> float:
        """Time to judge one picture, milliseconds; 0 if it was not measured."""


@dataclass(frozen=True, slots=True)
class Unchecked:
    """The answer where nobody checks candidates before they are loaded."""

    ok: bool = True
    sentence: str = ""
    info: CheckpointInfo | None = None
    model_ms: float = 0.0


def _unchecked(path: Path, cancelled: Callable[[], bool]) -> Checked:
    return Unchecked()


def _allowed(recipe: Recipe) -> None:
    """Let every version of a recipe be used."""


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """What the station works with.

    Attributes:
        store: Records and reviews.
        make_writer: Makes the record writer from its two callbacks, on_stored and on_fault.
        load: Loads and warms up a checkpoint by name or path; takes seconds.
        make_source: Makes an unopened source of a camera URI.
        golden: Golden samples; None where there are none.
        check: Tries a candidate in a throw-away process; takes seconds, and asks meanwhile
            whether it may stop.
        allow: Raises `ExpectedError` if a version of a recipe may not be used for production.
        spare_mb: Returns the free memory of where models run, 10^6 bytes.
        read_info: Reads the header of a checkpoint by name or path; None: what judged before
            the program began cannot be had back by one action.
        name_of: Returns what a recipe calls a checkpoint file.
    """

    store: RecordStore
    make_writer: MakeWriter
    load: Callable[[str], Predictor]
    make_source: Callable[[str], FrameSource]
    golden: GoldenSet | None = None
    check: Callable[[Path, Callable[[], bool]], Checked] = _unchecked
    allow: Callable[[Recipe], None] = _allowed
    spare_mb: Callable[[], float] = spare_memory_mb
    read_info: Callable[[str], CheckpointInfo] | None = None
    name_of: Callable[[Path], str] = str


@dataclass(frozen=True, slots=True)
class Options:
    """How this run of the station differs from another.

    Attributes:
        picture_side: Longer side of the pictures for the window, pixels; 0 for none.
        quota: End after this many judged frames; 0 for no end.
        every: Judge every frame in order if the source can wait, whatever the recipe says.
        tally_since: Parts taken before are not counted; None for the whole lot.
    """

    picture_side: int = 1280
    quota: int = 0
    every: bool = False
    tally_since: datetime | None = None
