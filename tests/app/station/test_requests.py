"""Any requests in any order: the station ends idle, and every judged part has one row."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from app.station.status import StationState
from tests.app.station.conftest import RECIPE, MakeRig
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import GOOD, GreyDetector


@pytest.mark.logs_expected
@pytest.mark.parametrize("seed", range(4))
def test_any_requests_in_any_order(make_rig: MakeRig, seed: int) -> None:
    chance = random.Random(seed)
    rig = make_rig(
        GreyCamera((GOOD,), live=bool(seed % 2), fps=100), GreyDetector(), GreyDetector("other")
    )
    rig.begin()
    station = rig.station
    others = [RECIPE.model_copy(update={"name": "b", "camera": "grey:2"}), RECIPE]
    requests = (
        station.start,
        station.pause,
        station.stop,
        station.single_shot,
        station.acknowledge,
        lambda: station.use_checkpoint(chance.choice(("grey", "other"))),
        lambda: station.use_recipe(chance.choice(others)),
        lambda: station.set_context(chance.choice("AB")),
        lambda: station.activate(Path(chance.choice(("grey", "other"))), "Kim", "why"),
        lambda: station.roll_back("Kim", "why"),
        lambda: station.shadow.start(Path(chance.choice(("grey", "other")))),
        lambda: station.shadow.promote("Kim", "why"),
        station.shadow.stop,
    )
    for _ in range(80):
        chance.choice(requests)()
        rig.qtbot.wait(chance.choice((0, 5, 30)))
    station.stop()
    rig.until(lambda: station.status().state is StationState.IDLE)
    rig.qtbot.wait(100)
    rig.until(lambda: station.status().state is StationState.IDLE)
    assert rig.faults == []
    rows = rig.rows()
    assert len(rows) == len(rig.inspected)
    assert {row.id for row in rows} == {record.id for record in rig.inspected}
    lot = station.status().context.lot
    total = sum(record.context.lot == lot for record in rig.inspected)
    rig.until(lambda: station.status().tally.total == total)


def test_no_request_waits_for_camera_or_model(make_rig: MakeRig) -> None:
    """Neither will ever answer here: a request that waited for one would wait for ever."""
    detector = GreyDetector()
    rig = make_rig(GreyCamera(), detector)
    rig.run(1)
    detector.gate.clear()
    rig.camera.hang()
    rig.until(rig.camera.hanging.is_set)
    station = rig.station
    station.pause()
    station.start()
    station.status()
    station.take_picture()
    station.set_context("B")
    station.reset_tally()
    station.use_checkpoint("grey")
    station.use_recipe(RECIPE)
    station.stop()
    assert station.status().state is StationState.STOPPING
    rig.qtbot.wait(100)
    detector.gate.set()
    rig.camera.release()
    rig.until(lambda: rig.finished == 1)
