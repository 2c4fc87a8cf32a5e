"""How much a training slows the demo line on this machine, with and without the limit.

    python docs/slowdown.py [--seconds 10] [--rounds 4] [--camera sim:fps=30,defects=0]

A real station judges the demo line while a real training runs beside it. Training and rest take
turns, so that other work on the machine falls on both alike; then the limit of 20 % is put in
force for as long and the part of the time that the training was held is counted. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PyQt5.QtCore import QCoreApplication, QEventLoop, QTimer

from app import checkpoints, paths
from app.camera.uri import source_for
from app.golden.set import GoldenSet
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.jobs.book import JobBook
from app.jobs.training_order import TrainingOrder, job_of
from app.paths import Home
from app.station.job_queue import JobQueue
from app.station.services import Options, Services
from app.station.station import Station
from app.store.database import open_store
from app.store.evidence import EvidenceStore
from app.store.writer import RecordWriter
from model.images import write_image

NEVER = 0.999


class Trial:
    """A station and a queue, and what was seen of them."""

    def __init__(self, station: Station, queue: JobQueue) -> None:
        self._station, self._queue = station, queue

    def wait(self, seconds: float) -> None:
        """Let the event loop run."""
        loop = QEventLoop()
        QTimer.singleShot(round(1000 * seconds), loop.quit)
        loop.exec()

    def until_learning(self) -> None:
        """Wait until the program is loaded and the first step is done."""
        while (look := self._queue.look()) is None or look.stage in ("", "start"):
            self.wait(0.2)

    def measured(self, seconds: float) -> dict[str, float]:
        """Return the line's pace after two seconds to settle, and the job's share of the time."""
        self.wait(2.0)
        model_ms, held, begin = [], [], time.monotonic()
        judged = _judged(self._station)
        while time.monotonic() - begin < seconds:
            self.wait(0.2)
            status, look = self._station.status(), self._queue.look()
            model_ms.append(status.model_ms)
            held.append(look is not None and (look.held_by_hand or bool(look.hold.value)))
        elapsed = time.monotonic() - begin
        return {
            "parts_per_s": (_judged(self._station) - judged) / elapsed,
            "model_ms": median(model_ms),
            "held": fmean(held),
        }


def _judged(station: Station) -> int:
    tally = station.status().tally
    return sum(asdict(tally).values())


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--camera", default="sim:fps=30,defects=0")
    options = parser.parse_args()
    # the writer may still be at its last part
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        found = _measured(options, paths.home(Path(folder)))
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0


def _measured(options: argparse.Namespace, home: Home) -> dict[str, Any]:
    app = QCoreApplication(sys.argv[:1])
    store = open_store(home.database_url)
    evidence = EvidenceStore(home.evidence)
    services = Services(
        store=store,
        make_writer=lambda stored, fault: RecordWriter(store, evidence, stored, fault),
        load=lambda name: checkpoints.load_predictor(name, home, "auto"),
        make_source=source_for,
        golden=GoldenSet(store.golden, home.golden),
    )
    recipe = Recipe(
        name="demo",
        camera=options.camera,
        checkpoint=checkpoints.DEFAULT,
        keep_ok_every=0,
        ng_limit=1e6,
    )
    station = Station(recipe, Context(), services, Options(picture_side=0))
    queue = JobQueue(JobBook(home.jobs), home.database_url, station)
    queue.set_limit(NEVER)
    trial = Trial(station, queue)
    try:
        station.begin(start=True)
        while not station.status().judged_fps:
            trial.wait(0.2)
        trial.wait(12)
        order = TrainingOrder(name="slow", folder=_pictures(home.root / "set"), epochs=100_000)
        queue.add(job_of(order, home, "", home.evidence))
        trial.until_learning()
        with_it, without = [], []
        for _ in range(options.rounds):
            with_it.append(trial.measured(options.seconds))
            queue.pause()
            without.append(trial.measured(options.seconds))
            queue.go_on()
        queue.set_limit(0.2)
        limited = trial.measured(options.seconds * options.rounds * 2)
    finally:
        queue.close()
        station.close()
        store.close()
        # Qt takes every timer down with the application object: it has to outlive the station.
        del app
    return _answer(with_it, without, limited)


def _answer(
    with_it: list[dict[str, float]], without: list[dict[str, float]], limited: dict[str, float]
) -> dict[str, Any]:
    def mean(found: list[dict[str, float]], key: str) -> float:
        return round(fmean(one[key] for one in found), 2)

    answer: dict[str, Any] = {"cores": os.cpu_count(), "other_load": os.getloadavg()[0]}
    for name, found in (("without", without), ("with", with_it), ("limited", [limited])):
        answer[name] = {key: mean(found, key) for key in ("parts_per_s", "model_ms")}
    for name in ("with", "limited"):
        seen, alone = answer[name], answer["without"]
        seen["fewer_parts"] = round(1 - seen["parts_per_s"] / alone["parts_per_s"], 3)
        seen["slower_model"] = round(1 - alone["model_ms"] / seen["model_ms"], 3)
    answer["limited"]["held_share"] = round(limited["held"], 3)
    return answer


def _pictures(root: Path) -> Path:
    """Write a small labelled set: textures, some with a bright square."""
    rng = np.random.default_rng(1)
    for part, count in (("train/good", 12), ("test/good", 4), ("test/spot", 8)):
        (root / part).mkdir(parents=True)
        for number in range(count):
            image = rng.integers(90, 140, (480, 640, 3)).astype(np.uint8)
            if part.endswith("spot"):
                top, left = rng.integers(0, 400), rng.integers(0, 560)
                image[top : top + 60, left : left + 60] = 240
            write_image(root / part / f"{number:03}.png", image)
    return root


if __name__ == "__main__":
    raise SystemExit(main())
