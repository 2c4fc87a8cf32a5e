"""A real station on a scene that the test sets: parts with painted spots, judged by their paint."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from app.camera.frame import Frame, Image
from app.camera.source import CameraLost, CameraNotFound
from app.golden.set import GoldenSet
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.paths import Home
from app.station.services import Options, Services
from app.station.station import Station
from app.store.database import open_store
from app.store.evidence import EvidenceStore
from app.store.writer import RecordWriter
from model.errors import ModelError
from model.types import Calibration, CheckpointInfo, Prediction, PredictionTimes

WIDTH, HEIGHT = 400, 320
SPOT = (280, 200, 60, 40)  # x, y, width, height of the painted spot
GREY = 120
# What is painted on the part -> how much redder than the rest it is.
PAINT = {"ok": 0, "ng": 100, "review": 46, "broken": 0}

CALIBRATION = Calibration(0.1, 0.6, 0.1, 0.6, 20, 0, "painted parts")
INFO = CheckpointInfo(
    Path("paint.safetensors"), "paint", "paint", "none", "", 64, "c" * 64, 0, CALIBRATION, 1,
    "", "", 1,
)  # fmt: skip


class Scene:
    """What stands before the camera; changed by the test, read by the source's thread."""

    def __init__(self) -> None:
        self.part = "ok"
        self.there = True
        self.fps = 30.0

    def image(self, number: int) -> Image:
        """Return a grey part with sensor noise and its paint."""
        rng = np.random.default_rng(number)
        image = rng.integers(GREY - 2, GREY + 3, (HEIGHT, WIDTH, 3)).astype(np.uint8)
        x, y, width, height = SPOT
        image[y : y + height, x : x + width, 2] += np.uint8(PAINT[self.part])
        if self.part == "broken":
            image[:8, :8] = 255  # a mark at which the paint predictor gives up
        image.setflags(write=False)
        return image


class SceneCamera:
    """A live frame source on a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._number = 0

    @property
    def description(self) -> str:
        return "scene"

    @property
    def is_live(self) -> bool:
        return True

    def open(self) -> None:
        if not self._scene.there:
            raise CameraNotFound("The scene is gone; put it back.")

    def read(self) -> Frame:
        time.sleep(1 / self._scene.fps)
        if not self._scene.there:
            raise CameraLost("The scene is gone; put it back.")
        self._number += 1
        image = self._scene.image(self._number)
        return Frame(image, self._number - 1, time.monotonic(), datetime.now(UTC), "scene")

    def close(self) -> None:
        pass

    def interrupt(self) -> None:
        pass


class PaintPredictor:
    """Anomaly is how much redder than green a pixel is; a real, if small, detector."""

    info = INFO
    calibration = CALIBRATION
    device_name = "cpu"

    def predict(self, image: Image) -> Prediction:
        if image[:8, :8].min() == 255:
            raise ModelError("The paint cannot be seen; clean the lens.")
        redness = image[:, :, 2].astype(np.float32) - image[:, :, 1]  # (H, W)
        anomaly_map = np.maximum(redness, 0) / np.float32(100)
        anomaly_map.setflags(write=False)
        score = float(np.sort(anomaly_map, axis=None)[-500:].mean())
        return Prediction(score, anomaly_map, PredictionTimes(0.1, 0.1, 0.1))


def recipe(**changes: object) -> Recipe:
    """Return the recipe of painted parts: 46 % red is REVIEW, 60 % NG."""
    base = Recipe(
        name="paint", product="Painted plate", camera="scene:", checkpoint="paint",
        review_limit=0.3, mm_per_px=0.1,
    )  # fmt: skip
    return base.model_copy(update=changes)


def make_station(
    home: Home,
    scene: Scene,
    load: Callable[[str], PaintPredictor] = lambda _: PaintPredictor(),
) -> tuple[Station, Callable[[], None]]:
    """Return a station and the function that ends it."""
    home.root.mkdir(parents=True, exist_ok=True)
    store = open_store(home.database_url)
    evidence = EvidenceStore(home.evidence)
    services = Services(
        store=store,
        make_writer=lambda stored, fault: RecordWriter(store, evidence, stored, fault),
        load=load,
        make_source=lambda _: SceneCamera(scene),
        golden=GoldenSet(store.golden, home.golden),
    )
    station = Station(recipe(), Context(lot="L-1"), services, Options(picture_side=WIDTH))

    def end() -> None:
        assert station.close()
        store.close()

    return station, end
