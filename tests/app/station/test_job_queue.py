from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import pytest
from PyQt5.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from app.camera.status import CameraStatus
from app.inspection.event import Event
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.inspection.tally import Tally
from app.jobs.book import JobBook
from app.jobs.job import Job, JobState, JobStep
from app.jobs.slowdown import SlowdownMeter
from app.jobs.throttle import Hold, Throttle
from app.review.improve_words import DATABASE_VARIABLE
from app.station.job_queue import JobQueue
from app.station.news import News
from app.station.status import StationState, StationStatus
from tests.rigs.job_program import WORDS, job

WAIT_MS = 20_000
IDLE = StationStatus(
    StationState.IDLE, Recipe(name="bolt"), Context("s1", "lot", "A"), CameraStatus(), Tally()
)


@dataclass
class Place:
    """A queue with a line whose speed the test sets."""

    bot: QtBot
    queue: JobQueue
    line: News
    clock: list[float]
    happened: list[Event] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def until(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=WAIT_MS)

    def state(self, one: Job) -> JobState | None:
        known = self.queue.job(one.id)
        return known and known.state

    def until_state(self, one: Job, state: JobState) -> None:
        self.until(lambda: self.state(one) is state)

    def until_stage(self, stage: str) -> None:
        self.until(lambda: (look := self.queue.look()) is not None and look.stage == stage)

    def judge(self, seconds: float, model_ms: float = 50.0) -> None:
        """Let the line judge 10 frames per second for a while of the made-up clock."""
        for _ in range(round(seconds * 2)):
            self.clock[0] += 0.5
            tally = Tally(ok=round(10 * self.clock[0]))
            now = replace(IDLE, phase=StationState.RUNNING, model_ms=model_ms, tally=tally)
            self.line.status_changed.emit(now)

    def process(self) -> psutil.Process:
        found = self.queue.job(self.queue.look().job_id)  # type: ignore[union-attr]
        assert found is not None
        return psutil.Process(found.pid)


@pytest.fixture
def book(tmp_path: Path) -> JobBook:
    return JobBook(tmp_path / "jobs")


@pytest.fixture
def place(
    qapp: QCoreApplication, qtbot: QtBot, book: JobBook, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    monkeypatch.setattr("app.station.job_process.program", lambda: WORDS)
    clock = [100.0]
    monkeypatch.setattr("app.station.job_queue.monotonic", lambda: clock[0])
    made = Place(qtbot, queue_of(book), News(), clock)
    made.queue = queue_of(book, made.line)
    made.line.happened.connect(made.happened.append)
    made.queue.troubled.connect(made.troubles.append)
    made.queue.start()
    yield made
    made.queue.close()


def queue_of(book: JobBook, line: News | None = None) -> JobQueue:
    meter = SlowdownMeter(window_s=4.0, settle_s=1.0)
    return JobQueue(book, "sqlite://", line, meter, Throttle(meter, 0.2, rest_s=10.0))


def test_jobs_run_one_after_the_other_in_their_order(place: Place, tmp_path: Path) -> None:
    first, second = job("step", "teach", "1", "2", "end"), job("end", name="next")
    place.queue.add(first)
    place.queue.add(second)
    place.until_state(second, JobState.DONE)
    assert place.state(first) is JobState.DONE
    assert [event.details["name"] for event in place.happened] == ["fine", "next"]
    event = place.happened[0]
    assert (event.kind, event.by, event.details["state"]) == ("job", "kim", "done")
    assert event.details["checkpoint"] == "best.safetensors"
    assert place.queue.look() is None


def test_the_curve_is_told_and_kept(place: Place, book: JobBook) -> None:
    told: list[tuple[str, int]] = []
    place.queue.epoch_told.connect(lambda job_id, point: told.append((job_id, point.number)))
    one = job("epoch", "1", "epoch", "2", "epoch", "2", "end")
    place.queue.add(one)
    place.until_state(one, JobState.DONE)
    assert told == [(one.id, 1), (one.id, 2), (one.id, 2)]
    assert [point.number for point in book.epochs(one).read()] == [1, 2]


def test_a_failure_is_a_sentence_and_the_next_job_begins(place: Place, book: JobBook) -> None:
    bad, good = job("error", "The disk is full."), job("end", name="good")
    place.queue.add(bad)
    place.queue.add(good)
    place.until_state(good, JobState.DONE)
    kept = {one.id: one for one in book.load()}
    assert (kept[bad.id].state, kept[bad.id].sentence) == (JobState.FAILED, "The disk is full.")
    assert "The disk is full." in place.happened[0].text
    place.queue.resume(bad.id)
    place.until(lambda: (known := place.queue.job(bad.id)) is not None and known.tries == 2)
    place.until_state(bad, JobState.FAILED)


@pytest.mark.logs_expected
def test_a_program_that_is_not_there_fails_the_job(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.station.job_process.program", lambda: ["/nowhere/python"])
    one = job("end")
    place.queue.add(one)
    place.until_state(one, JobState.FAILED)
    assert "cannot be started" in place.happened[0].text


def test_stop_and_resume(place: Place) -> None:
    one, waiting = job("step", "training", "1", "4", "wait"), job("wait")
    place.queue.add(one)
    place.queue.add(waiting)
    place.until_stage("training")
    place.queue.stop(waiting.id)
    assert place.state(waiting) is JobState.STOPPED
    place.queue.stop(one.id)
    place.until_state(one, JobState.STOPPED)
    place.queue.resume(one.id)
    place.until_stage("training")
    assert place.queue.job(one.id).tries == 2  # type: ignore[union-attr]


def test_done_steps_are_not_done_again(place: Place, book: JobBook, tmp_path: Path) -> None:
    made, seen = tmp_path / "set", tmp_path / "seen"
    steps = (
        JobStep(words=("touch", str(made), "env", DATABASE_VARIABLE, str(seen), "end"),
                makes=str(made), needs_database=True),
        JobStep(words=("error", "no")),
    )  # fmt: skip
    one = Job(kind="train", name="two", steps=steps)
    place.queue.add(one)
    place.until_state(one, JobState.FAILED)
    assert seen.read_text(encoding="utf-8") == "sqlite://"
    assert "sqlite" not in (book.folder / f"{one.id}.json").read_text(encoding="utf-8")
    seen.unlink()
    place.queue.resume(one.id)
    place.until(lambda: len(place.happened) == 2)
    assert not seen.exists()


def test_a_slowed_line_holds_the_job_and_lets_it_go_on(place: Place) -> None:
    place.judge(8)
    one = job("step", "training", "1", "4", "wait")
    place.queue.add(one)
    place.until_stage("training")
    place.judge(8, model_ms=55.0)
    look = place.queue.look()
    assert look is not None
    assert look.hold is Hold.NONE
    assert look.slowdown is not None
    assert look.slowdown.share == pytest.approx(1 - 50 / 55)
    place.judge(8, model_ms=80.0)
    look = place.queue.look()
    assert look is not None
    assert look.hold is Hold.LINE
    process = place.process()
    place.until(lambda: process.status() == psutil.STATUS_STOPPED)
    place.judge(12)
    look = place.queue.look()
    assert look is not None
    assert look.hold is Hold.NONE
    place.until(lambda: process.status() != psutil.STATUS_STOPPED)
    place.queue.stop(one.id)
    place.until_state(one, JobState.STOPPED)
    assert 0.2 < place.happened[0].details["slower"] <= 1 - 50 / 80


def test_the_line_is_measured_without_the_job_first(place: Place) -> None:
    one = job("step", "training", "1", "4", "wait")
    place.queue.add(one)
    place.until_stage("training")
    process = place.process()
    place.judge(1)
    assert place.queue.look().hold is Hold.MEASURING  # type: ignore[union-attr]
    place.until(lambda: process.status() == psutil.STATUS_STOPPED)
    place.judge(6)
    assert place.queue.look().hold is Hold.NONE  # type: ignore[union-attr]
    place.until(lambda: process.status() != psutil.STATUS_STOPPED)


def test_a_line_that_stands_holds_nothing(place: Place) -> None:
    one = job("step", "training", "1", "4", "wait")
    place.queue.add(one)
    place.until_stage("training")
    place.judge(1)
    place.line.status_changed.emit(IDLE)
    assert place.queue.look().hold is Hold.NONE  # type: ignore[union-attr]
    process = place.process()
    place.until(lambda: process.status() != psutil.STATUS_STOPPED)


def test_a_line_without_parts_holds_nothing_and_slow_parts_count(place: Place) -> None:
    one = job("step", "training", "1", "4", "wait")
    place.queue.add(one)
    place.until_stage("training")
    running = replace(IDLE, phase=StationState.RUNNING, model_ms=50.0)
    place.line.status_changed.emit(running)
    assert place.queue.look().hold is Hold.NONE  # type: ignore[union-attr]
    for number in range(1, 4):
        place.clock[0] += 6.0
        place.line.status_changed.emit(replace(running, tally=Tally(ng=number)))
    assert place.queue.look().hold is Hold.MEASURING  # type: ignore[union-attr]
    place.clock[0] += 31.0
    place.line.status_changed.emit(replace(running, tally=Tally(ng=3)))
    assert place.queue.look().hold is Hold.NONE  # type: ignore[union-attr]


def test_a_person_holds_a_job(place: Place) -> None:
    one = job("step", "training", "1", "4", "wait")
    place.queue.add(one)
    place.until_stage("training")
    place.queue.pause()
    process = place.process()
    place.until(lambda: process.status() == psutil.STATUS_STOPPED)
    assert place.queue.look().held_by_hand  # type: ignore[union-attr]
    place.queue.go_on()
    place.until(lambda: process.status() != psutil.STATUS_STOPPED)
    place.queue.pause()
    place.queue.stop(one.id)
    place.until_state(one, JobState.STOPPED)


def test_the_process_ends_with_the_program_and_the_job_can_go_on(
    place: Place, book: JobBook
) -> None:
    one, waiting = job("step", "training", "1", "4", "wait"), job("end", name="later")
    place.queue.add(one)
    place.queue.add(waiting)
    place.until_stage("training")
    process = place.process()
    place.queue.close()
    place.until(lambda: not process.is_running())
    states = {known.id: known.state for known in book.load()}
    assert states == {one.id: JobState.INTERRUPTED, waiting.id: JobState.WAITING}
    again = queue_of(book)
    again.start()
    place.until(lambda: again.job(waiting.id).state is JobState.DONE)  # type: ignore[union-attr]
    assert again.job(one.id).can_resume  # type: ignore[union-attr]
    again.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a stopped process is told by its state")
def test_what_a_killed_program_has_left_is_ended(place: Place, book: JobBook) -> None:
    left = subprocess.Popen([*WORDS, "wait"], stdin=subprocess.PIPE)
    process = psutil.Process(left.pid)
    process.suspend()
    one = job("end").changed(state=JobState.RUNNING, pid=left.pid, pid_began=process.create_time())
    innocent = job("end").changed(state=JobState.RUNNING, pid=psutil.Process().pid, pid_began=1.0)
    for known in (one, innocent):
        book.save(known)
    queue = queue_of(book)
    happened: list[Event] = []
    queue.happened.connect(happened.append)
    queue.start()
    assert not process.is_running()
    assert left.stdin is not None
    left.stdin.close()
    left.wait(10)
    assert {known.state for known in queue.jobs()} == {JobState.INTERRUPTED}
    assert {event.details["state"] for event in happened} == {"interrupted"}
    queue.close()


def test_anew_forgets_what_was_made(place: Place, book: JobBook, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "state.pt").touch()
    one = job("epoch", "1", "error", "no", folder=str(folder))
    place.queue.add(one)
    place.until_state(one, JobState.FAILED)
    place.queue.begin_anew(one.id)
    place.until(lambda: len(place.happened) == 2)
    assert not folder.exists()
    place.queue.remove(one.id)
    assert book.load() == ()
    assert place.queue.jobs() == ()


@pytest.mark.logs_expected
def test_a_full_disk_is_said_and_the_work_goes_on(
    place: Place, monkeypatch: pytest.MonkeyPatch, book: JobBook
) -> None:
    one = job("step", "training", "1", "4", "wait")
    place.queue.add(one)
    place.until_stage("training")
    (book.folder / f"{one.id}.json").unlink()
    (book.folder / f"{one.id}.json").mkdir()
    place.queue.stop(one.id)
    place.until_state(one, JobState.STOPPED)
    assert "cannot be written" in place.troubles[0]
