from __future__ import annotations

import itertools
import threading

import pytest

from app.camera import probing
from app.camera.controls import CONTROLS, read_back
from app.camera.probing import find_cameras
from app.camera.source import CameraNotFound, FrameSource
from tests.rigs.scripted_camera import ScriptedSource, block, fail, go


@pytest.fixture(autouse=True)
def four_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "candidates", lambda: (0, 1, 2, 3))


def test_only_cameras_that_send_a_picture_in_time_are_offered() -> None:
    hangs = threading.Event()
    made: dict[str, ScriptedSource] = {}

    def make(address: str) -> FrameSource:
        number = int(address.removeprefix("index:"))
        source = {
            0: ScriptedSource(itertools.repeat(go)),
            1: ScriptedSource(iter(()), opening=fail(CameraNotFound("none"))),
            2: ScriptedSource(iter([block(hangs)])),
        }[number]
        made[address] = source
        return source

    try:
        found = find_cameras({3}, make, limit_s=0.5)
    finally:
        hangs.set()
    assert [(one.index, one.width, one.height) for one in found] == [(0, 64, 48)]
    assert found[0].address == "index:0"
    assert "index:3" not in made
    # Whoever opened a camera has released it, in the same thread.
    assert made["index:0"].closed_by == [made["index:0"].opened_by]


def test_what_a_driver_does_not_know_is_left_out() -> None:
    class Driver:
        def get(self, prop: int, /) -> float:
            wide = CONTROLS["width_px"].prop
            return {wide: 640.0, CONTROLS["gain"].prop: -1.0}.get(prop, 0.0)

        def set(self, prop: int, value: float, /) -> bool:
            return False

    found = read_back(Driver())
    assert found["width_px"] == 640
    assert "gain" not in found
    assert "focus" not in found
    assert found["auto_exposure"] == 0
