"""The checkpoint that judged before comes back in one action."""

from __future__ import annotations

import pytest

from app.errors import StoreError
from app.golden.set import GoldenSet
from app.inspection.event import Event
from app.inspection.recipe import Recipe
from app.settings.recipes import RecipeBook
from app.station.golden_status import GoldenState
from tests.app.station.conftest import RECIPE, MakeRig
from tests.app.station.golden_line import GUARDED, picture
from tests.app.station.swapping_line import OLD, SEES_NOTHING, Heard, running
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import BAD, GOOD, GreyDetector


def test_roll_back_brings_checkpoint_and_limits_back_warm(make_rig: MakeRig) -> None:
    recipe = RECIPE.model_copy(update={"ng_limit": 0.125})
    rig, heard = running(make_rig, recipe=recipe, spare_mb=lambda: 1e6)
    heard.activate()
    heard.until_done()
    assert rig.station.previous is not None
    assert rig.station.previous.name == "grey"
    del rig.detectors["grey"]
    rig.station.roll_back("Kim", "too many escapes")
    swapped = heard.until_done(2)
    assert (swapped.after.name, swapped.rolled_back, swapped.was_warm) == ("grey", True, True)
    now = rig.station.status().recipe
    assert (now.version, now.ng_limit, now.checkpoint) == (3, 0.125, "grey")
    assert rig.store.recipe_history("grey")[0].reason == "too many escapes"
    assert heard.events[-1].details["rolled_back"] is True
    assert rig.station.previous.name == "other"


def test_without_room_it_is_loaded_again(make_rig: MakeRig) -> None:
    rig, heard = running(make_rig, spare_mb=lambda: 100.0)
    heard.activate()
    heard.until_done()
    rig.station.roll_back("Kim", "too many escapes")
    swapped = heard.until_done(2)
    assert (swapped.after.name, swapped.was_warm) == ("grey", False)


def test_golden_samples_that_were_right_are_not_judged_again(make_rig: MakeRig) -> None:
    """The way back has to be quick; a sample added meanwhile is judged all the same."""
    old, new = GreyDetector("grey", limit=0.25), GreyDetector("other", limit=0.3)
    rig = make_rig(GreyCamera((BAD,)), old, new, recipe=GUARDED)
    golden = GoldenSet(rig.store.golden, rig.home / "golden")
    golden.add(picture(BAD), "scratch", GUARDED, old)
    heard = Heard(rig)
    checks: list[Event] = []
    rig.run(1)
    rig.station.golden.happened.connect(checks.append)
    heard.activate()
    heard.until_done()
    rig.station.roll_back("Kim", "too many escapes")
    heard.until_done(2)
    assert [event.details["checkpoint"] for event in checks] == ["other"]
    assert rig.station.status().golden.state is GoldenState.PASSED
    golden.add(picture(GOOD), "plain", GUARDED, old)
    rig.station.roll_back("Kim", "forth")
    heard.until_done(3)
    assert [len(event.details["samples"]) for event in checks] == [1, 2]


def test_the_way_back_needs_no_approval(make_rig: MakeRig) -> None:
    asked: list[Recipe] = []

    def allow(recipe: Recipe) -> None:
        asked.append(recipe)

    _, heard = running(make_rig, allow=allow)
    heard.activate()
    heard.until_done()
    heard.rig.station.roll_back("Kim", "too many escapes")
    heard.until_done(2)
    assert [recipe.checkpoint for recipe in asked] == ["other"]


@pytest.mark.logs_expected
def test_there_is_nothing_to_roll_back_to(make_rig: MakeRig) -> None:
    rig, heard = running(make_rig)
    rig.station.roll_back("Kim", "why not")
    assert "No other checkpoint" in heard.until_refused()


@pytest.mark.logs_expected
def test_a_failing_database_refuses_a_change_but_not_the_way_back(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, heard = running(make_rig)
    heard.activate()
    heard.until_done()

    def broken(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(rig.store, "save_recipe", broken)
    rig.station.roll_back("Kim", "too many escapes")
    heard.until_done(2)
    now = rig.station.status().recipe
    assert (now.version, now.checkpoint) == (1, "grey")
    heard.done.clear()
    heard.activate()
    assert "disk is full" in heard.until_refused()
    assert rig.station.status().recipe == now


def test_what_judged_before_is_known_after_a_restart(make_rig: MakeRig) -> None:
    headers = {"grey": OLD.info, "other": SEES_NOTHING.info}
    rig = make_rig(GreyCamera(), OLD, SEES_NOTHING, recipe=RECIPE, read_info=headers.__getitem__)
    book = RecipeBook(rig.store)
    book.save(RECIPE.model_copy(update={"checkpoint": "other"}))
    book.save(RECIPE.model_copy(update={"ng_limit": 0.3}))
    book.save(RECIPE)
    rig.station._in_force.recipe = book.load("grey")
    rig.run(1)
    rig.until(lambda: rig.station.previous is not None)
    assert rig.station.previous is not None
    assert rig.station.previous.name == "other"
    heard = Heard(rig)
    rig.station.roll_back("Kim", "as on Friday")
    assert heard.until_done().after.name == "other"


def test_what_came_back_by_itself_is_not_what_judged_before(make_rig: MakeRig) -> None:
    rig, heard = running(make_rig)
    heard.activate()
    heard.until_done()
    rig.station.use_recipe(RECIPE.model_copy(update={"name": "another", "checkpoint": "other"}))
    rig.until(lambda: rig.station.status().recipe.name == "another")
    assert rig.station.previous is None
    rig.station.use_recipe(RECIPE)
    rig.until(lambda: rig.station.status().recipe == RECIPE)
    assert rig.station.previous is None
