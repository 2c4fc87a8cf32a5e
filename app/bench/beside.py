"""A live line with and without a candidate beside it, in turns, in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PyQt5.QtCore import QEventLoop, QTimer

from app import headless
from app.bench.measurement import Measurement, median, p99, timed_ms
from app.camera.uri import source_for
from app.errors import UsageError
from app.inspection.pipeline import inspect
from app.inspection.recipe import Recipe
from app.inspection.record import Context, InspectionRecord
from app.paths import Home
from app.settings.recipes import DEMO
from app.station.inference import Predictor
from app.station.preparing import prepare
from app.station.services import Options, Services
from app.station.shadow_status import ShadowState
from app.station.station import Station
from app.store.database import open_store
from app.store.evidence import EvidenceStore
from app.store.writer import RecordWriter

_TURNS = 6
_PART_EVERY = 4
_PATIENCE_S = 300.0
_BETWEEN_S = 1.0
_SIZE = "size=1280x1024"

Load = Callable[[str], Predictor]


def measure_beside(
    load: Load, checkpoint: str, candidate: Path, home: Home, frames: int
) -> list[Measurement]:
    """Return rate, model time and waiting of a line with a candidate; without it the baselines.

    The camera sends a part every four times that judging one takes, so there is spare time.
    With and without take turns, so that other load on the machine meets both alike.

    Args:
        load: Loads a checkpoint, warm.
        checkpoint: What is in force.
        candidate: What judges beside.
        home: A scratch folder.
        frames: Parts with and parts without.

    Raises:
        UsageError: The candidate cannot be used, or the line does not run.
    """
    app = headless.application()
    predictor = load(checkpoint)
    part_s = _part_s(predictor, DEMO) * _PART_EVERY
    recipe = DEMO.model_copy(
        update={
            "checkpoint": checkpoint,
            "camera": f"sim:seed=1,fps={1 / part_s:.3f},{_SIZE}",
            "trigger": "every",
        }
    )
    with _station(recipe, predictor, load, home) as (station, records):
        station.shadow.start(candidate)
        _until(lambda: station.shadow.status.state is not ShadowState.PREPARING)
        if not station.shadow.status.is_on:
            raise UsageError(station.shadow.status.sentence)
        found = _turns(station, records, frames * part_s / _TURNS)
        rows = _rows(found, station)
    del app
    return rows


def _part_s(predictor: Predictor, recipe: Recipe) -> float:
    source = source_for(f"sim:seed=1,fps=0,{_SIZE}")
    source.open()
    frame = source.read()
    source.close()
    spent = timed_ms(
        lambda: inspect(frame, predictor, recipe, Context(), is_live=False), repeats=10
    )
    return median(spent) / 1000


@contextmanager
def _station(
    recipe: Recipe, predictor: Predictor, load: Load, home: Home
) -> Iterator[tuple[Station, list[InspectionRecord]]]:
    """Run a line; afterwards close it."""
    home.root.mkdir(parents=True, exist_ok=True)
    store, evidence = open_store(home.database_url), EvidenceStore(home.evidence)
    services = Services(
        store=store,
        make_writer=lambda stored, fault: RecordWriter(store, evidence, stored, fault),
        load=load,
        make_source=source_for,
    )
    station = Station(recipe, Context(), services, Options(picture_side=0))
    records: list[InspectionRecord] = []
    station.inspected.connect(records.append)
    try:
        station.begin(start=True, ready=prepare(recipe, predictor, load, source_for))
        _until(lambda: len(records) >= 3)
        yield station, records
    finally:
        station.close()
        store.close()


def _turns(
    station: Station, records: list[InspectionRecord], turn_s: float
) -> dict[bool, tuple[float, list[InspectionRecord]]]:
    """Return seconds and records, with (True) and without (False) the candidate."""
    found: dict[bool, tuple[float, list[InspectionRecord]]] = {False: (0.0, []), True: (0.0, [])}
    for turn in range(2 * _TURNS):
        beside = turn % 4 in (1, 2)
        station.shadow.hold(not beside)
        _wait(_BETWEEN_S)
        first, began = len(records), time.monotonic()
        _wait(turn_s)
        seconds, known = found[beside]
        found[beside] = (seconds + time.monotonic() - began, known + records[first:])
    return found


def _rows(
    found: dict[bool, tuple[float, list[InspectionRecord]]], station: Station
) -> list[Measurement]:
    def row(name: str, unit: str, of: Callable[[float, list[InspectionRecord]], float]) -> None:
        rows.append(Measurement(name, of(*found[True]), unit, "no shadow", of(*found[False])))

    rows: list[Measurement] = []
    row("shadowed_line_per_second", "parts/s", lambda seconds, parts: len(parts) / seconds)
    row("shadowed_model_ms", "ms", lambda _, parts: median([p.latencies.model for p in parts]))
    row("shadowed_model_p99_ms", "ms", lambda _, parts: p99([p.latencies.model for p in parts]))
    row("shadowed_wait_p99_ms", "ms", lambda _, parts: p99([p.latencies.wait for p in parts]))
    share = 100 * station.shadow.status.judged / max(1, len(found[True][1]))
    rows.append(Measurement("shadow_judged_share", min(100.0, share), "%"))
    return rows


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise UsageError("The line does not run on this machine in time; end other programs.")
        _wait(0.05)


def _wait(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()
