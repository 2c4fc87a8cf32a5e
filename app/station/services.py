"""What the station is given by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.camera.source import FrameSource
from app.golden.set import GoldenSet
from app.station.inference import Predictor
from app.station.ledger import MakeWriter
from app.store.base import RecordStore


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """What the station works with.

    Attributes:
        store: Records and reviews.
        make_writer: Makes the record writer from its two callbacks, on_stored and on_fault.
        load: Loads and warms up a checkpoint by name or path; takes seconds.
        make_source: Makes an unopened source of a camera URI.
        golden: Golden samples; None where there are none.
    """

    store: RecordStore
    make_writer: MakeWriter
    load: Callable[[str], Predictor]
    make_source: Callable[[str], FrameSource]
    golden: GoldenSet | None = None


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
