"""What the grabber tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.camera.picture_watch import PictureFault


class CameraState(Enum):
    """Where the connection to the camera stands."""

    CLOSED = "closed"
    CONNECTING = "connecting"
    STREAMING = "streaming"
    LOST = "lost"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """State of the camera at one moment.

    Attributes:
        state: CONNECTING until the first frame, LOST from a fault until the next frame,
            ENDED when a finite source is used up.
        message: What is wrong, one sentence; "" if nothing is.
        fps: Frames per second over the last two seconds.
        frames: Frames and damaged frames received so far.
        dropped: Frames that the buffers superseded or refused.
        reconnects: How often the camera came back.
        last_frame_at: When the last frame came, seconds, monotonic clock; None = never.
        refused: What the camera did not take of its settings, one sentence; "" if it took all.
        picture_fault: "black" or "frozen" if the pictures of a live camera show nothing new.
    """

    state: CameraState = CameraState.CLOSED
    message: str = ""
    fps: float = 0.0
    frames: int = 0
    dropped: int = 0
    reconnects: int = 0
    last_frame_at: float | None = None
    picture_fault: PictureFault = ""
    refused: str = ""
