"""The grabber's rules, on sources that hang, fail and break on command."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from app.camera import grabber as grabber_module
from app.camera.buffer import FrameBuffer
from app.camera.frame import BadFrame, Frame
from app.camera.grabber import CameraState, CameraStatus, Grabber
from app.camera.source import CameraLost, CameraNotFound, FrameSource, UnreadableFrame
from app.camera.uri import source_for
from app.errors import UsageError
from tests.rigs.scripted_camera import Act, ScriptedSource, block, every, fail, go

PATIENCE_S = 15.0
STEADY = every(0.02)


class Watched:
    """A grabber whose sources come from a list, the last one again and again."""

    def __init__(self, sources: Sequence[Callable[[], FrameSource]], *buffers: FrameBuffer):
        self.buffers = buffers or (FrameBuffer(1),)
        self.statuses: list[tuple[float, CameraStatus]] = []
        self.made: list[FrameSource] = []
        self._makers = itertools.chain(sources, itertools.repeat(sources[-1]))
        self._changed = threading.Condition()
        self.grabber = Grabber(self._make, self.buffers, self._on_status)

    def _make(self) -> FrameSource:
        self.made.append(next(self._makers)())
        return self.made[-1]

    def _on_status(self, status: CameraStatus) -> None:
        with self._changed:
            self.statuses.append((time.monotonic(), status))
            self._changed.notify_all()

    def wait_for(self, wanted: Callable[[CameraStatus], bool]) -> CameraStatus:
        def found() -> CameraStatus | None:
            return next((s for _, s in self.statuses if wanted(s)), None)

        with self._changed:
            assert self._changed.wait_for(lambda: found() is not None, PATIENCE_S), self.statuses
        status = found()
        assert status is not None
        return status

    def wait_state(self, state: CameraState) -> CameraStatus:
        return self.wait_for(lambda status: status.state is state)

    def states(self) -> list[CameraState]:
        return [key for key, _ in itertools.groupby(s.state for _, s in self.statuses)]


@pytest.fixture
def watch() -> Iterator[Callable[..., Watched]]:
    started: list[Watched] = []

    def start(sources: Sequence[Callable[[], FrameSource]], *buffers: FrameBuffer) -> Watched:
        started.append(Watched(sources, *buffers))
        started[-1].grabber.start()
        return started[-1]

    yield start
    for watched in started:
        watched.grabber.stop(timeout_s=5)


def camera(*acts: Act, live: bool = True, then: Act = STEADY) -> Callable[[], ScriptedSource]:
    endless = itertools.chain(acts, itertools.repeat(then))
    return lambda: ScriptedSource(endless if live else iter(acts), live=live)


def drain(buffer: FrameBuffer) -> list[Frame | BadFrame]:
    items = []
    while (item := buffer.get(timeout=PATIENCE_S)) is not None:
        items.append(item)
    return items


def test_a_finite_source_ends_and_every_frame_is_taken(watch: Callable[..., Watched]) -> None:
    buffer = FrameBuffer(2, wait=True)
    watched = watch([lambda: source_for("sim:fps=0,size=96x96,count=25")], buffer)
    items = drain(buffer)
    watched.wait_state(CameraState.ENDED)
    assert [item.number for item in items] == list(range(25))
    assert buffer.ended
    assert watched.grabber.status.frames == 25
    assert watched.states()[-1] is CameraState.ENDED


@pytest.mark.logs_expected
def test_a_hanging_read_is_announced_left_behind_and_released_in_its_own_thread(
    watch: Callable[..., Watched],
) -> None:
    driver = threading.Event()
    watched = watch([camera(go, go, block(driver)), camera()])
    watched.wait_state(CameraState.STREAMING)
    status = watched.wait_state(CameraState.LOST)
    assert "scripted camera" in status.message
    lost_at = next(at for at, s in watched.statuses if s.state is CameraState.LOST)
    last_frame = next(s.last_frame_at for at, s in watched.statuses if s.state is CameraState.LOST)
    assert last_frame is not None
    assert lost_at - last_frame < 2.0
    watched.wait_for(lambda s: s.reconnects == 1 and s.state is CameraState.STREAMING)
    hung = watched.made[0]
    assert isinstance(hung, ScriptedSource)
    assert hung.closed_by == []  # nobody touched it while it hangs
    frames_before = watched.grabber.status.frames
    driver.set()
    deadline = time.monotonic() + PATIENCE_S
    while not hung.closed_by and time.monotonic() < deadline:
        time.sleep(0.01)
    assert hung.closed_by == [hung.opened_by]
    assert watched.grabber.status.state is CameraState.STREAMING
    assert watched.grabber.status.frames >= frames_before


@pytest.mark.logs_expected
def test_the_late_frame_of_a_reader_left_behind_is_not_delivered(
    watch: Callable[..., Watched],
) -> None:
    driver = threading.Event()
    buffer = FrameBuffer(10_000, overwrite=False)
    watched = watch([camera(go, block(driver)), camera()], buffer)
    watched.wait_for(lambda s: s.reconnects == 1)
    driver.set()
    assert watched.grabber.stop(timeout_s=5)
    numbers = [item.number for item in drain(buffer)]
    assert numbers == list(range(len(numbers)))
    assert watched.grabber.status.frames == len(numbers)


@pytest.mark.logs_expected
def test_stop_is_prompt_while_a_read_hangs(watch: Callable[..., Watched]) -> None:
    driver = threading.Event()
    watched = watch([camera(go, block(driver))])
    watched.wait_state(CameraState.STREAMING)
    began = time.monotonic()
    assert not watched.grabber.stop(timeout_s=0.5)  # honest: the reader is still there
    assert time.monotonic() - began < 1.0
    assert watched.states()[-1] is CameraState.CLOSED
    assert watched.buffers[0].get() is None or watched.buffers[0].get() is None
    driver.set()


@pytest.mark.logs_expected
def test_no_more_readers_than_a_driver_can_bear(
    watch: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grabber_module, "OPEN_DEADLINE_S", 0.1)
    monkeypatch.setattr(grabber_module, "LONGEST_PAUSE_S", 0.1)
    driver = threading.Event()
    watched = watch([lambda: ScriptedSource(iter(()), opening=block(driver))])
    watched.wait_for(lambda s: "driver hangs" in s.message)
    assert len(watched.made) == grabber_module.MOST_HANGING
    driver.set()


@pytest.mark.logs_expected
def test_numbers_go_on_across_reconnections_and_the_log_stays_short(
    watch: Callable[..., Watched], caplog: pytest.LogCaptureFixture
) -> None:
    gone = fail(CameraLost("The cable is out."))
    refused = [lambda: ScriptedSource(iter(()), opening=fail(CameraNotFound("No answer.")))] * 3
    buffer = FrameBuffer(10_000, overwrite=False)
    watched = watch([camera(go, go, gone), *refused, camera()], buffer)
    watched.wait_for(lambda s: s.reconnects == 1)
    watched.wait_for(lambda s: s.message == "No answer.")
    watched.grabber.stop(timeout_s=5)
    numbers = [item.number for item in drain(buffer)]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > 2
    warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert warnings == ["camera lost: The cable is out."]
    seen = watched.states()
    assert seen[0] is CameraState.CONNECTING
    assert seen.count(CameraState.LOST) == 1
    assert seen[-3:] == [CameraState.LOST, CameraState.STREAMING, CameraState.CLOSED]


@pytest.mark.logs_expected
def test_the_pauses_grow_to_one_second_and_no_further() -> None:
    opened: list[float] = []

    def refused() -> FrameSource:
        opened.append(time.monotonic())
        return ScriptedSource(iter(()), opening=fail(CameraNotFound("No answer.")))

    grabber = Grabber(refused, [FrameBuffer()], lambda _: None)
    grabber.start()
    deadline = time.monotonic() + PATIENCE_S
    while len(opened) < 6 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert grabber.stop(timeout_s=5)
    pauses = [later - earlier for earlier, later in itertools.pairwise(opened)]
    least = [0.2, 0.4, 0.8, 1.0, 1.0]
    assert all(pause >= 0.95 * wanted for pause, wanted in zip(pauses, least, strict=False))
    assert grabber_module.LONGEST_PAUSE_S == 1.0


@pytest.mark.logs_expected
def test_a_bug_in_a_source_is_logged_with_its_stack_and_healed(
    watch: Callable[..., Watched], caplog: pytest.LogCaptureFixture
) -> None:
    watched = watch([camera(go, fail(ZeroDivisionError("oops"))), camera()])
    status = watched.wait_state(CameraState.LOST)
    assert "ZeroDivisionError" in status.message
    watched.wait_for(lambda s: s.reconnects == 1)
    assert any(r.exc_info and r.exc_info[0] is ZeroDivisionError for r in caplog.records)


@pytest.mark.logs_expected
def test_a_broken_listener_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: CameraStatus) -> None:
        raise RuntimeError("window gone")

    buffer = FrameBuffer(1, wait=True)
    grabber = Grabber(camera(go, go, go, live=False), [buffer], broken)
    grabber.start()
    assert len(drain(buffer)) == 3
    assert grabber.stop(timeout_s=5)
    assert "listener" in caplog.text


def test_a_damaged_picture_becomes_a_bad_frame_in_its_place(watch: Callable[..., Watched]) -> None:
    acts = (go, fail(UnreadableFrame("Image 2 is damaged.")), go)
    buffer = FrameBuffer(1, wait=True)
    watch([camera(*acts, live=False)], buffer)
    first, second, third = drain(buffer)
    assert isinstance(second, BadFrame)
    assert second.message == "Image 2 is damaged."
    assert second.taken_utc.tzinfo is not None
    assert [first.number, second.number, third.number] == [0, 1, 2]


def test_a_trigger_that_meets_a_full_buffer_is_told(watch: Callable[..., Watched]) -> None:
    buffer = FrameBuffer(2, overwrite=False)
    watched = watch([camera(go, go, go, go, live=False)], buffer)
    watched.wait_state(CameraState.ENDED)
    items = drain(buffer)
    assert [item.number for item in items] == [0, 1, 2, 3]
    assert [type(item) for item in items] == [Frame, Frame, BadFrame, BadFrame]
    assert watched.grabber.status.dropped == 2


def test_every_buffer_gets_every_frame(watch: Callable[..., Watched]) -> None:
    live, judged = FrameBuffer(1), FrameBuffer(1, wait=True)
    watched = watch([camera(*[go] * 8, live=False)], live, judged)
    assert [item.number for item in drain(judged)] == list(range(8))
    watched.wait_state(CameraState.ENDED)
    assert [item.number for item in drain(live)] == [7]
    assert watched.grabber.status.dropped == 7


@pytest.mark.logs_expected
def test_a_folder_that_fails_is_not_begun_again(watch: Callable[..., Watched]) -> None:
    acts = (go, go, fail(CameraLost("The share is gone.")), go)
    buffer = FrameBuffer(9, wait=True)
    watched = watch([camera(*acts, live=False)], buffer)
    assert len(drain(buffer)) == 2
    watched.wait_for(lambda s: s.message == "The share is gone.")
    assert len(watched.made) == 1
    assert watched.grabber.status.state is CameraState.LOST


@pytest.mark.logs_expected
def test_an_address_that_cannot_be_used_is_told(watch: Callable[..., Watched]) -> None:
    def make() -> FrameSource:
        raise UsageError("No such camera.")

    watched = watch([make])
    assert watched.wait_state(CameraState.LOST).message == "No such camera."


def test_rate_and_age_are_told(watch: Callable[..., Watched]) -> None:
    watched = watch([camera(then=every(0.05))])
    status = watched.wait_for(lambda s: s.frames > 30)
    assert 8 < status.fps < 21
    assert status.last_frame_at is not None
    assert status.dropped >= 29
    assert watched.grabber.stop(timeout_s=5)
    assert watched.grabber.status.state is CameraState.CLOSED
    assert watched.grabber.status.fps == 0


def test_a_consumer_that_takes_its_time_is_no_lost_camera(watch: Callable[..., Watched]) -> None:
    buffer = FrameBuffer(1, wait=True)
    watched = watch([camera()], buffer)
    watched.wait_state(CameraState.STREAMING)
    time.sleep(grabber_module.READ_DEADLINE_S + 0.5)
    assert CameraState.LOST not in watched.states()
    assert watched.grabber.stop(timeout_s=5)


def test_a_grabber_that_was_never_started_can_be_stopped() -> None:
    buffer = FrameBuffer()
    assert Grabber(camera(), [buffer], lambda _: None).stop()
    assert buffer.ended
