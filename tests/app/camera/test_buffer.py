from __future__ import annotations

import threading
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.camera.buffer import BufferFull, FrameBuffer
from app.camera.frame import BadFrame, Frame

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def frame(number: int) -> Frame:
    return Frame(np.zeros((2, 2, 3), np.uint8), number, 0.0, NOW, "test")


def bad(number: int) -> BadFrame:
    return BadFrame(number, 0.0, NOW, "test", "damaged")


def numbers(buffer: FrameBuffer) -> list[int]:
    taken = []
    while (item := buffer.get(timeout=0)) is not None:
        taken.append(item.number)
    return taken


def test_the_newest_frame_wins_and_drops_are_counted() -> None:
    buffer = FrameBuffer(2)
    assert all(buffer.put(frame(n)) for n in range(5))
    assert buffer.dropped == 3
    assert numbers(buffer) == [3, 4]


def test_a_full_buffer_is_a_fault_where_nothing_may_be_lost() -> None:
    buffer = FrameBuffer(2, overwrite=False)
    buffer.put(frame(0))
    buffer.put(frame(1))
    with pytest.raises(BufferFull):
        buffer.put(frame(2))
    assert buffer.dropped == 1
    assert numbers(buffer) == [0, 1]


def test_damaged_frames_are_never_dropped() -> None:
    newest_wins = FrameBuffer(1)
    for item in (bad(0), frame(1), bad(2), frame(3)):
        newest_wins.put(item)
    assert numbers(newest_wins) == [0, 2, 3]
    strict = FrameBuffer(1, overwrite=False)
    strict.put(frame(0))
    assert strict.put(bad(1))
    assert numbers(strict) == [0, 1]


def test_a_producer_that_waits_loses_nothing() -> None:
    buffer = FrameBuffer(2, wait=True)

    def produce() -> None:
        for n in range(50):
            assert buffer.put(frame(n))
        buffer.close()

    thread = threading.Thread(target=produce)
    thread.start()
    taken = []
    while (item := buffer.get()) is not None:
        taken.append(item.number)
    thread.join()
    assert taken == list(range(50))
    assert buffer.dropped == 0


def test_waiting_for_room_has_a_limit() -> None:
    buffer = FrameBuffer(1, wait=True)
    assert buffer.put(frame(0))
    assert not buffer.put(frame(1), timeout=0.01)
    assert numbers(buffer) == [0]


def test_closing_wakes_both_sides_and_keeps_what_is_inside() -> None:
    buffer = FrameBuffer(1, wait=True)
    buffer.put(frame(0))
    refused: list[bool] = []
    thread = threading.Thread(target=lambda: refused.append(buffer.put(frame(1))))
    thread.start()
    buffer.close()
    thread.join(5)
    assert refused == [False]
    assert not buffer.ended
    assert numbers(buffer) == [0]
    assert buffer.ended
    assert buffer.get() is None
    assert not buffer.put(frame(2))


def test_an_impossible_size_is_refused() -> None:
    with pytest.raises(ValueError, match="size 0"):
        FrameBuffer(0)


@given(st.integers(1, 4), st.lists(st.sampled_from(["put", "bad", "get"]), max_size=40))
def test_every_frame_is_taken_or_counted_in_order(size: int, steps: list[str]) -> None:
    buffer, taken, put = FrameBuffer(size), [], 0
    for step in steps:
        if step == "get":
            item = buffer.get(timeout=0)
            taken += [] if item is None else [item.number]
        else:
            buffer.put(frame(put) if step == "put" else bad(put))
            put += 1
    taken += numbers(buffer)
    assert taken == sorted(set(taken))
    assert len(taken) + buffer.dropped == put
