"""The newest picture wins; no announcement is lost and none piles up."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import numpy as np

from app.camera.frame import Frame
from app.inspection.record import Context
from app.station.picture import LivePicture, PictureSlot, live_picture
from tests.app.station.conftest import RECIPE


def picture(number: int) -> LivePicture:
    return LivePicture(np.zeros((2, 2, 3), np.uint8), 1.0, float(number))


def test_one_announcement_until_it_is_taken() -> None:
    announced: list[int] = []
    slot = PictureSlot(lambda: announced.append(1))
    for number in range(5):
        slot.put(picture(number))
    assert len(announced) == 1
    newest = slot.take()
    assert isinstance(newest, LivePicture)
    assert newest.taken == 4
    assert slot.take() is None
    slot.put(picture(5))
    assert len(announced) == 2


def test_two_threads_never_lose_the_last_picture() -> None:
    waiting = threading.Semaphore(0)
    slot = PictureSlot(waiting.release)
    seen: list[float] = []
    last = 3000

    def put() -> None:
        for number in range(last + 1):
            slot.put(picture(number))

    producer = threading.Thread(target=put)
    producer.start()
    deadline = time.monotonic() + 30
    while (not seen or seen[-1] != last) and time.monotonic() < deadline:
        if waiting.acquire(timeout=1) and (found := slot.take()) is not None:
            assert isinstance(found, LivePicture)
            seen.append(found.taken)
    producer.join()
    assert seen[-1] == last
    assert seen == sorted(seen)


def test_a_live_picture_is_the_frame_at_screen_size() -> None:
    image = np.full((480, 640, 3), 77, np.uint8)
    frame = Frame(image, 3, 12.5, datetime.now(UTC), "test")
    shown = live_picture(frame, RECIPE, Context(), 320)
    assert shown is not None
    assert shown.image.shape == (240, 320, 3)
    assert (shown.image == 77).all()
    assert (shown.scale, shown.taken) == (0.5, 12.5)


def test_what_is_no_image_is_not_shown() -> None:
    frame = Frame(np.zeros((0, 5, 3), np.uint8), 3, 12.5, datetime.now(UTC), "test")
    assert live_picture(frame, RECIPE, Context(), 320) is None
