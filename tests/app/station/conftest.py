"""A station with everything real but the camera and the detector."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import QThread, QTimer
from pytestqt.qtbot import QtBot

from app.golden.set import GoldenSet
from app.inspection.recipe import Recipe
from app.inspection.record import Context, InspectionRecord
from app.station import tasks
from app.station.services import Options, Services
from app.station.station import Station
from app.station.status import StationState, StationStatus
from app.store.base import Query
from app.store.database import Database, open_store
from app.store.evidence import EvidenceStore
from app.store.writer import RecordWriter
from model.errors import CheckpointError
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import GreyDetector

WAIT_MS = 20_000
RECIPE = Recipe(name="grey", camera="grey:", checkpoint="grey")


@dataclass
class Rig:
    """One station under test, with what it says."""

    qtbot: QtBot
    home: Path
    camera: GreyCamera
    store: Database
    station: Station
    detectors: dict[str, GreyDetector]
    inspected: list[InspectionRecord] = field(default_factory=list)
    states: list[StationState] = field(default_factory=list)
    statuses: list[StationStatus] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    finished: int = 0

    def listen(self) -> None:
        self.station.inspected.connect(self.inspected.append)
        self.station.status_changed.connect(self._on_status)
        self.station.faulted.connect(self.faults.append)
        self.station.finished.connect(self._on_finished)

    def _on_status(self, status: StationStatus) -> None:
        self.statuses.append(status)
        if not self.states or self.states[-1] is not status.state:
            self.states.append(status.state)

    def _on_finished(self) -> None:
        self.finished += 1

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT_MS)

    def until_state(self, state: StationState) -> None:
        self.until(lambda: self.station.status().state is state)

    def begin(self, *, start: bool = False) -> None:
        """Begin and wait until the model is loaded."""
        self.station.begin(start=start)
        self.until(lambda: self.station.status().checkpoint is not None)

    def run(self, parts: int = 1) -> None:
        """Begin, start, wait for some parts."""
        self.begin(start=True)
        self.until(lambda: len(self.inspected) >= parts)

    def stop(self) -> None:
        before = self.finished
        self.station.stop()
        self.until(lambda: self.finished > before)

    def rows(self) -> list[InspectionRecord]:
        return self.store.find(Query(newest_first=False, limit=100_000))


MakeRig = Callable[..., Rig]


@pytest.fixture
def make_rig(qtbot: QtBot, tmp_path: Path) -> Iterator[MakeRig]:
    """Make a station; afterwards close it and look whether it left anything running."""
    rigs: list[Rig] = []

    def make(
        camera: GreyCamera | None = None,
        *detectors: GreyDetector,
        recipe: Recipe = RECIPE,
        context: Context | None = None,
        options: Options | None = None,
        wait_s: float = 2.0,
        folder: str = ".",
        **more: Any,
    ) -> Rig:
        camera = camera or GreyCamera()
        known = {d.info.name: d for d in detectors or (GreyDetector(),)}

        def load(name: str) -> GreyDetector:
            if name not in known:
                raise CheckpointError(f"There is no checkpoint {name!r}.")
            return known[name]

        home = tmp_path / folder
        home.mkdir(exist_ok=True)
        store = open_store(f"sqlite:///{(home / 'station.db').as_posix()}", wait_s)
        evidence = EvidenceStore(home / "evidence", min_free_bytes=0)
        services = Services(
            store=store,
            make_writer=lambda stored, fault: RecordWriter(
                store, evidence, stored, fault, retry_s=0.1
            ),
            load=load,
            make_source=camera.source,
            golden=GoldenSet(store.golden, home / "golden"),
            **more,
        )
        station = Station(recipe, context or Context(), services, options)
        rig = Rig(qtbot, home, camera, store, station, known)
        rig.listen()
        rigs.append(rig)
        return rig

    yield make
    for rig in rigs:
        rig.camera.release()
        assert rig.station.close()
        rig.store.close()
    for rig in rigs:
        _nothing_runs(rig.station)


def _nothing_runs(station: Station) -> None:
    assert tasks.wait_all(10)
    assert [timer for timer in station.findChildren(QTimer) if timer.isActive()] == []
    assert [thread for thread in station.findChildren(QThread) if thread.isRunning()] == []
    left = [t.name for t in threading.enumerate() if t.name in ("record-writer", "grabber")]
    assert left == []
