"""The record of one judged part: everything needed to judge it again."""

from __future__ import annotations

import os
import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.inspection.verdict import Decision, Limits, Verdict


@dataclass(frozen=True, slots=True)
class Latencies:
    """Where the time of one inspection went, each in milliseconds."""

    grab: float = 0.0
    wait: float = 0.0
    model: float = 0.0
    decide: float = 0.0
    store: float = 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Files kept of one part, relative to the evidence folder, forward slashes.

    Attributes:
        image: Raw image file.
        image_sha256: Hash of that file.
        map: 16-bit PNG of the anomaly map, "" if there is none.
        map_sha256: Hash of that file.
        map_low: Map value that 0 stands for.
        map_high: Map value that 65535 stands for.
    """

    image: str
    image_sha256: str
    map: str = ""
    map_sha256: str = ""
    map_low: float = 0.0
    map_high: float = 1.0


@dataclass(frozen=True, slots=True)
class Context:
    """What the station knows when a part is judged, apart from the picture."""

    station: str = "station-1"
    lot: str = ""
    shift: str = ""
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Optics:
    """What a picture says of camera, light and position, in the region of interest.

    Attributes:
        brightness: Mean grey value, 0..255.
        sharpness: Variance of the Laplacian (Pech-Pacheco et al., 2000), grey values squared.
        shift_x: Place of the part, pixels to the right of the middle.
        shift_y: Place of the part, pixels below the middle.
        colour_a: Mean of CIELAB a*, -128..127.
        colour_b: Mean of CIELAB b*, -128..127.
    """

    brightness: float
    sharpness: float
    shift_x: float
    shift_y: float
    colour_a: float
    colour_b: float


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a part lies in the frame, compared with the reference picture.

    Attributes:
        dx_px: Shift of the anchor's middle to the right, pixels of the frame.
        dy_px: The same downwards.
        turn_deg: Turn about the anchor's middle, degrees, clockwise on the screen.
        match: Normalised correlation of the anchor at that place, -1..1.
    """

    dx_px: float
    dy_px: float
    turn_deg: float
    match: float


@dataclass(frozen=True, slots=True)
class RegionResult:
    """What one region of a part came to.

    Attributes:
        name: The region's name in the recipe.
        verdict: Of this region alone.
        score: Image score of its worst tile, raw unit.
        ng_limit: Limit that it was judged by, raw unit; None if there was none.
    """

    name: str
    verdict: Verdict
    score: float
    ng_limit: float | None


@dataclass(frozen=True, slots=True)
class InspectionRecord:
    """One judged part. Every trigger ends in exactly one of these.

    Attributes:
        id: UUIDv7, ordered by time.
        context: Station, lot, shift, operator.
        recipe: Name of the recipe.
        recipe_version: Its version.
        serial: Trigger number or scanned serial.
        taken_utc: Capture time, timezone-aware UTC.
        taken_monotonic: Capture time, seconds, monotonic clock of that run.
        source: Description of the frame source.
        frame_width: Pixels.
        frame_height: Pixels.
        checkpoint: Name of the checkpoint.
        checkpoint_sha256: Its hash.
        detector: Name of the detector.
        limits: Limits in force; None if there were none (then the verdict is ERROR).
        score: Image score, raw unit; None if there was no prediction.
        decision: Verdict, reasons and regions.
        defect: Named kind of defect, "" if none.
        latencies: Where the time went.
        software: Version of the program.
        evidence: Files kept; None if none were.
        truth: What the source knows ("ok"/"ng"), None for real cameras.
        region_of_interest: (x, y, width, height) source pixels that the stored map covers and
            that all that was judged lies in; None for the whole frame. The same for all parts
            of a recipe's version.
        mm_per_px: Scale of the recipe; None when not set.
        product: Product of the recipe, "" when not set.
        optics: Camera, light and position; None without a picture.
        class_probabilities: (name, probability) of the model's classes, the likeliest first;
            empty where the model names none.
        sampled: An OK part that was drawn for review, see `app.inspection.drawing`.
        second_opinion: It was drawn to be reviewed by two persons.
        region_results: What each region came to, in the recipe's order; empty for recipes
            without regions. `score` and `limits` are those of the worst one.
        placement: Where the part lay; None for recipes without an anchor and where it was
            not found.
    """

    id: str
    context: Context
    recipe: str
    recipe_version: int
    serial: str
    taken_utc: datetime
    taken_monotonic: float
    source: str
    frame_width: int
    frame_height: int
    checkpoint: str
    checkpoint_sha256: str
    detector: str
    limits: Limits | None
    score: float | None
    decision: Decision
    latencies: Latencies
    software: str
    defect: str = ""
    evidence: Evidence | None = None
    truth: Literal["ok", "ng"] | None = None
    region_of_interest: tuple[int, int, int, int] | None = None
    mm_per_px: float | None = None
    product: str = ""
    optics: Optics | None = None
    class_probabilities: tuple[tuple[str, float], ...] = ()
    sampled: bool = False
    second_opinion: bool = False
    region_results: tuple[RegionResult, ...] = ()
    placement: Placement | None = None

    @property
    def verdict(self) -> Verdict:
        """The judgement."""
        return self.decision.verdict


def new_id() -> str:
    """Return a UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return str(uuid.UUID(int=value))
