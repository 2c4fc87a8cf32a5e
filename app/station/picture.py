"""The picture on its way to the window: the newest wins, one announcement at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from app.camera.frame import Frame, Image
from app.inspection.judgement import Inspection as _Inspection
from app.inspection.judgement import Judgement, origin_of, to_record
from app.inspection.preview import Preview, preview
from app.inspection.recipe import Recipe
from app.inspection.record import Context, Latencies
from app.inspection.verdict import decide


@dataclass(frozen=True, slots=True, eq=False)
class LivePicture:
    """A frame that was not judged, at screen size; shown while the station is paused.

    Attributes:
        image: (h, w, 3) uint8 BGR, read-only.
        scale: Preview pixels per source pixel, at most 1.
        taken: When the frame was taken, seconds, monotonic clock.
    """

    image: Image
    scale: float
    taken: float


Picture = Preview | LivePicture


def live_picture(frame: Frame, recipe: Recipe, context: Context, side: int) -> LivePicture | None:
    """Return a frame at screen size, without heat or verdict; None if it is not an image."""
    # A record that is never stored: it only carries the frame into the one shrinking code.
    unjudged = Judgement(decide(None, None, fault="not-judged"))
    record = to_record(unjudged, origin_of(frame), None, recipe, context, Latencies())
    shown = preview(_Inspection(record, None, frame, recipe), side)
    return None if shown is None else LivePicture(shown.image, shown.scale, frame.taken)


class PictureSlot:
    """Holds the newest picture between the inference thread and the GUI thread.

    No lock: one thread puts, one takes, and each step is atomic. `put` announces only if
    the last announcement was answered, so a slow window never piles up signals.
    """

    def __init__(self, announce: Callable[[], None]) -> None:
        self._announce = announce
        self._newest: deque[Picture] = deque(maxlen=1)
        self._announced = False

    def put(self, picture: Picture) -> None:
        """Replace the waiting picture; announce it unless an announcement is outstanding."""
        self._newest.append(picture)
        if not self._announced:
            self._announced = True
            self._announce()

    def take(self) -> Picture | None:
        """Return the newest picture and allow the next announcement; None if there is none."""
        # The flag falls before the picture is taken: a picture put in between is announced
        # again (and then there is nothing to take), never forgotten.
        self._announced = False
        try:
            return self._newest.popleft()
        except IndexError:
            return None
