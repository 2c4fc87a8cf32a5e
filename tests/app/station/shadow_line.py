"""A line whose frames are sent by the test, with a candidate beside it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.inspection.event import Event
from app.settings.recipes import RecipeBook
from app.station.shadow_status import Disagreement, ShadowState, ShadowStatus
from app.station.swap_status import SwapStep
from tests.app.station.conftest import RECIPE, MakeRig, Rig
from tests.rigs.batch_camera import BatchCamera
from tests.rigs.grey_detector import GreyDetector

GREYS = (128, 250, 150, 128, 200, 250, 90, 128, 215)
"""Distances 0, .48, .09, 0, .28, .48, .15, 0, .34 from the reference."""

EVERY = RECIPE.model_copy(
    update={
        "trigger": "every",
        "keep_ok_every": 1,
        "review_ok_share": 0.0,
        "second_opinion_share": 0.0,
    }
)


def judge() -> GreyDetector:
    """Return what is in force: 250 and 215 and 200 are NG."""
    return GreyDetector("grey", limit=0.25)


def candidate(**more: Any) -> GreyDetector:
    """Return a candidate that lets 200 pass: known disagreements."""
    return GreyDetector("other", limit=0.33, **more)


class ShadowLine:
    """A running line and what its shadow says."""

    def __init__(self, make_rig: MakeRig, *detectors: GreyDetector, **more: Any) -> None:
        camera = more.pop("camera", None) or BatchCamera(GREYS)
        recipe = more.pop("recipe", EVERY)
        known = detectors or (judge(), candidate())
        self.rig: Rig = make_rig(camera, *known, recipe=recipe, **more)
        self.camera = camera
        RecipeBook(self.rig.store).save(recipe)
        self.station = self.rig.station
        self.shadow = self.station.shadow
        self.found: list[Disagreement] = []
        self.ended: list[str] = []
        self.events: list[Event] = []
        self.shadow.disagreed.connect(self.found.append)
        self.shadow.ended.connect(self.ended.append)
        self.shadow.happened.connect(self.events.append)
        self.station.begin(start=True)
        self.send(1)

    @property
    def status(self) -> ShadowStatus:
        return self.shadow.status

    def send(self, count: int) -> None:
        """Let frames come and wait until they are judged and stored."""
        self.camera.send(count)
        wanted = len(self.rig.inspected) + count
        self.rig.until(lambda: len(self.rig.inspected) >= wanted)

    def begin(self, name: str = "other") -> None:
        """Put a candidate beside and wait until it watches."""
        self.shadow.start(Path(name), "Kim")
        self.rig.until(lambda: self.status.state is not ShadowState.PREPARING)

    def watch(self, judged: int) -> int:
        """Send frames until the candidate has judged so many; return how many were sent."""
        sent = 0
        while self.status.judged < judged and self.status.is_on:
            self.send(9)
            sent += 9
        return sent

    def settle(self) -> None:
        """Wait until every frame was judged by the candidate or has gone by."""
        self.rig.qtbot.wait(20)
        self.rig.until(lambda: self.shadow._thread is None or not self.shadow._thread._is_busy)
        self.rig.qtbot.wait(20)

    def until_swapped(self) -> None:
        swapping = self.station.swapping
        self.rig.until(lambda: not swapping.status.is_busy)
        assert swapping.status.step is SwapStep.DONE, swapping.status.sentence


def outputs(rig: Rig) -> list[dict[str, Any]]:
    """Return all records without times and ids, with the hashes of their files."""
    found = []
    for record in rig.rows():
        values = asdict(record)
        for name in ("id", "taken_utc", "taken_monotonic", "latencies"):
            del values[name]
        evidence = values.pop("evidence")
        values["files"] = evidence and {
            key: evidence[key] for key in ("image_sha256", "map_sha256", "map_low", "map_high")
        }
        found.append(values)
    return found
