"""A judged part, offered to whoever judges it once more beside the line."""

from __future__ import annotations

from dataclasses import dataclass

from app.camera.buffer import FrameBuffer
from app.inspection.judgement import Inspection


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """A part that the line is done with.

    Attributes:
        inspection: The part with its picture and record.
        frames: Where the line's next frames wait.
        can_wait: The source waits for the judge (files, folders): no frame of it can be late.
    """

    inspection: Inspection
    frames: FrameBuffer
    can_wait: bool
