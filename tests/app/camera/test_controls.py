"""What is set at a camera, and what it does not take."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from app.camera.buffer import FrameBuffer
from app.camera.controls import CONTROLS, SWITCHES, Refusal, apply, sentence
from app.camera.frame import Frame
from app.camera.grabber import CameraState, CameraStatus, Grabber
from app.camera.opencv import OpenCvSource
from app.camera.source import SettableSource
from app.camera.uri import source_for
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import CameraSettings
from model.opencv import cv2
from tests.rigs.network_camera import NetworkCamera
from tests.rigs.scripted_camera import ScriptedSource, every


@dataclass
class Driver:
    """A capture whose driver knows some properties, in steps, and refuses exposure while automatic.

    Attributes:
        steps: Property -> step of its values; others are refused.
        values: What it has.
        asked: What was set, in order.
    """

    steps: Mapping[int, float]
    values: dict[int, float] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def set(self, prop: int, value: float, /) -> bool:
        self.asked.append(prop)
        manual = self.values.get(cv2.CAP_PROP_AUTO_EXPOSURE) == 1
        if prop not in self.steps or (prop == cv2.CAP_PROP_EXPOSURE and not manual):
            return False
        step = self.steps[prop]
        self.values[prop] = round(value / step) * step
        return True

    def get(self, prop: int, /) -> float:
        return self.values.get(prop, -1.0)


ALL = {control.prop: 1.0 for control in CONTROLS.values()}
WANTED = {
    "gain": 4.0, "exposure": 120.0, "width_px": 1280.0, "white_balance_k": 4500.0, "autofocus": 0.0,
}  # fmt: skip


def test_everything_is_set_and_read_back() -> None:
    driver = Driver(ALL)
    assert apply(driver, WANTED, "linux") == ()
    for name, value in WANTED.items():
        assert driver.values[CONTROLS[name].prop] == value
    # exposure and white balance by hand need their switches off, though nobody asked for that
    assert driver.values[cv2.CAP_PROP_AUTO_EXPOSURE] == 1
    assert driver.values[cv2.CAP_PROP_AUTO_WB] == 0
    assert driver.asked[0] == cv2.CAP_PROP_FRAME_WIDTH


def test_nothing_else_is_touched() -> None:
    driver = Driver(ALL)
    assert apply(driver, {"gain": 4.0}, "linux") == ()
    assert driver.asked == [cv2.CAP_PROP_GAIN]


def test_what_is_not_taken_is_told() -> None:
    steps = {cv2.CAP_PROP_FRAME_WIDTH: 640.0, cv2.CAP_PROP_AUTO_EXPOSURE: 1.0}
    driver = Driver(steps | {cv2.CAP_PROP_EXPOSURE: 1.0})
    wanted = {
        "width_px": 800.0,
        "gain": 4.0,
        "auto_exposure": 1.0,
        "exposure": 50.0,
        "autofocus": 1,
    }
    refused = apply(driver, wanted, "linux")
    assert refused == (
        Refusal("width_px", 800.0, 640.0),
        Refusal("exposure", 50.0, None),
        Refusal("gain", 4.0, None),
        Refusal("autofocus", 1.0, None),
    )
    assert sentence("camera 0", refused) == (
        "camera 0 did not take these settings: frame width 800 (it has 640), exposure 50, gain 4, "
        "autofocus; correct them in the recipe."
    )
    assert sentence("camera 0", ()) == ""


def test_a_driver_may_round_a_little() -> None:
    driver = Driver({cv2.CAP_PROP_WB_TEMPERATURE: 100.0, cv2.CAP_PROP_GAIN: 3.0})
    refused = apply(driver, {"white_balance_k": 4560.0, "gain": 4.0}, "linux")
    assert [one.name for one in refused] == ["gain"]


@pytest.mark.parametrize(
    ("platform", "on", "value"),
    [("linux", 1, 3.0), ("linux", 0, 1.0), ("win32", 1, 1.0), ("win32", 0, 0.0)],
)
def test_the_exposure_switch_is_that_of_the_driver(platform: str, on: int, value: float) -> None:
    driver = Driver(ALL)
    assert apply(driver, {"auto_exposure": on}, platform) == ()
    assert driver.values[cv2.CAP_PROP_AUTO_EXPOSURE] == value


def test_a_recipe_names_every_control() -> None:
    settings = CameraSettings.model_fields
    assert set(settings) == set(CONTROLS)
    assert {name for name in settings if settings[name].annotation == bool | None} == SWITCHES


@pytest.mark.parametrize(
    ("camera", "uri"),
    [
        ("index:0", "index:0?auto_exposure=0&exposure=-6.5&gain=4"),
        ("index:0?fps=5", "index:0?fps=5&auto_exposure=0&exposure=-6.5&gain=4"),
        ("rtsp://cam/x", "rtsp://cam/x#auto_exposure=0&exposure=-6.5&gain=4"),
        ("http://c/x#timeout=5", "http://c/x#timeout=5&auto_exposure=0&exposure=-6.5&gain=4"),
        ("sim:seed=3", "sim:seed=3"),
        ("folder:a?loop=1", "folder:a?loop=1"),
    ],
)
def test_settings_travel_in_the_source_uri(camera: str, uri: str) -> None:
    settings = CameraSettings(exposure=-6.5, gain=4, auto_exposure=False)
    recipe = Recipe(name="bolt", camera=camera, camera_settings=settings)
    assert recipe.source_uri == uri
    assert recipe.model_copy(update={"camera_settings": CameraSettings()}).source_uri == camera
    source = source_for(uri)
    assert isinstance(source, SettableSource) == isinstance(source, OpenCvSource)


def test_a_network_camera_takes_none_and_says_so() -> None:
    camera = NetworkCamera("--size", "64x48")
    camera.start()
    source = source_for(f"{camera.url}#timeout=5&gain=4&width_px=64")
    try:
        source.open()
        assert isinstance(source, SettableSource)
        assert "did not take these settings: gain 4;" in source.refused
        assert isinstance(source.read(), Frame)
    finally:
        source.close()
        camera.kill()


class Stubborn(ScriptedSource):
    """A camera that takes no exposure."""

    refused = "camera 0 did not take these settings: exposure 50; correct them in the recipe."


@pytest.mark.logs_expected
def test_the_status_says_what_was_refused_while_pictures_come() -> None:
    statuses: list[CameraStatus] = []
    buffer = FrameBuffer(1)
    grabber = Grabber(lambda: Stubborn(itertools.repeat(every(0.02))), [buffer], statuses.append)
    assert grabber.status.refused == ""
    grabber.start()
    assert buffer.get(timeout=10) is not None
    while grabber.status.state is not CameraState.STREAMING:
        buffer.get(timeout=1)
    assert grabber.status.refused == Stubborn.refused
    assert grabber.stop()
    assert grabber.status.refused == ""
