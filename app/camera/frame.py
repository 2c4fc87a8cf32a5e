"""One picture of the camera and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What a source knows of its own picture (demo line, labelled folders); for tests.

    Attributes:
        verdict: "ok" or "ng".
        defect: Kind of defect, "" if good.
        mask: (H, W) uint8, 255 where defective; None if unknown.
    """

    verdict: Literal["ok", "ng"]
    defect: str = ""
    mask: Image | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame as it leaves a source.

    Attributes:
        image: (H, W, 3) uint8 BGR, C-contiguous, read-only.
        number: Counts the frames of one source from 0, without gaps; also the trigger number.
        taken: When the picture arrived, seconds, monotonic clock.
        taken_utc: The same moment, timezone-aware UTC.
        source: Description of the source, without passwords.
        grab_ms: Time that reading and decoding took, milliseconds.
        truth: What the source knows of it; None for real cameras.
    """

    image: Image
    number: int
    taken: float
    taken_utc: datetime
    source: str
    grab_ms: float = 0.0
    truth: Truth | None = None


@dataclass(frozen=True, slots=True)
class BadFrame:
    """A trigger or file of which there is no picture to judge; it ends in an ERROR record.

    Attributes:
        number: Its place among the frames of the source.
        taken: When it was noticed, seconds, monotonic clock.
        taken_utc: The same moment, timezone-aware UTC.
        source: Description of the source, without passwords.
        message: What is wrong, one sentence for people.
    """

    number: int
    taken: float
    taken_utc: datetime
    source: str
    message: str
