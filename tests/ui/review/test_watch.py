"""What the watch of the review list tells, and in which order."""

from __future__ import annotations

import threading

from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.review.filtering import Show
from app.station import tasks
from app.store.base import Query
from app.ui.review_watch import ReviewWatch, Watched


class SlowFirst:
    """A store whose first answer is old and comes after the second one."""

    def __init__(self) -> None:
        self.second_told = threading.Event()
        self.calls = 0
        self._lock = threading.Lock()

    def count(self, _: Query) -> dict[str, int]:
        with self._lock:
            self.calls += 1
            is_first = self.calls == 1
        if is_first:
            assert self.second_told.wait(10)
            return {"NG": 1}
        return {"NG": 2}


def test_a_slow_count_does_not_hide_a_newer_one(app: QApplication, qtbot: QtBot) -> None:
    store = SlowFirst()
    watch = ReviewWatch(store, lambda: Watched(None, (), "", "kim"))  # type: ignore[arg-type]
    told: list[dict[Show, int]] = []
    watch.counts_read.connect(told.append)
    watch.count()
    qtbot.waitUntil(lambda: store.calls == 1)
    watch.count()
    qtbot.waitUntil(lambda: len(told) == 1)
    store.second_told.set()
    tasks.wait_all()
    qtbot.wait(50)
    assert [one[Show.OPEN] for one in told] == [2]
