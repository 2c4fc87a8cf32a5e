"""What the station was doing is written when it changes, and only then."""

from __future__ import annotations

from app.settings.keeper import SettingsKeeper
from app.settings.station import load
from app.station.remembering import Remembering
from tests.app.station.conftest import RECIPE, MakeRig


def test_lot_recipe_and_reset_are_there_at_the_next_start(make_rig: MakeRig) -> None:
    rig = make_rig()
    file = rig.home / "station.toml"
    keeper = SettingsKeeper(file)
    remembering = Remembering(rig.station, keeper.change)
    rig.begin()
    rig.until(lambda: load(file).recipe == "grey")
    assert load(file).recipe_version == 1
    rig.station.set_context("L-7", shift="night")
    rig.until(lambda: load(file).lot == "L-7")
    assert load(file).shift == "night"
    rig.station.reset_tally()
    rig.until(lambda: load(file).tally_since == rig.station.tally_since)
    rig.station.use_recipe(RECIPE.model_copy(update={"name": "other"}))
    rig.until(lambda: load(file).recipe == "other")
    rig.station.set_context("L-8")
    remembering.save()
    found = load(file)
    # A new lot is counted whole.
    assert (found.lot, found.tally_since) == ("L-8", None)
