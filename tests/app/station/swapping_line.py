"""A running line whose checkpoint is changed, and what the station says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.inspection.event import Event
from app.settings.recipes import RecipeBook
from app.station.swap_status import Swapped, SwapStep
from tests.app.station.conftest import RECIPE, MakeRig, Rig
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import BAD, GreyDetector

OLD = GreyDetector("grey", limit=0.25)
SEES_NOTHING = GreyDetector("other", limit=0.9)


class Heard:
    """What the station says of changes of checkpoint."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.done: list[Swapped] = []
        self.refused: list[str] = []
        self.events: list[Event] = []
        self.steps: list[SwapStep] = []
        swapping = rig.station.swapping
        swapping.done.connect(self.done.append)
        swapping.refused.connect(self.refused.append)
        swapping.happened.connect(self.events.append)
        swapping.changed.connect(lambda: self.steps.append(swapping.status.step))

    def activate(
        self, name: str = "other", by: str = "Kim", why: str = "fewer false calls"
    ) -> None:
        self.rig.station.activate(Path(name), by, why)

    def until_done(self, count: int = 1) -> Swapped:
        self.rig.until(lambda: len(self.done) >= count or bool(self.refused))
        assert self.refused == []
        return self.done[-1]

    def until_refused(self) -> str:
        self.rig.until(lambda: bool(self.refused) or bool(self.done))
        assert self.done == []
        return self.refused[-1]


def running(make_rig: MakeRig, *detectors: GreyDetector, **more: Any) -> tuple[Rig, Heard]:
    """Return a station that judges bad parts with a recipe that is in the book."""
    recipe = more.pop("recipe", RECIPE)
    rig = make_rig(GreyCamera((BAD,)), *(detectors or (OLD, SEES_NOTHING)), recipe=recipe, **more)
    RecipeBook(rig.store).save(recipe, author="Lee", reason="first")
    heard = Heard(rig)
    rig.run(2)
    return rig, heard
