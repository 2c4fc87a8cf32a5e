"""Parts under way to the store: the end waits for them, but not for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from app.inspection.judgement import Inspection
from app.inspection.record import InspectionRecord
from app.station import ledger
from app.station.ledger import Ledger
from tests.rigs.records import an_inspection


class HeldWriter:
    """A writer whose disk works only when the test says so."""

    def __init__(
        self, on_stored: Callable[[InspectionRecord], None], on_fault: Callable[[str], None]
    ) -> None:
        self.has_pending = False
        self.on_stored = on_stored
        self.on_fault = on_fault
        self.parts: list[Inspection] = []

    @property
    def waiting(self) -> int:
        return len(self.parts)

    def start(self) -> None:
        pass

    def submit(self, inspection: Inspection) -> None:
        self.parts.append(inspection)

    def close(self, timeout_s: float) -> bool:
        return True

    def store_all(self) -> None:
        def work() -> None:
            while self.parts:
                self.on_stored(self.parts.pop(0).record)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()


def made(monkeypatch: pytest.MonkeyPatch, **constants: float) -> tuple[Ledger, HeldWriter]:
    for name, value in constants.items():
        monkeypatch.setattr(ledger, name, value)
    writers: list[HeldWriter] = []

    def make(
        stored: Callable[[InspectionRecord], None], fault: Callable[[str], None]
    ) -> HeldWriter:
        writers.append(HeldWriter(stored, fault))
        return writers[0]

    return Ledger(make), writers[0]


def test_settled_only_when_everything_is_stored(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, writer = made(monkeypatch)
    settled: list[bool] = []
    book.settled.connect(settled.append)
    for _ in range(3):
        book.keep(an_inspection())
    book.settle()
    qtbot.wait(50)
    assert settled == []
    writer.store_all()
    qtbot.waitUntil(lambda: settled == [True], timeout=5000)
    book.settle()
    assert settled == [True, True]


def test_patience_ends(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    book, writer = made(monkeypatch, PATIENCE_MS=100)
    settled: list[bool] = []
    book.settled.connect(settled.append)
    book.keep(an_inspection())
    book.settle()
    qtbot.waitUntil(lambda: settled == [False], timeout=5000)
    # What comes late is told all the same and does not end the next wait early.
    committed: list[InspectionRecord] = []
    book.committed.connect(committed.append)
    writer.store_all()
    qtbot.waitUntil(lambda: len(committed) == 1, timeout=5000)
    book.keep(an_inspection())
    book.settle()
    assert settled == [False]
    writer.store_all()
    qtbot.waitUntil(lambda: settled == [False, True], timeout=5000)


def test_health_is_told_when_the_journal_is_empty_again(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, writer = made(monkeypatch, HEALED_AFTER_S=0.05, _LOOK_EVERY_MS=20)
    failed: list[str] = []
    healed: list[bool] = []
    book.failed.connect(failed.append)
    book.healed.connect(lambda: healed.append(True))
    writer.has_pending = True
    writer.on_fault("Locked.")
    qtbot.waitUntil(lambda: failed == ["Locked."], timeout=5000)
    qtbot.wait(300)
    assert healed == []
    writer.has_pending = False
    qtbot.waitUntil(lambda: healed == [True], timeout=5000)
    book.close(1)


def test_files_wait_before_the_queue_is_full(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    book, writer = made(monkeypatch, QUEUE_ENOUGH=3)
    thread = threading.Thread(
        target=lambda: [book.keep_unhurried(an_inspection()) for _ in range(10)]
    )
    thread.start()
    most = 0
    deadline = time.monotonic() + 20
    while thread.is_alive() and time.monotonic() < deadline:
        most = max(most, writer.waiting)
        time.sleep(0.02)
        if writer.parts:
            writer.parts.pop(0)
    thread.join()
    assert most <= 3
