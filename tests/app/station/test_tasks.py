"""Jobs run elsewhere, their outcome arrives here."""

from __future__ import annotations

import threading

import pytest
from PyQt5 import sip
from PyQt5.QtCore import QObject, QThread, pyqtSignal
from pytestqt.qtbot import QtBot

from app.station import tasks


class Asker:
    def __init__(self) -> None:
        self.results: list[object] = []
        self.errors: list[Exception] = []
        self.threads: set[object] = set()

    def done(self, result: object) -> None:
        self.results.append(result)
        self.threads.add(QThread.currentThread())

    def failed(self, error: Exception) -> None:
        self.errors.append(error)
        self.threads.add(QThread.currentThread())


def test_the_job_runs_elsewhere_and_its_result_arrives_here(qtbot: QtBot) -> None:
    asker, here = Asker(), threading.get_ident()
    tasks.run(threading.get_ident, asker.done, asker.failed)
    qtbot.waitUntil(lambda: bool(asker.results), timeout=10_000)
    assert asker.results != [here]
    assert asker.threads == {QThread.currentThread()}
    assert asker.errors == []


def test_a_failing_job_says_why(qtbot: QtBot) -> None:
    asker = Asker()
    problem = ValueError("no such thing")

    def job() -> None:
        raise problem

    tasks.run(job, asker.done, asker.failed)
    qtbot.waitUntil(lambda: bool(asker.errors), timeout=10_000)
    assert asker.errors == [problem]
    assert asker.results == []
    assert asker.threads == {QThread.currentThread()}


def test_many_jobs_all_arrive_once(qtbot: QtBot) -> None:
    asker = Asker()
    for number in range(200):
        tasks.run(lambda number=number: number, asker.done, asker.failed)  # type: ignore[misc]
    qtbot.waitUntil(lambda: len(asker.results) == 200, timeout=20_000)
    assert sorted(asker.results) == list(range(200))  # type: ignore[type-var]


def test_a_slow_job_does_not_keep_the_others_waiting(qtbot: QtBot) -> None:
    asker, gate = Asker(), threading.Event()
    for _ in range(2):
        tasks.run(gate.wait, asker.done, asker.failed)
    tasks.run(lambda: "quick", asker.done, asker.failed)
    try:
        qtbot.waitUntil(lambda: "quick" in asker.results, timeout=10_000)
        assert not tasks.wait_all(0.01)
    finally:
        gate.set()
    assert tasks.wait_all(10)
    qtbot.waitUntil(lambda: len(asker.results) == 3, timeout=10_000)


@pytest.mark.parametrize("jobs", [1, 20])
def test_waiting_for_all_waits(qtbot: QtBot, jobs: int) -> None:
    ended: list[int] = []
    asker = Asker()
    for number in range(jobs):
        tasks.run(lambda number=number: ended.append(number), asker.done, asker.failed)  # type: ignore[misc]
    assert tasks.wait_all(10)
    assert len(ended) == jobs
    qtbot.waitUntil(lambda: len(asker.results) == jobs, timeout=10_000)


class Owner(QObject):
    told = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.results: list[object] = []

    def done(self, result: object) -> None:
        self.results.append(result)


def test_an_asker_that_has_gone_is_not_told(qtbot: QtBot) -> None:
    owner, other = Owner(), Asker()
    may_end = threading.Event()
    tasks.run(may_end.wait, owner.done, other.failed)
    sip.delete(owner)
    may_end.set()
    assert tasks.wait_all()
    tasks.run(lambda: 2, other.done, other.failed)
    qtbot.waitUntil(lambda: other.results == [2], timeout=10_000)
    assert owner.results == []


def test_a_bare_signal_is_refused() -> None:
    owner = Owner()
    with pytest.raises(TypeError, match="method that emits"):
        tasks.run(lambda: 1, owner.told.emit, print)
