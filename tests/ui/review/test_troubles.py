from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PyQt5.QtCore import Qt

from app.inspection.judgement import Inspection
from app.inspection.verdict import Verdict
from app.review.outbox import Outbox
from tests.rigs.review_desk import a_part
from tests.ui.review.conftest import Bench

K = Qt.Key


def picture_of(bench: Bench, serial: str) -> Path:
    record = bench.store.get(bench.record_id(serial))
    assert record is not None
    assert record.evidence is not None
    return bench.desk.evidence.root / record.evidence.image


def test_a_failing_database_loses_no_decision(bench: Bench) -> None:
    fault = bench.page.layout_.fault
    bench.wait(lambda: len(bench.page.loader._parts) >= 4)
    bench.store.broken = True
    bench.press(K.Key_2, K.Key_Return)
    bench.wait_for("0005")
    bench.press(K.Key_O)
    bench.wait_for("0004")
    bench.wait(lambda: "2 decisions wait" in fault.text)
    assert "cannot be reached" in fault.text
    assert bench.word("0006") == "✓ confirmed"
    # Even the end of the program would lose nothing.
    file = bench.desk.home.root / "reviews-waiting.jsonl"
    bench.wait(lambda: file.exists() and len(Outbox(bench.store, file).waiting) == 2)
    kept = [review.finding for review in Outbox(bench.store, file).waiting]
    assert kept == ["confirmed", "false-call"]
    bench.store.broken = False
    bench.wait_said("0006", "confirmed")
    bench.wait_said("0005", "false-call")
    bench.wait(lambda: fault.text == "")
    assert bench.said("0006")[0].defect == "dent"
    assert not file.exists()


def test_a_decision_that_waits_can_be_taken_back(bench: Bench) -> None:
    bench.store.broken = True
    bench.press(K.Key_Return, K.Key_Z)
    bench.wait_for("0006")
    bench.store.broken = False
    bench.wait_said("0006", "confirmed", "withdrawn")


@pytest.mark.logs_expected
def test_a_refused_decision_is_handed_back(bench: Bench) -> None:
    with bench.store._write() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    with bench.store._write() as connection:
        connection.exec_driver_sql(f"DELETE FROM records WHERE id = '{bench.record_id('0006')}'")
    bench.press(K.Key_Return)
    fault = bench.page.layout_.fault
    bench.wait(lambda: "part 0006 was not stored" in fault.text)
    assert bench.word("0006") == ""
    bench.press(K.Key_Escape)
    assert fault.text == ""
    assert bench.page.answers.deciding.count == 0


def test_a_database_that_is_gone_is_said_and_tried_again(bench: Bench) -> None:
    bench.store.broken = True
    bench.press(K.Key_R)
    bench.wait(lambda: "cannot be reached" in bench.message())
    assert "tried again" in bench.message()
    bench.press(K.Key_Return, K.Key_Down, K.Key_H, K.Key_H)
    bench.store.broken = False
    bench.wait_for("0006")


def test_a_part_that_can_not_be_read_now_is_tried_again(bench: Bench) -> None:
    bench.page.loader.forget()
    bench.store.broken = True
    bench.press(K.Key_Down)
    bench.wait(lambda: "cannot be reached" in bench.message())
    bench.store.broken = False
    bench.wait_for("0005")


def test_the_watch_stays_calm_while_the_database_is_gone(bench: Bench) -> None:
    bench.store.broken = True
    bench.page.watch._on_time()
    bench.wait(lambda: not bench.page.watch._busy)
    assert bench.serial() == "0006"
    bench.store.broken = False


class TestPictures:
    @pytest.fixture
    def parts(self) -> list[Inspection]:
        blind = a_part(4, Verdict.ERROR)
        record = replace(blind.record, frame_width=0, frame_height=0)
        nothing = replace(blind, record=record, frame=None)
        return [*(a_part(number) for number in (1, 2, 3)), nothing]

    def test_each_loss_is_one_sentence_and_the_keyboard_goes_on(self, bench: Bench) -> None:
        picture_of(bench, "0003").unlink()
        damaged = picture_of(bench, "0002")
        damaged.write_bytes(damaged.read_bytes()[:-9] + b"tampered!")
        bench.store.forget_evidence([bench.record_id("0001")])
        bench.press(K.Key_R)
        said = []
        for serial in ("0004", "0003", "0002", "0001"):
            bench.wait_for(serial)
            said.append(bench.message())
            assert bench.page.layout_.view.picture is None
            bench.press(K.Key_B, K.Key_E, K.Key_G, K.Key_M, K.Key_F)
            assert "nothing to draw on" in bench.notice()
            bench.press(K.Key_Return)
        bench.wait_said("0001", "confirmed")
        assert said == [
            "The camera gave no picture of this part.",
            "The stored picture is gone; it cannot be shown.",
            "The stored picture was changed or damaged; it is not evidence.",
            "The picture of this part was not kept.",
        ]

    def test_a_lost_heatmap_costs_not_the_picture(self, bench: Bench) -> None:
        record = bench.store.get(bench.record_id("0003"))
        assert record is not None
        assert record.evidence is not None
        (bench.desk.evidence.root / record.evidence.map).unlink()
        bench.press(K.Key_R)
        bench.wait_for("0004")
        bench.press(K.Key_Down)
        bench.wait_for("0003")
        picture = bench.page.layout_.view.picture
        assert picture is not None
        assert picture.overlay is None
        assert "heatmap" in bench.notice()


class TestEmpty:
    @pytest.fixture
    def parts(self) -> list[Inspection]:
        return []

    def test_an_empty_queue_says_so_and_every_key_is_harmless(self, bench: Bench) -> None:
        bench.wait(lambda: bench.message() == "No part waits for review.")
        for key in range(K.Key_A, K.Key_Z + 1):
            if key not in (K.Key_R, K.Key_C, K.Key_S, K.Key_Y):
                bench.press(Qt.Key(key))
        bench.press(K.Key_Return, K.Key_Up, K.Key_Down, K.Key_Left, K.Key_Right, K.Key_1)
        assert bench.message() == "No part waits for review."
        assert bench.page.layout_.place.text() == "0 parts"
