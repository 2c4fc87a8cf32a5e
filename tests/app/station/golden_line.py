"""A station whose recipe wants golden samples."""

from __future__ import annotations

import numpy as np

from app.camera.frame import Image
from app.golden.set import GoldenSet
from app.inspection.event import Event
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.station.golden_status import GoldenState
from tests.app.station.conftest import RECIPE, MakeRig, Rig
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import BAD, GOOD, GreyDetector

GUARDED = RECIPE.model_copy(update={"golden_required": True})


def picture(grey: int) -> Image:
    return np.full((48, 64, 3), grey, np.uint8)


def guarded(
    make_rig: MakeRig,
    *detectors: GreyDetector,
    camera: GreyCamera | None = None,
    samples: bool = True,
    recipe: Recipe = GUARDED,
) -> Rig:
    """Return a station whose recipe wants golden samples, measured by an untouched detector."""
    rig = make_rig(camera or GreyCamera(), *detectors, recipe=recipe, context=Context(shift="A"))
    if samples:
        golden = GoldenSet(rig.store.golden, rig.home / "golden")
        golden.add(picture(GOOD), "plain", recipe, GreyDetector())
        golden.add(picture(BAD), "scratch", recipe, GreyDetector())
    return rig


def listen(rig: Rig) -> list[Event]:
    events: list[Event] = []
    rig.station.golden.happened.connect(events.append)
    return events


def state(rig: Rig) -> GoldenState:
    return rig.station.status().golden.state
