"""A keyboard walk through a review queue, timed; run as a module.

`python -m tests.rigs.review_walk --parts 100 --side 1280 --pause 300` walks on the platform in
force (`QT_QPA_PLATFORM`, `DISPLAY`) and prints from key press to painted next picture.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from PyQt5.QtCore import QEvent, QObject, Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication

from app.station import tasks
from app.ui import theme
from app.ui.screens.review import ReviewPage
from tests.rigs.review_desk import a_part, make_desk

K = Qt.Key
_LONG_S = 20.0
# What a person does to a part, by turns: as the machine says, a kind first, overruled, unsure.
TURNS: tuple[tuple[Qt.Key, ...], ...] = (
    (K.Key_Return,),
    (K.Key_2, K.Key_Return),
    (K.Key_O,),
    (K.Key_B, K.Key_Return),
    (K.Key_E, K.Key_U),
)


@dataclass(frozen=True)
class Walk:
    """What the walk took.

    Attributes:
        next_ms: From the key that decides to the next picture painted, per part.
        whole_s: From the first key to the last decision in the database.
    """

    next_ms: tuple[float, ...]
    whole_s: float

    def told(self) -> str:
        """Return it as one line."""
        ordered = sorted(self.next_ms)
        p95 = ordered[int(len(ordered) * 0.95) - 1]
        return (
            f"{len(ordered)} parts in {self.whole_s:.1f} s; key to next picture "
            f"median {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms, "
            f"max {ordered[-1]:.0f} ms"
        )


class _Paints(QObject):
    """Counts how often a widget was painted."""

    count = 0

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.Paint:
            self.count += 1
        return False


def walk(page: ReviewPage, parts: int, pause_ms: int = 0) -> Walk:
    """Decide so many parts by keyboard alone; the screen must be shown and have the keyboard."""
    paints = _Paints()
    page.layout_.view.installEventFilter(paints)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    times: list[float] = []
    began = time.perf_counter()
    for number in range(parts):
        until(app, lambda: page.walk.part is not None)
        if pause_ms:
            rest(app, pause_ms)
        *before, deciding = TURNS[number % len(TURNS)]
        for key in before:
            QTest.keyClick(page, key)
        record_id, painted = page.walk.record_id, paints.count
        start = time.perf_counter()
        QTest.keyClick(page, deciding)
        last = number == parts - 1
        until(
            app,
            lambda record_id=record_id, painted=painted, last=last: (
                page.walk.record_id != record_id
                and (page.walk.part is not None or last)
                and paints.count > painted
            ),
        )
        times.append((time.perf_counter() - start) * 1000)
        QTest.keyClick(page, K.Key_F)
    until(app, lambda: not page.answers.writer.outbox.waiting)
    page.layout_.view.removeEventFilter(paints)
    return Walk(tuple(times), time.perf_counter() - began)


def until(app: QApplication, condition: object) -> None:
    deadline = time.perf_counter() + _LONG_S
    while not condition():  # type: ignore[operator]
        app.processEvents()
        if time.perf_counter() > deadline:
            raise TimeoutError("the screen did not follow")
        time.sleep(0.0005)


def rest(app: QApplication, pause_ms: int) -> None:
    end = time.perf_counter() + pause_ms / 1000
    while time.perf_counter() < end:
        app.processEvents()
        time.sleep(0.002)


def main() -> None:
    """Make a desk in a temporary folder and walk."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parts", type=int, default=100)
    parser.add_argument("--side", type=int, default=1280, help="width of the pictures, pixels")
    parser.add_argument("--pause", type=int, default=0, help="thinking per part, milliseconds")
    options = parser.parse_args()
    app = QApplication([])
    theme.apply(app)
    with tempfile.TemporaryDirectory() as folder:
        size = (options.side * 4 // 5, options.side)
        parts = [a_part(number, size=size) for number in range(1, options.parts + 1)]
        desk = make_desk(Path(folder), parts)
        page = ReviewPage(desk)
        page.resize(1280, 748)
        page.show()
        page.activateWindow()
        page.entered()
        until(app, lambda: page.hasFocus() and page.walk.part is not None)
        done = walk(page, options.parts, options.pause)
        print(f"{app.platformName()}, pictures {size[1]} x {size[0]}, pause {options.pause} ms:")
        print(done.told())
        page.left()
        tasks.wait_all()
        app.processEvents()
        desk.store.close()


if __name__ == "__main__":
    main()
