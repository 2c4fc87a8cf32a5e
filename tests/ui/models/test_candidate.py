"""A candidate: checked, compared, explained; what cannot be done says why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PyQt5.QtCore import Qt

from app.candidates.check_report import CheckReport
from app.candidates.comparison import Comparison
from app.candidates.errors import CandidateError
from app.inspection.verdict import Verdict
from app.store.base import Query
from app.ui.screens import models_words as words
from app.ui.screens.models_candidate import Candidate, Stage
from app.ui.screens.models_compare_words import compare_environment, compare_words
from app.ui.screens.models_layout import CANDIDATE, LIST, SHADOW
from app.ui.widgets.checkpoint_sign_dialog import SignDialog
from app.ui.widgets.compare_facts import rows_of, summary_of
from app.ui.widgets.compare_scatter import mark_of
from app.ui.widgets.record_dialog import RecordDialog
from model import checkpoint
from model.types import Calibration
from tests.rigs.compared import comparison, many, pair
from tests.ui.models.conftest import Bench, write_checkpoint

GOOD = CheckReport(True, "", None, 1.3, 51.0, 420.0)


def beginning(bench: Bench, path: Path, monkeypatch: pytest.MonkeyPatch) -> Candidate:
    """Begin with a candidate; the answers of the processes come from the test."""
    candidate = bench.page.candidate
    monkeypatch.setattr("app.ui.screens.models_candidate.check_in_process", lambda *_: GOOD)
    monkeypatch.setattr(candidate.process, "start", lambda *_: None)
    bench.page.try_candidate(path, path.stem)
    bench.wait(lambda: candidate.stage is Stage.COMPARING)
    return candidate


def compared(bench: Bench, found: Comparison, monkeypatch: pytest.MonkeyPatch) -> Candidate:
    (path,) = bench.write("plates-2")
    bench.enter()
    candidate = beginning(bench, path, monkeypatch)
    candidate.process.succeeded.emit(found.to_json())
    assert candidate.stage is Stage.COMPARED
    return candidate


def sign(bench: Bench) -> SignDialog:
    bench.layout.candidate.activate_button.click()
    dialog = bench.page.findChild(SignDialog)
    assert isinstance(dialog, SignDialog)
    return dialog


def test_without_a_candidate_the_way_is_shown(bench: Bench) -> None:
    bench.enter()
    panel = bench.layout.candidate
    bench.layout.tabs.setCurrentIndex(CANDIDATE)
    assert "press “Check and compare”" in panel.message.text()
    panel.activate_button.click()
    assert panel.obstacle.text() == "Choose a checkpoint in the list first and check it."
    panel.shadow_button.click()
    assert panel.obstacle.isVisible()
    panel.choose_button.click()
    assert bench.layout.tabs.currentIndex() == LIST


def test_numbers_chart_and_pictures(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.judge("ng", 2)
    ids = [row.id for row in bench.store.rows(Query(verdicts=(Verdict.NG,)))]
    bench.station.pause()
    found = many(tmp_path, ids)
    candidate = compared(bench, found, monkeypatch)
    panel = bench.layout.candidate
    assert panel.facts.summary.text() == summary_of(found)
    assert "loaded in 1.3 s, 51 ms per part, 420 MB" in panel.sentence.text()
    assert [button.text() for button in panel.strip.buttons.values()] == [
        "OK → NG: 3", "NG → OK: 3", "OK → ERROR: 1",
    ]  # fmt: skip
    plot = panel.scatter.plot
    assert sum(len(items.data) for items in plot.marks.values()) == len(found.pairs) - 1
    assert "1 without a score is not drawn." in panel.scatter.legend.text()
    assert "beyond the edge" in panel.scatter.legend.text()
    assert [line.value() for line in plot.limits] == [1.0, 1.0]
    keys = list(panel.strip.tiles)
    part = f"part:{ids[1]}"
    assert part in keys
    bench.wait(lambda: panel.strip.tiles[part].image is not None)
    panel.strip.tiles[part].click()
    bench.wait(lambda: bench.page.findChild(RecordDialog))
    facts = bench.page.findChild(RecordDialog).facts._facts
    assert facts[1][0] == "plates"
    assert facts[1][1].startswith("OK: score")
    assert facts[2][1].startswith("NG: score")
    assert candidate.comparison == found


def test_a_golden_sample_shows_its_file(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = many(tmp_path)
    candidate = compared(bench, found, monkeypatch)
    golden = next(one for one in found.pairs if one.kind == "golden" and one.differs)
    candidate.differences.open_pair(golden)
    bench.wait(lambda: bench.page.findChild(RecordDialog))
    dialog = bench.page.findChild(RecordDialog)
    assert dialog.view.picture is not None
    dialog.close()
    Path(golden.picture).unlink()
    bench.wait(lambda: bench.page.findChild(RecordDialog) is None)
    candidate.differences.open_pair(golden)
    bench.wait(lambda: bench.page.findChild(RecordDialog))
    assert "cannot be read" in bench.page.findChild(RecordDialog).facts._facts[0][1]


def test_activate_asks_who_and_why_and_the_line_goes_on(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.judge("ok")
    compared(bench, many(tmp_path), monkeypatch)
    dialog = sign(bench)
    assert "Of 101 pictures 7 get another verdict. OK → NG: 3" in dialog.facts.text()
    assert "paint goes on" in dialog.facts.text()
    dialog.reason.setText("Fewer false calls")
    dialog.do_button.click()
    bench.wait(lambda: bench.layout.bar.sentence.text() == "● plates-2 judges now")
    events = bench.store.events.find(kinds=("checkpoint",))
    bench.wait(lambda: bench.store.events.find(kinds=("checkpoint",))[0].by == "Kim")
    assert events[-1].by == ""
    assert bench.station.status().phase.value == "running"


def test_a_file_that_was_changed_after_the_check_is_not_activated(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate = compared(bench, many(tmp_path), monkeypatch)
    assert candidate.path is not None
    info = next(one.info for one in bench.own() if one.path == candidate.path)
    candidate.report = replace(GOOD, info=info)
    bench.write("plates-2", extra={"data": "others"})
    dialog = sign(bench)
    dialog.reason.setText("why not")
    dialog.do_button.click()
    bench.wait(lambda: "changed since it was checked" in bench.layout.candidate.obstacle.text())
    assert bench.station.status().checkpoint == bench.page.in_force.roles.in_force
    assert bench.layout.bar.sentence.text().startswith("◌ paint")


@pytest.mark.parametrize(
    "stage", ["none", "checking", "bare", "limiting", "comparing", "refused", "stopped"]
)
def test_every_obstacle_has_a_sentence(stage: str) -> None:
    assert words.activation_obstacle(stage, "").endswith(".")


@pytest.mark.parametrize("stage", ["alone", "compared"])
def test_what_was_checked_may_be_activated(stage: str) -> None:
    assert words.activation_obstacle(stage, "") == ""


def test_without_stored_pictures_it_says_so_and_can_still_be_used(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = bench.write("plates-2")
    bench.enter()
    candidate = beginning(bench, path, monkeypatch)
    candidate.process.failed.emit("There are no pictures to compare on.")
    assert candidate.stage is Stage.ALONE
    text = bench.layout.candidate.message.text()
    assert text == "It was not compared. There are no pictures to compare on."
    assert "▲ It was not compared." in sign(bench).facts.text()


def test_a_result_of_an_earlier_candidate_is_not_taken_for_this_one(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = bench.write("first", "second")
    bench.enter()
    candidate = beginning(bench, first, monkeypatch)
    started: list[list[str]] = []
    # The first process still cleans up when the second candidate has been checked.
    monkeypatch.setattr(type(candidate.process), "is_running", property(lambda _: True))
    bench.page.try_candidate(second, "second")
    bench.wait(lambda: candidate.stage is Stage.COMPARING)
    monkeypatch.setattr(type(candidate.process), "is_running", property(lambda _: False))
    monkeypatch.setattr(candidate.process, "start", lambda words, _: started.append(words))
    candidate.process.succeeded.emit(many(tmp_path).to_json())
    assert candidate.stage is Stage.COMPARING
    assert str(second) in started[0]
    candidate.process.succeeded.emit(many(tmp_path).to_json())
    assert candidate.stage is Stage.COMPARED


def test_cancel_leaves_everything_as_it_was(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = bench.write("plates-2")
    bench.enter()
    candidate = beginning(bench, path, monkeypatch)
    panel = bench.layout.candidate
    candidate.process.progressed.emit("judge", 34, 100)
    assert panel.step.text() == "Comparing: 34 of 100"
    panel.stop_button.click()
    assert candidate.stage is Stage.STOPPED
    assert not panel.progress.isVisible()
    panel.activate_button.click()
    assert "press “Check again”" in panel.obstacle.text()
    candidate.process.failed.emit("")
    assert candidate.stage is Stage.STOPPED


def test_run_in_shadow_begins_beside_the_line(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared(bench, many(tmp_path), monkeypatch)
    bench.layout.candidate.shadow_button.click()
    bench.wait(lambda: bench.layout.tabs.currentIndex() == SHADOW)
    bench.wait(lambda: bench.layout.shadow.state.text() == "plates-2 runs in shadow")
    assert "does not judge now" in bench.layout.shadow.sentence.text()


@pytest.mark.logs_expected
def test_an_answer_that_is_not_understood_is_a_sentence(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = bench.write("plates-2")
    bench.enter()
    candidate = beginning(bench, path, monkeypatch)
    candidate.process.succeeded.emit({"pairs": 7})
    assert candidate.stage is Stage.ALONE
    assert "the log says why" in candidate.problem


def test_the_comparison_is_asked_of_the_recipe_in_force(bench: Bench, tmp_path: Path) -> None:
    asked = compare_words(bench.qa, tmp_path / "x.safetensors", "x", 100)
    assert asked[:3] == ["checkpoint", "compare", str(tmp_path / "x.safetensors")]
    assert {"--last=100", "--recipe=paint", "--progress-lines"} <= set(asked)
    # A password in the address of the database is nobody's business.
    assert not any(bench.store.url in word for word in asked)
    assert compare_environment(bench.qa) == {"ADCLIP_DATABASE_URL": bench.store.url}


def test_worse_figures_are_marked_by_a_sign() -> None:
    good = [pair(f"g{n}", (0.1, 1.2 if n == 0 else 0.2), Verdict.OK) for n in range(4)]
    bad = [pair(f"b{n}", (1.5, 0.5 if n == 0 else 1.5), Verdict.NG) for n in range(3)]
    rows = {name: (current, other) for name, current, other in rows_of(comparison(good + bad))}
    assert rows["False calls"] == ("0 of 4 reviewed", "▲ 1 of 4 reviewed")
    assert rows["Escapes"] == ("0 of 3 reviewed", "▲ 1 of 3 reviewed")
    assert rows["Time per part"] == ("34 ms", "51 ms, slower")
    assert rows["Golden samples"] == ("none", "none")


def test_marks_tell_verdicts_apart_by_shape() -> None:
    looks = [
        mark_of(pair("a", (0.1, 0.2))),
        mark_of(pair("b", (0.1, 1.2))),
        mark_of(pair("c", (0.1, 0.2), Verdict.OK, kind="golden")),
        mark_of(pair("d", (0.1, None))),
    ]
    assert [None if one is None else one.look for one in looks] == [
        "same", "other", "golden", None,
    ]  # fmt: skip


def test_a_click_on_a_mark_opens_its_picture(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = comparison([pair("far", (0.2, 1.3), kind="picture", picture=str(tmp_path / "no.png"))])
    compared(bench, found, monkeypatch)
    plot = bench.layout.candidate.scatter.plot
    bench.bot.wait(50)
    spot = plot.plot.plotItem.vb.mapViewToDevice(plot.marks["other"].points()[0].pos())
    bench.bot.mouseClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=spot.toPoint())
    bench.wait(lambda: bench.page.findChild(RecordDialog))


def test_a_checkpoint_without_limits_gets_them_from_good_parts_first(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare,) = bench.write("epoch_3", calibration=Calibration())
    (made,) = bench.write("plates")
    bench.enter()
    candidate, panel = bench.page.candidate, bench.layout.candidate
    started: list[list[str]] = []
    reports = {path: replace(GOOD, info=checkpoint.inspect(path)) for path in (bare, made)}
    monkeypatch.setattr(
        "app.ui.screens.models_candidate.check_in_process", lambda path, *_: reports[path]
    )
    monkeypatch.setattr(candidate.process, "start", lambda words, _: started.append(words))
    bench.layout.training.epoch_chosen.emit(bare)
    bench.wait(lambda: candidate.stage is Stage.BARE)
    assert bench.layout.tabs.currentIndex() == CANDIDATE
    assert "has no limits" in panel.message.text()
    panel.activate_button.click()
    assert panel.obstacle.text() == "It has no limits yet; set them first."
    panel.limits_button.click()
    assert started[-1][:3] == ["checkpoint", "limits", str(bare)]
    assert f"--out={bench.home.checkpoints / 'epoch_3 (epoch_3).safetensors'}" in started[-1]
    candidate.process.progressed.emit("judge", 3, 20)
    assert panel.step.text() == "Setting limits: 3 of 20"
    candidate.process.failed.emit("Limits need 10 good parts.")
    assert candidate.stage is Stage.BARE
    assert panel.message.text().startswith("▲ Limits need 10 good parts.")
    panel.limits_button.click()
    candidate.process.succeeded.emit({"path": str(made), "name": "plates"})
    bench.wait(lambda: candidate.stage is Stage.COMPARING)
    assert started[-1][:3] == ["checkpoint", "compare", str(made)]
    assert candidate.name == "plates"
    bench.settle()


def test_a_file_from_a_stick_is_copied_before_it_judges(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = write_checkpoint(tmp_path / "stick", "plates")
    bench.write("plates", extra={"data": "others"})
    bench.enter()
    candidate = beginning(bench, stick, monkeypatch)
    candidate.process.succeeded.emit(many(tmp_path).to_json())
    dialog = sign(bench)
    dialog.reason.setText("New lamp")
    dialog.do_button.click()
    bench.wait(
        lambda: (
            bench.layout.bar.sentence.text() == "◌ plates is in force; the line does not judge now"
        )
    )
    copy = bench.home.checkpoints / "plates-2.safetensors"
    assert copy.read_bytes() == stick.read_bytes()
    assert Path(bench.station.status().recipe.checkpoint) == copy
    bench.settle()


def test_a_check_that_fails_itself_never_reads_like_a_good_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = bench.write("plates")
    bench.enter()

    def fail(*_: object) -> CheckReport:
        raise CandidateError("No process can be started; close other programs.")

    monkeypatch.setattr("app.ui.screens.models_candidate.check_in_process", fail)
    bench.page.try_candidate(path, "plates")
    bench.wait(lambda: bench.page.candidate.stage is Stage.REFUSED)
    assert bench.layout.candidate.sentence.text() == "▲ The check itself has failed."
    assert "No process can be started" in bench.layout.candidate.message.text()
