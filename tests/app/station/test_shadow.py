"""A candidate beside the line: it finds what it finds, and nobody is the worse for it."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.golden.set import GoldenSet
from app.inspection.verdict import Verdict
from app.station import shadow as shadow_module
from app.station.event_log import EventLog
from app.station.services import Unchecked
from app.station.shadow_events import stored_disagreements
from app.station.shadow_status import ShadowState
from app.station.status import StationState
from model.errors import OutOfMemory
from tests.app.station.conftest import RECIPE, MakeRig, Rig
from tests.app.station.golden_line import picture
from tests.app.station.shadow_line import EVERY, ShadowLine, candidate, judge, outputs
from tests.rigs.batch_camera import BatchCamera
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import BAD, GOOD, GreyDetector


def test_the_line_puts_out_the_same_with_and_without_a_shadow(make_rig: MakeRig) -> None:
    line = ShadowLine(make_rig)
    line.begin()
    shadowed = line.watch(judged=25)
    line.settle()
    known = {record.id: record for record in line.rig.rows()}
    assert line.found
    for pair in line.shadow.pairs:
        assert pair.verdict is known[pair.record_id].verdict
        assert pair.score == known[pair.record_id].score
    differing = {round(one.score or 0, 2) for one in line.found}
    assert differing == {0.31}  # grey 200 with its mark, and no other
    assert {(one.verdict, one.candidate_verdict) for one in line.found} == {
        (Verdict.NG, Verdict.OK)
    }
    line.shadow.promote("Kim", "fewer false calls")
    line.until_swapped()
    line.send(18)
    line.station.roll_back("Kim", "too many escapes")
    line.until_swapped()
    line.send(18)
    line.rig.stop()
    with_shadow = outputs(line.rig)

    plain = ShadowLine(lambda *args, **more: make_rig(*args, folder="plain", **more))
    plain.send(shadowed)
    plain.station.activate(Path("other"), "Kim", "fewer false calls")
    plain.until_swapped()
    plain.send(18)
    plain.station.roll_back("Kim", "too many escapes")
    plain.until_swapped()
    plain.send(18)
    plain.rig.stop()
    assert plain.shadow.pairs == ()
    assert outputs(plain.rig) == with_shadow
    by = [row["checkpoint"] for row in with_shadow]
    assert by == ["grey"] * (1 + shadowed) + ["other"] * 18 + ["grey"] * 18
    assert all(row["files"] for row in with_shadow)


def test_agreement_is_counted_with_its_interval(make_rig: MakeRig) -> None:
    line = ShadowLine(make_rig)
    line.begin()
    assert line.status.state is ShadowState.WATCHING
    assert line.status.candidate is not None
    line.watch(judged=20)
    line.settle()
    status = line.status
    pairs = line.shadow.pairs
    assert status.judged == len(pairs)
    assert status.agreed == sum(pair.agrees for pair in pairs)
    assert status.disagreed == len(line.found) == len(status.disagreements)
    assert status.agreed / status.judged in status.interval
    assert status.interval.high - status.interval.low > 0.01
    assert status.disagreements[0] == line.found[-1]
    line.shadow.stop()
    assert line.ended == ["The shadow was ended."]
    last = line.status
    assert (last.state, last.judged) == (ShadowState.ENDED, status.judged)
    assert last.judged + last.skipped >= status.judged
    begun, *_, ended = line.events
    assert (begun.kind, begun.by, begun.details["begun"]) == ("shadow", "Kim", True)
    assert (ended.kind, ended.details["agreed"]) == ("shadow", status.agreed)
    line.send(9)
    assert line.status.judged == last.judged


def test_a_slow_candidate_lets_parts_go_by_and_holds_none_up(make_rig: MakeRig) -> None:
    slow = candidate(delay_s=0.3)
    line = ShadowLine(make_rig, judge(), slow, check=_answers(model_ms=300.0))
    line.begin()
    line.send(27)
    line.settle()
    assert (line.status.judged, line.status.state) == (0, ShadowState.WATCHING)
    assert line.status.skipped > 20
    assert line.station.status().superseded == 0


def test_a_line_without_a_pause_is_left_alone(make_rig: MakeRig) -> None:
    """The judge takes longer than the camera: a frame always waits."""
    slow = GreyDetector("grey", limit=0.25, delay_s=0.03)
    line = ShadowLine(make_rig, slow, candidate(), camera=BatchCamera((GOOD, BAD), gap_s=0.001))
    line.begin()
    line.send(20)
    line.settle()
    assert line.status.judged <= 1  # the last one: nothing waits any more
    assert line.status.skipped >= 19


def test_where_nothing_can_be_late_it_may_always_judge(make_rig: MakeRig) -> None:
    rig = make_rig(
        GreyCamera((GOOD, BAD), live=False, fps=0), GreyDetector(), GreyDetector("other", limit=0.9)
    )
    rig.run(1)
    rig.station.shadow.start(Path("other"))
    rig.until(lambda: rig.station.shadow.status.judged >= 5)
    assert rig.station.shadow.status.disagreed > 0


def _answers(**values: Any) -> Any:
    return lambda path, cancelled: Unchecked(**values)


def _out_of_memory(*_: object) -> None:
    raise OutOfMemory("The memory of cpu does not suffice.")


FAILURES: dict[str, tuple[GreyDetector, str]] = {
    "raises": (candidate(fails_at=(BAD,)), "no answer for 250"),
    "not a number": (candidate(nan_at=(BAD,)), "score-not-finite"),
    "memory": (candidate(), "Memory does not suffice"),
}


@pytest.mark.logs_expected
@pytest.mark.parametrize("failure", FAILURES)
def test_a_failing_candidate_ends_and_the_line_does_not(
    make_rig: MakeRig, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sentence = FAILURES[failure]
    if failure == "memory":
        monkeypatch.setattr(broken, "predict", _out_of_memory)
    line = ShadowLine(make_rig, judge(), broken)
    line.begin()
    for _ in range(20):
        if line.ended:
            break
        line.send(9)
    line.rig.until(lambda: bool(line.ended))
    assert sentence in line.ended[0]
    assert line.status.sentence == line.ended[0]
    line.send(9)
    assert line.station.status().state is StationState.RUNNING
    assert line.rig.faults == []
    assert {row.verdict for row in line.rig.rows()} == {Verdict.OK, Verdict.NG}


@pytest.mark.logs_expected
@pytest.mark.parametrize(
    ("name", "more", "sentence"),
    [
        ("nowhere", {}, "no checkpoint 'nowhere'"),
        ("other", {"check": _answers(ok=False, sentence="It is torn.")}, "It is torn."),
        ("grey", {}, "judges already"),
        ("blank", {}, "not calibrated"),
    ],
)
def test_what_cannot_be_used_never_begins(
    make_rig: MakeRig, name: str, more: dict[str, Any], sentence: str
) -> None:
    blank = GreyDetector("blank", limit=float("nan"))
    line = ShadowLine(make_rig, judge(), candidate(), blank, **more)
    line.shadow.start(Path(name))
    line.rig.until(lambda: bool(line.ended))
    assert sentence in line.ended[0]
    assert line.status.state is ShadowState.ENDED
    assert line.events == []
    line.send(3)


@pytest.mark.logs_expected
def test_a_candidate_too_large_to_be_loaded_is_said_to_be_so(make_rig: MakeRig) -> None:
    line = ShadowLine(make_rig)

    def load(name: str) -> GreyDetector:
        raise MemoryError

    line.shadow._services = replace(line.station.services, load=load)
    line.shadow.start(Path("other"))
    line.rig.until(lambda: bool(line.ended))
    assert "Memory does not suffice" in line.ended[0]
    line.send(3)


def test_no_model_no_shadow(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera(), GreyDetector())
    rig.station.shadow.start(Path("other"))
    assert "No model is loaded" in rig.station.shadow.status.sentence


def test_promoting_takes_the_model_that_is_warm(make_rig: MakeRig) -> None:
    line = ShadowLine(make_rig)
    line.begin()
    line.watch(judged=1)
    del line.rig.detectors["other"]  # it could not be loaded again
    line.shadow.promote("Kim", "agrees")
    line.until_swapped()
    assert line.ended == ["Candidate other was promoted; it judges now."]
    now = line.station.status()
    assert now.checkpoint is not None
    assert (now.checkpoint.name, now.recipe.version) == ("other", 2)
    line.send(1)
    assert line.rig.inspected[-1].checkpoint == "other"


@pytest.mark.logs_expected
def test_a_refused_promotion_leaves_the_shadow_on(make_rig: MakeRig) -> None:
    recipe = EVERY.model_copy(update={"golden_required": True})
    line = _guarded(make_rig, recipe)
    line.begin()
    line.watch(judged=2)
    line.shadow.promote("Kim", "agrees")
    line.rig.until(lambda: line.status.state is not ShadowState.PROMOTING)
    assert line.status.state is ShadowState.WATCHING
    assert "scratch" in line.status.sentence
    before = line.status.judged
    line.watch(judged=before + 3)
    assert line.status.judged >= before + 3


def _guarded(make_rig: MakeRig, recipe: Any) -> ShadowLine:
    def make(*args: Any, **more: Any) -> Rig:
        rig = make_rig(*args, **more)
        golden = GoldenSet(rig.store.golden, rig.home / "golden")
        golden.add(picture(200), "scratch", recipe, judge())
        return rig

    return ShadowLine(make, recipe=recipe)


@pytest.mark.logs_expected
def test_there_is_nothing_to_promote(make_rig: MakeRig) -> None:
    line = ShadowLine(make_rig)
    refused: list[str] = []
    line.station.swapping.refused.connect(refused.append)
    line.shadow.promote("Kim", "why")
    assert len(refused) == 1


@pytest.mark.parametrize("what", ["recipe", "checkpoint"])
def test_it_ends_with_what_it_is_compared_with(make_rig: MakeRig, what: str) -> None:
    third = GreyDetector("third", limit=0.2)
    line = ShadowLine(make_rig, judge(), candidate(), third)
    line.begin()
    if what == "recipe":
        line.station.use_recipe(EVERY.model_copy(update={"name": "another"}))
    else:
        line.station.activate(Path("third"), "Kim", "better")
    line.rig.until(lambda: bool(line.ended))
    assert "is in force now" in line.ended[0]


def test_another_candidate_takes_its_place(make_rig: MakeRig) -> None:
    line = ShadowLine(make_rig, judge(), candidate(), GreyDetector("third", limit=0.4))
    line.begin()
    line.begin("third")
    assert line.ended == ["Another candidate takes its place."]
    assert line.status.candidate is not None
    assert line.status.candidate.name == "third"
    line.watch(judged=10)
    assert {one.candidate for one in line.found} == {"third"}


def test_the_list_survives_a_restart_and_is_bounded(
    make_rig: MakeRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow_module, "EVENTS_AT_MOST", 3)
    line = ShadowLine(make_rig, judge(), GreyDetector("other", reference=0, limit=0.1))
    events = EventLog(line.station, line.rig.store.events, tmp_path / "events")
    events.start()
    line.begin()
    line.watch(judged=15)
    line.settle()
    line.shadow.stop()
    assert events.close()
    stored = stored_disagreements(line.rig.store)
    assert list(stored) == line.found[:3][::-1]
    assert len(line.found) > 3
    sha = line.found[0].candidate_sha256
    assert stored_disagreements(line.rig.store, sha, limit=2) == stored[:2]
    assert stored_disagreements(line.rig.store, "f" * 64) == ()
    assert line.events[-1].details["kept"] == 3
    again = make_rig(GreyCamera(), GreyDetector(), recipe=RECIPE)
    again.begin()
    again.until(lambda: again.station.shadow.status.disagreements == stored)


def test_the_program_can_end_while_a_candidate_is_loaded(make_rig: MakeRig) -> None:
    asked = threading.Event()

    def check(path: Path, cancelled: Any) -> Unchecked:
        asked.set()
        while not cancelled():
            threading.Event().wait(0.01)
        return Unchecked(ok=False, sentence="It was cancelled.")

    line = ShadowLine(make_rig, check=check)
    line.shadow.start(Path("other"))
    assert asked.wait(10)
    assert line.status.state is ShadowState.PREPARING
    assert line.station.close()
    assert line.ended == ["The program was closed."]
