from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from app.inspection.verdict import Verdict
from app.review.queue import ReviewQueue
from app.station import tasks
from app.store.base import Query
from app.store.database import Database, open_store
from app.ui.widgets.queue_model import QueueModel
from tests.rigs.records import a_record

MANY = 1050


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(f"sqlite:///{(tmp_path / 's.db').as_posix()}")
    opened.add_many(
        [
            a_record(
                Verdict.NG if number % 3 else Verdict.REVIEW,
                id=f"01900000-0000-7000-8000-{number:012d}",
                serial=str(number),
                score=number / MANY,
            )
            for number in range(MANY)
        ]
    )
    yield opened
    assert tasks.wait_all()
    opened.close()


def fill(model: QueueModel, bot: QtBot) -> None:
    while not model.is_complete:
        with bot.waitSignal(model.grown, timeout=10_000):
            model.fetchMore(QModelIndex())


def test_the_model_keeps_qts_rules_while_pages_come(
    store: Database, qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    model = QueueModel()
    with qtbot.waitSignals([model.grown, model.counted], timeout=10_000) as seen:
        model.begin(ReviewQueue(store, Query(queued=True)), {})
    assert seen is not None
    assert model.rowCount() == 200
    qtmodeltester.check(model)
    fill(model, qtbot)
    assert model.rowCount() == MANY
    assert not model.canFetchMore()
    qtmodeltester.check(model)
    assert [model.record_row(place).serial for place in (0, 1, MANY - 1)] == [  # type: ignore[union-attr]
        str(MANY - 1), str(MANY - 2), "0",
    ]  # fmt: skip


def test_each_row_tells_verdict_score_and_word(store: Database, qtbot: QtBot) -> None:
    model = QueueModel()
    with qtbot.waitSignal(model.counted, timeout=10_000) as counted:
        model.begin(ReviewQueue(store, Query(queued=True, order="score", newest_first=False)), {})
    assert counted.args == [MANY]
    fill(model, qtbot)
    texts = [model.data(model.index(1, column)) for column in range(model.columnCount())]
    assert texts == ["NG", "1", "0.001", "", "lot-1"]
    assert model.data(model.index(1, 0), Qt.ItemDataRole.DecorationRole) is not None
    assert [
        model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())
    ] == ["Verdict", "Part", "Score", "Review", "Lot"]
    row = model.record_row(1)
    assert row is not None
    model.set_own(row.id, "false-call")
    assert model.data(model.index(1, 3)) == "✓ false call"
    assert model.is_done(1)
    model.set_now(row.id, None)  # our own word is not taken for another's
    assert model.data(model.index(1, 3)) == "✓ false call"
    model.set_own(row.id, None)
    assert not model.is_done(1)


def test_a_page_of_an_earlier_list_is_dropped(store: Database, qtbot: QtBot) -> None:
    model = QueueModel()
    model.begin(ReviewQueue(store, Query(queued=True)), {})
    model.begin(ReviewQueue(store, Query(verdicts=(Verdict.REVIEW,))), {})
    fill(model, qtbot)
    assert tasks.wait_all()
    qtbot.wait(20)
    assert model.rowCount() == MANY // 3
    assert {model.record_row(place).verdict for place in range(model.rowCount())} == {  # type: ignore[union-attr]
        Verdict.REVIEW
    }


def test_a_list_that_fails_is_read_when_it_works_again(
    store: Database, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.errors import StoreError

    def fails(_: Query) -> None:
        raise StoreError("The database server cannot be reached.")

    model = QueueModel()
    monkeypatch.setattr(store, "rows", fails)
    sentences: list[str] = []
    model.failed.connect(sentences.append)
    model.begin(ReviewQueue(store, Query()), {})
    qtbot.waitUntil(lambda: bool(sentences), timeout=10_000)
    assert "reached" in sentences[0]
    monkeypatch.undo()
    with qtbot.waitSignal(model.grown, timeout=10_000):
        model.retry()
    assert model.rowCount() == 200


@pytest.mark.logs_expected
def test_a_bug_while_reading_is_logged_and_said_plainly(
    store: Database, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Query) -> None:
        raise ZeroDivisionError

    model = QueueModel()
    monkeypatch.setattr(store, "rows", broken)
    with qtbot.waitSignal(model.failed, timeout=10_000) as said:
        model.begin(ReviewQueue(store, Query()), {})
    assert said.args == ["The list cannot be read; the log says why."]
