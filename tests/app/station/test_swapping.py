"""A checkpoint takes over between two frames, or the old one judges on and it is said why."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from app.errors import ExpectedError
from app.golden.set import GoldenSet
from app.inspection.event import Event
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import RegionOfInterest
from app.inspection.verdict import Verdict
from app.settings.recipes import RecipeBook
from app.station.event_log import EventLog
from app.station.golden_status import GoldenState
from app.station.services import Unchecked
from app.station.status import StationState
from app.station.swap_status import SwapStep
from tests.app.station.conftest import RECIPE, MakeRig
from tests.app.station.golden_line import GUARDED, picture
from tests.app.station.swapping_line import OLD, SEES_NOTHING, Heard, running
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import BAD, GOOD, GreyDetector


def test_it_takes_over_between_two_frames_with_its_own_limits(make_rig: MakeRig) -> None:
    recipe = RECIPE.model_copy(
        update={
            "ng_limit": 0.1,
            "regions": (
                RegionOfInterest(name="a", polygon=((0, 0), (60, 0), (60, 40)), ng_limit=0.2),
            ),
        }
    )
    rig, heard = running(make_rig, recipe=recipe)
    heard.activate()
    swapped = heard.until_done()
    assert (swapped.before and swapped.before.name, swapped.after.name) == ("grey", "other")
    assert heard.steps == [
        SwapStep.PREPARING, SwapStep.GOLDEN, SwapStep.KEEPING, SwapStep.DONE
    ]  # fmt: skip
    count = len(rig.inspected)
    rig.until(lambda: len(rig.inspected) > count + 3)
    rig.stop()
    rows = rig.rows()
    by = [row.checkpoint for row in rows]
    assert by == sorted(by)
    assert set(by) == {"grey", "other"}
    assert [int(row.serial) for row in rows] == sorted(int(row.serial) for row in rows)
    assert {(row.checkpoint, row.verdict, row.recipe_version) for row in rows} == {
        ("grey", Verdict.NG, 1),
        ("other", Verdict.OK, 2),
    }
    assert rig.faults == []


def test_the_recipe_becomes_a_version_and_the_change_an_event(
    make_rig: MakeRig, tmp_path: Path
) -> None:
    rig = make_rig(GreyCamera(), OLD, SEES_NOTHING)
    book = RecipeBook(rig.store)
    book.save(RECIPE, author="Lee", reason="first")
    events = EventLog(rig.station, rig.store.events, tmp_path / "events")
    events.start()
    heard = Heard(rig)
    rig.run(1)
    heard.activate(by=" Kim ")
    heard.until_done()
    rig.stop()
    assert events.close()
    kept = book.load("grey")
    assert (kept.version, kept.checkpoint) == (2, "other")
    assert kept.checkpoint_sha256 == SEES_NOTHING.info.sha256
    newest = rig.store.recipe_history("grey")[0]
    assert (newest.author, newest.reason) == ("Kim", "fewer false calls")
    told = rig.store.events.find(kinds=("checkpoint",))
    assert [event.details["name"] for event in told] == ["other", "grey"]
    details = told[0].details
    assert (told[0].by, details["why"]) == ("Kim", "fewer false calls")
    assert details["before_sha256"] == OLD.info.sha256
    assert details["sha256"] == SEES_NOTHING.info.sha256
    assert (details["before_recipe_version"], details["recipe_version"]) == (1, 2)
    assert "Kim" in told[0].text
    assert "other" in told[0].text


def test_the_recipe_calls_the_file_as_it_is_told_to(make_rig: MakeRig) -> None:
    rig, heard = running(make_rig, name_of=lambda path: path.name)
    rig.station.activate(Path("folder") / "other", "Kim", "why")
    heard.until_done()
    assert rig.station.status().recipe.checkpoint == "other"


def test_the_camera_of_this_run_is_used_on_but_not_kept(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera(), OLD, SEES_NOTHING, recipe=RECIPE)
    RecipeBook(rig.store).save(RECIPE.model_copy(update={"camera": "grey:of the plant"}))
    heard = Heard(rig)
    rig.run(1)
    heard.activate()
    heard.until_done()
    assert rig.station.status().recipe.camera == "grey:"
    assert RecipeBook(rig.store).load("grey").camera == "grey:of the plant"
    assert rig.camera.opened == 1


@pytest.mark.logs_expected
@pytest.mark.parametrize(("by", "why"), [("", "why"), ("who", ""), ("  ", "why")])
def test_who_and_why_are_needed(make_rig: MakeRig, by: str, why: str) -> None:
    rig, heard = running(make_rig)
    heard.activate(by=by, why=why)
    assert "who" in heard.until_refused()
    assert rig.station.swapping.status.step is SwapStep.REFUSED


def failing(text: str) -> Any:
    def check(path: Path, cancelled: object) -> Unchecked:
        return Unchecked(ok=False, sentence=text)

    return check


def forbidden(recipe: Recipe) -> None:
    raise ExpectedError(f"Version {recipe.version} is not approved.", "approval")


TROUBLES: dict[str, tuple[str, GreyDetector, dict[str, Any], str]] = {
    "missing": ("nowhere", SEES_NOTHING, {}, "no checkpoint 'nowhere'"),
    "bad file": ("other", SEES_NOTHING, {"check": failing("It is torn.")}, "It is torn."),
    "no limits": ("other", GreyDetector("other", limit=float("nan")), {}, "not calibrated"),
    "the same": ("grey", SEES_NOTHING, {}, "judges already"),
    "not approved": ("other", SEES_NOTHING, {"allow": forbidden}, "is not approved"),
    "changed": (
        "other",
        SEES_NOTHING,
        {"check": lambda path, cancelled: Unchecked(info=OLD.info)},
        "was changed while",
    ),
}


@pytest.mark.logs_expected
@pytest.mark.parametrize("trouble", TROUBLES)
def test_whatever_fails_the_old_one_judges_on(make_rig: MakeRig, trouble: str) -> None:
    name, candidate, more, sentence = TROUBLES[trouble]
    rig, heard = running(make_rig, OLD, candidate, **more)
    said: list[str] = []
    rig.station.messages.listen(lambda message: said.append(message.text))
    heard.activate(name)
    assert sentence in heard.until_refused()
    assert said
    assert said[-1].endswith("Checkpoint grey judges on.")
    count = len(rig.inspected)
    rig.until(lambda: len(rig.inspected) > count + 2)
    status = rig.station.status()
    assert (status.state, status.recipe) == (StationState.RUNNING, RECIPE)
    assert {record.checkpoint for record in rig.inspected} == {"grey"}
    assert rig.station.previous is None
    assert rig.faults == []


@pytest.mark.logs_expected
def test_golden_samples_that_move_keep_a_candidate_out(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera((BAD,)), OLD, SEES_NOTHING, recipe=GUARDED)
    golden = GoldenSet(rig.store.golden, rig.home / "golden")
    golden.add(picture(BAD), "scratch", GUARDED, OLD)
    states: list[StationState] = rig.states
    heard = Heard(rig)
    rig.run(2)
    states.clear()
    heard.activate()
    assert "scratch" in heard.until_refused()
    count = len(rig.inspected)
    rig.until(lambda: len(rig.inspected) > count + 2)
    assert set(states) <= {StationState.RUNNING}
    assert rig.station.status().golden.state is GoldenState.PASSED
    assert {record.checkpoint for record in rig.inspected} == {"grey"}


def test_the_line_is_never_held_back_by_samples_that_pass(make_rig: MakeRig) -> None:
    stricter = GreyDetector("other", limit=0.3)
    rig = make_rig(GreyCamera((BAD,)), OLD, stricter, recipe=GUARDED)
    golden = GoldenSet(rig.store.golden, rig.home / "golden")
    golden.add(picture(BAD), "scratch", GUARDED, OLD)
    golden.add(picture(GOOD), "plain", GUARDED, OLD)
    checks: list[Event] = []
    heard = Heard(rig)
    rig.run(2)
    rig.station.golden.happened.connect(checks.append)
    rig.states.clear()
    heard.activate()
    heard.until_done()
    assert rig.station.status().golden.state is GoldenState.PASSED
    assert set(rig.states) <= {StationState.RUNNING}
    assert [event.details["checkpoint"] for event in checks] == ["other"]
    assert checks[0].details["passed"] is True


@pytest.mark.logs_expected
def test_only_one_change_at_a_time(make_rig: MakeRig) -> None:
    go_on = threading.Event()

    def check(path: Path, cancelled: object) -> Unchecked:
        go_on.wait(20)
        return Unchecked()

    rig, heard = running(make_rig, check=check)
    heard.activate()
    heard.activate("grey")
    assert "under way" in heard.refused.pop()
    assert rig.station.swapping.status.step is SwapStep.PREPARING
    go_on.set()
    assert heard.until_done().after.name == "other"


@pytest.mark.logs_expected
def test_a_recipe_chosen_meanwhile_wins(make_rig: MakeRig) -> None:
    go_on = threading.Event()

    def check(path: Path, cancelled: object) -> Unchecked:
        go_on.wait(20)
        return Unchecked()

    rig, heard = running(make_rig, check=check)
    heard.activate()
    other = RECIPE.model_copy(update={"name": "another"})
    rig.station.use_recipe(other)
    rig.until(lambda: rig.station.status().recipe.name == "another")
    go_on.set()
    assert "meanwhile" in heard.until_refused()
    assert rig.station.status().recipe == other


def test_a_model_is_taken_while_the_line_is_closed(make_rig: MakeRig) -> None:
    rig = make_rig(GreyCamera(), OLD, SEES_NOTHING)
    heard = Heard(rig)
    rig.begin()
    heard.activate()
    heard.until_done()
    rig.station.start()
    rig.until(lambda: len(rig.inspected) > 0)
    assert rig.inspected[0].checkpoint == "other"


@pytest.mark.logs_expected
def test_it_is_the_way_out_of_a_missing_checkpoint(make_rig: MakeRig) -> None:
    recipe = RECIPE.model_copy(update={"checkpoint": "gone"})
    rig = make_rig(GreyCamera(), OLD, recipe=recipe)
    heard = Heard(rig)
    rig.station.begin(start=False)
    rig.until(lambda: bool(rig.faults))
    heard.activate("grey")
    assert heard.until_done().before is None
    rig.station.acknowledge()
    assert rig.station.status().state is StationState.IDLE
    rig.station.start()
    rig.until(lambda: len(rig.inspected) > 0)
