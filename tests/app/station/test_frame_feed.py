from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.camera.source import CameraNotFound, FrameSource
from app.inspection.recipe_parts import CameraSettings
from app.station import tasks
from app.station.frame_feed import FrameFeed, same_camera
from app.station.status import StationState
from tests.app.station.conftest import WAIT_MS, MakeRig, Rig
from tests.rigs.scripted_camera import ScriptedSource, every, fail


class Bench:
    """A feed whose cameras are scripted; every address that was opened is noted."""

    def __init__(self, bot: QtBot, make: Callable[[], FrameSource], rig: Rig | None = None) -> None:
        self.bot = bot
        self.opened: list[str] = []
        self.made: list[FrameSource] = []
        self._make = make
        self.feed = FrameFeed(rig.station if rig else None, self._source)
        self.failures: list[str] = []
        self.healed = 0
        self.feed.failed.connect(self.failures.append)
        self.feed.healed.connect(self._on_healed)

    def _source(self, address: str) -> FrameSource:
        self.opened.append(address)
        self.made.append(self._make())
        return self.made[-1]

    def _on_healed(self) -> None:
        self.healed += 1

    def until(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=WAIT_MS)

    def frames(self, count: int) -> list[int]:
        """Wait for some frames and return their numbers."""
        numbers: list[int] = []

        def came() -> bool:
            frame = self.feed.take()
            if frame is not None:
                assert not frame.image.flags.writeable
                numbers.append(frame.number)
            return len(numbers) >= count

        self.until(came)
        return numbers


@pytest.fixture
def close(qtbot: QtBot) -> Iterator[list[Bench]]:
    benches: list[Bench] = []
    yield benches
    for bench in benches:
        bench.feed.stop()
    assert tasks.wait_all()


def steady() -> FrameSource:
    return ScriptedSource(itertools.repeat(every(0.01)))


def test_a_camera_of_its_own_is_opened_with_its_settings_and_closed(
    qtbot: QtBot, close: list[Bench]
) -> None:
    bench = Bench(qtbot, steady)
    close.append(bench)
    bench.feed.watch("index:3", CameraSettings(gain=4))
    numbers = bench.frames(3)
    assert numbers == sorted(set(numbers))
    assert bench.opened[0] == "index:3?gain=4"
    assert bench.healed == 1
    bench.feed.stop()
    assert tasks.wait_all()
    assert bench.feed.take() is None
    assert all(source.closed_by for source in bench.made if source.opened_by)  # type: ignore[attr-defined]


@pytest.mark.logs_expected
def test_a_camera_that_is_not_there_is_told_once_and_comes_back(
    qtbot: QtBot, close: list[Bench]
) -> None:
    missing: list[FrameSource] = [
        ScriptedSource(iter(()), opening=fail(CameraNotFound("No camera; plug it in.")))
        for _ in range(3)
    ]
    bench = Bench(qtbot, lambda: missing.pop() if missing else steady())
    close.append(bench)
    bench.feed.watch("index:0")
    bench.frames(2)
    assert bench.failures == ["No camera; plug it in."]
    assert bench.healed == 1
    assert bench.feed.problem == ""


def test_an_address_that_means_nothing_is_said(qtbot: QtBot) -> None:
    feed = FrameFeed()
    with qtbot.waitSignal(feed.failed, timeout=WAIT_MS) as told:
        feed.watch("nonsense:1")
    assert "nonsense:1" in told.args[0]
    feed.watch("")
    qtbot.waitUntil(lambda: "no line" in feed.problem, timeout=WAIT_MS)
    feed.stop()


def test_files_begin_again_at_the_end(
    qtbot: QtBot, close: list[Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.station.own_camera._FILE_PERIOD_S", 0.0)
    bench = Bench(qtbot, lambda: ScriptedSource(iter([every(0), every(0)]), live=False))
    close.append(bench)
    bench.feed.watch("folder:parts")
    assert bench.frames(5) == [0, 1, 0, 1, 0]


def test_the_lines_frames_are_taken_and_its_camera_is_not_opened_twice(
    make_rig: MakeRig, close: list[Bench]
) -> None:
    rig = make_rig()
    bench = Bench(rig.qtbot, steady, rig)
    close.append(bench)
    bench.feed.watch("")
    bench.until(lambda: "stopped" in bench.feed.problem)
    rig.run(parts=1)
    bench.frames(2)
    # The same camera by its address: still the line's frames.
    bench.feed.watch("GREY:")
    bench.frames(2)
    assert bench.feed.uses_line
    assert bench.opened == []
    judged = len(rig.inspected)
    rig.until(lambda: len(rig.inspected) > judged + 1)


def test_a_camera_of_its_own_is_given_up_when_the_line_wants_it(
    make_rig: MakeRig, close: list[Bench]
) -> None:
    rig = make_rig()
    bench = Bench(rig.qtbot, steady, rig)
    close.append(bench)
    rig.begin()
    bench.feed.watch("grey:")
    bench.frames(1)
    assert not bench.feed.uses_line
    assert bench.opened
    rig.station.start()
    rig.until_state(StationState.RUNNING)
    bench.until(lambda: bench.feed.uses_line)
    bench.frames(1)
    bench.until(lambda: all(s.closed_by for s in bench.made if s.opened_by))  # type: ignore[attr-defined]


def test_a_line_that_stops_is_said_here_too(make_rig: MakeRig, close: list[Bench]) -> None:
    rig = make_rig()
    bench = Bench(rig.qtbot, steady, rig)
    close.append(bench)
    rig.run()
    bench.feed.watch("")
    bench.frames(1)
    rig.stop()
    bench.until(lambda: "stopped" in bench.feed.problem)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("index:0", "INDEX: 00", True),
        ("index:0?gain=4", "index:0", True),
        ("index:0", "index:1", False),
        ("rtsp://cam/1#timeout=5", "rtsp://cam/1", True),
        ("rtsp://cam/1", "rtsp://cam/2", False),
        ("folder:a", "file:a", False),
    ],
)
def test_addresses_of_one_camera(one: str, other: str, same: bool) -> None:
    assert same_camera(one, other) is same
