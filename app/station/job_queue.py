"""The queue of jobs: one at a time, beside the line and never before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import psutil
from PyQt5.QtCore import QCoreApplication, QObject, QTimer, pyqtSignal, pyqtSlot

from app import log
from app.errors import StoreError
from app.i18n import tr
from app.jobs.active_clock import ActiveClock
from app.jobs.book import JobBook
from app.jobs.epochs import EpochPoint
from app.jobs.job import Job, JobState
from app.jobs.slowdown import Slowdown, SlowdownMeter
from app.jobs.stages import JobProgress
from app.jobs.throttle import Hold, Throttle
from app.review.improve_words import DATABASE_VARIABLE
from app.station.job_look import JobLook, LineWatch
from app.station.job_process import JobProcess
from app.station.job_telling import event_of
from app.station.leftover_process import end_leftover
from app.station.news import News
from app.station.status import StationStatus

LIMIT = 0.2
"""Loss of the line's speed beyond which a job is held, if nobody sets another."""

_LATER_MS = 0
_EXIT_MS = 3000


class JobQueue(QObject):
    """Runs the jobs of a book, the oldest first; what has not ended can go on later.

    A job's process has a low priority. It is held while it slows the line beyond the limit.
    When the program ends, the process ends with it and the job can be resumed. Jobs that wait
    begin by themselves after a new start; one that was interrupted waits for a person.

    Args:
        book: The jobs on disk.
        database_url: Of the records, for the jobs that read them.
        station: The line that must not be slowed down; None if there is none.
        meter: Measures it.
        throttle: Decides; made of the meter if left out.
        parent: Owner.

    Signals:
        changed: The list of jobs or a job's state.
        moved: The running job has come further or is held; see `look`.
        epoch_told: An epoch has ended. arg: job id, `EpochPoint`.
        happened: A job has ended; the station keeps it among its events. arg: `Event`.
        troubled: What is wrong with the queue itself. arg: one sentence.
    """

    changed = pyqtSignal()
    moved = pyqtSignal()
    epoch_told = pyqtSignal(str, object)
    happened = pyqtSignal(object)
    troubled = pyqtSignal(str)

    def __init__(
        self,
        book: JobBook,
        database_url: str = "",
        station: News | None = None,
        meter: SlowdownMeter | None = None,
        throttle: Throttle | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._book, self._url = book, database_url
        self._meter = meter or SlowdownMeter()
        self._throttle = throttle or Throttle(self._meter, LIMIT)
        self._status: StationStatus | None = None
        self._watch = LineWatch()
        self._jobs: dict[str, Job] = {}
        self._running: str = ""
        self._by_hand, self._asked_stop, self._closed = False, False, False
        self._progress, self._clock = JobProgress(), ActiveClock()
        self._job_slowdown: Slowdown | None = None
        app = QCoreApplication.instance()
        assert app is not None
        # Before the process's own connection, which ends it without asking.
        app.aboutToQuit.connect(self.close)
        self._process = JobProcess(self)
        self._process.progressed.connect(self._on_progressed)
        self._process.told.connect(self._on_told)
        self._process.succeeded.connect(self._on_succeeded)
        self._process.failed.connect(self._on_failed)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_LATER_MS)
        self._later.timeout.connect(self._begin_next)
        if station is not None:
            station.status_changed.connect(self._on_status)
            self.happened.connect(station.happened)

    # -- what is known -------------------------------------------------------------------

    @property
    def book(self) -> JobBook:
        """The jobs on disk, with their curves."""
        return self._book

    @property
    def limit(self) -> float:
        """Loss of the line's speed beyond which a job is held, a share."""
        return self._throttle.limit

    def set_limit(self, share: float) -> None:
        """Hold jobs beyond another loss of speed, above 0 and below 1."""
        self._throttle.limit = share

    def jobs(self) -> tuple[Job, ...]:
        """Return all jobs, in the order of the queue."""
        return tuple(sorted(self._jobs.values(), key=lambda job: (job.queued, job.id)))

    def job(self, job_id: str) -> Job | None:
        """Return a job; None if it was removed."""
        return self._jobs.get(job_id)

    def look(self) -> JobLook | None:
        """Return how far the running job is; None if none runs."""
        if not self._running:
            return None
        done, now_s = self._progress, monotonic()
        return JobLook(
            self._running,
            done.stage,
            done.done,
            done.total,
            done.share,
            done.seconds_left(self._clock.seconds(now_s)),
            self._throttle.hold,
            self._by_hand,
            self._asked_stop,
            self._throttle.seconds_left(now_s),
            self._job_slowdown,
            self._watch.judges,
            done.turn,
        )

    # -- requests ------------------------------------------------------------------------

    def start(self) -> None:
        """Take up the jobs of the book; begin with the one whose turn it is."""
        for job in self._book.load():
            self._jobs[job.id] = job
            if job.state is JobState.RUNNING:
                end_leftover(job.pid, job.pid_began)
                self._end(job, JobState.INTERRUPTED, tr("The program ended while it ran."))
        self.changed.emit()
        self._later.start()

    def add(self, job: Job) -> None:
        """Put a job at the end of the queue.

        Raises:
            StoreError: It cannot be kept; it is not in the queue then.
        """
        self._book.save(job)
        self._jobs[job.id] = job
        self.changed.emit()
        self._later.start()

    def stop(self, job_id: str) -> None:
        """Stop a job that waits or runs; it can be resumed."""
        job = self._jobs.get(job_id)
        if job is None or not job.is_open:
            return
        if job_id == self._running:
            self._asked_stop = True
            self._process.stop()
            self.moved.emit()
        else:
            self._keep(job.changed(state=JobState.STOPPED, sentence=tr("It was stopped.")))

    def resume(self, job_id: str) -> None:
        """Put a job that has not ended well at the end of the queue; it goes on where it was."""
        job = self._jobs.get(job_id)
        if job is not None and job.can_resume:
            waiting = {"state": JobState.WAITING, "sentence": "", "ended": None}
            self._keep(job.changed(queued=datetime.now(UTC), **waiting))
            self._later.start()

    def begin_anew(self, job_id: str) -> None:
        """Do a job from the beginning; what it has made so far is removed.

        Raises:
            StoreError: It cannot be removed.
        """
        job = self._jobs.get(job_id)
        if job is not None and not job.is_open:
            self._book.forget_work(job)
            self._jobs[job_id] = job.changed(
                state=JobState.STOPPED, step=0, tries=0, active_s=0.0, result={}, slower=None
            )
            self.resume(job_id)

    def remove(self, job_id: str) -> None:
        """Take a job that does not run off the list; the files that it made stay.

        Raises:
            StoreError: It cannot be removed.
        """
        job = self._jobs.get(job_id)
        if job is not None and job_id != self._running:
            self._book.remove(job)
            del self._jobs[job_id]
            self.changed.emit()

    def pause(self) -> None:
        """Hold the running job until `go_on`."""
        if self._running and not self._asked_stop:
            self._by_hand = True
            self._hold_or_go()

    def go_on(self) -> None:
        """Let the job that a person holds go on."""
        self._by_hand = False
        self._hold_or_go()

    @pyqtSlot()
    def close(self) -> None:
        """End the process, for the exit of the program; its job can be resumed. Blocks."""
        if self._closed:
            return
        self._closed = True
        self._later.stop()
        if self._running:
            self._process.end(_EXIT_MS)
            job = self._jobs[self._running]
            if job.next_step() == len(job.steps):
                self._end(job, JobState.DONE, "")
            else:
                self._end(job, JobState.INTERRUPTED, tr("The program ended while it ran."))

    # -- running -------------------------------------------------------------------------

    @pyqtSlot()
    def _begin_next(self) -> None:
        if self._running or self._closed or self._process.is_running:
            return
        waiting = [job for job in self.jobs() if job.state is JobState.WAITING]
        if waiting:
            job = waiting[0]
            self._progress, self._clock = JobProgress(job.kind), ActiveClock()
            self._by_hand, self._asked_stop, self._job_slowdown = False, False, None
            self._throttle.begin()
            self._running = job.id
            self._run(job.changed(state=JobState.RUNNING, tries=job.tries + 1, slower=None))

    def _run(self, job: Job) -> None:
        number = job.next_step()
        if number >= len(job.steps):
            self._end(job, JobState.DONE, "")
            return
        step = job.steps[number]
        variables = {DATABASE_VARIABLE: self._url} if step.needs_database and self._url else {}
        job = self._jobs[job.id] = job.changed(step=number)
        self._clock.run(monotonic())
        self._process.start((*step.words, "--progress-lines"), variables)
        if self._running == job.id:
            pid = self._process.pid
            self._keep(job.changed(pid=pid, pid_began=_began(pid)))
            self._hold_or_go()

    @pyqtSlot(str, int, int)
    def _on_progressed(self, stage: str, done: int, total: int) -> None:
        self._progress.take(stage, done, total, self._clock.seconds(monotonic()))
        self.moved.emit()

    @pyqtSlot(object)
    def _on_told(self, told: Mapping[str, Any]) -> None:
        job = self._jobs.get(self._running)
        point = EpochPoint.from_json(told.get("epoch"))
        if job is None or point is None:
            log.station.info("a job told something that nobody wants: %r", told)
            return
        self._book.epochs(job).append(told["epoch"])
        self.epoch_told.emit(job.id, point)

    @pyqtSlot(object)
    def _on_succeeded(self, result: Mapping[str, Any]) -> None:
        self._clock.hold(monotonic())
        job = self._jobs[self._running]
        job = self._jobs[job.id] = job.changed(step=job.step + 1, result=dict(result))
        if self._closed:
            return
        if self._asked_stop and job.step < len(job.steps):
            self._end(job, JobState.STOPPED, tr("It was stopped."))
        else:
            self._run(job)

    @pyqtSlot(str)
    def _on_failed(self, sentence: str) -> None:
        self._clock.hold(monotonic())
        job = self._jobs.get(self._running)
        if job is None or self._closed:
            return
        if self._asked_stop:
            self._end(job, JobState.STOPPED, tr("It was stopped."))
        else:
            self._end(job, JobState.FAILED, sentence)

    def _end(self, job: Job, state: JobState, sentence: str) -> None:
        was_running = self._running == job.id
        active_s = self._clock.seconds(monotonic()) if was_running else 0.0
        ended = job.changed(
            state=state,
            sentence=sentence,
            ended=datetime.now(UTC),
            active_s=job.active_s + active_s,
            pid=0,
            pid_began=0.0,
        )
        if was_running:
            self._running = ""
        self._keep(ended)
        self.happened.emit(event_of(ended, self._status))
        self.moved.emit()
        if not self._closed:
            self._later.start()

    def _keep(self, job: Job) -> None:
        self._jobs[job.id] = job
        try:
            self._book.save(job)
        except StoreError as error:
            # The work goes on; after a crash the job would be found as it was before.
            log.station.error("a job cannot be kept: %s", error)
            self.troubled.emit(str(error))
        self.changed.emit()

    # -- the line ------------------------------------------------------------------------

    @pyqtSlot(object)
    def _on_status(self, status: StationStatus) -> None:
        self._status = status
        now_s = monotonic()
        sample = self._watch.take(status, now_s)
        if sample is None:
            self._meter.forget()
            self._throttle.line_stands()
        else:
            loaded = self._process.is_running and not self._process.is_paused
            self._meter.take(sample, loaded=loaded)
            if self._running:
                self._throttle.decide(now_s)
        if self._running:
            self._note_slowdown()
            self._hold_or_go()
            self.moved.emit()

    def _note_slowdown(self) -> None:
        slowdown = self._meter.slowdown
        if slowdown is None:
            return
        self._job_slowdown = slowdown
        job = self._jobs[self._running]
        if slowdown.share > (job.slower or -1.0):
            # Kept with the next state; not worth a write of its own each time.
            self._jobs[job.id] = job.changed(slower=slowdown.share)

    def _hold_or_go(self) -> None:
        """Make the process follow what the line and the person want."""
        if not self._process.is_running or self._asked_stop:
            return
        held = self._by_hand or self._throttle.hold is not Hold.NONE
        if held == self._process.is_paused:
            return
        if held:
            self._process.pause()
            self._clock.hold(monotonic())
        else:
            self._process.resume()
            self._clock.run(monotonic())
        self.moved.emit()


def _began(pid: int) -> float:
    try:
        return float(psutil.Process(pid).create_time()) if pid else 0.0
    except psutil.Error:
        return 0.0
