"""Prints how long the store takes: one row, one NG with pictures, pages of a large table.

python -m tests.rigs.store_times DATABASE_URL [RECORDS]     (an empty database)
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from app.inspection.judgement import Inspection
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Decision, Verdict
from app.store import open_store
from app.store.base import Query
from app.store.database import Database
from app.store.evidence import EvidenceStore
from app.store.writer import RecordWriter
from model.opencv import cv2
from model.types import Prediction, PredictionTimes
from tests.rigs.records import REGION, a_record, an_inspection

SIZE = (1024, 1280)
PARTS = 30


def milliseconds(job: Callable[[], object], times: int = 5) -> float:
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        job()
        spent.append((time.perf_counter() - start) * 1000)
    return statistics.median(spent)


def camera_like() -> Inspection:
    """Return an NG of 1280x1024 with smooth shading, camera noise and a smooth map."""
    rng = np.random.default_rng(0)
    rough = rng.integers(60, 200, (16, 20, 3)).astype(np.float32)
    noise = rng.normal(0, 4, (*SIZE, 3))
    shaded = cv2.resize(rough, SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    image = np.clip(shaded + noise, 0, 255).astype(np.uint8)
    grid = cv2.resize(rng.random((20, 20), np.float32), SIZE[::-1])
    anomaly_map = cv2.GaussianBlur(grid, (0, 0), 8).astype(np.float32)
    part = an_inspection(Verdict.NG)
    assert part.frame is not None
    object.__setattr__(part.frame, "image", image)
    prediction = Prediction(0.9, anomaly_map, PredictionTimes(0.0, 0.0, 0.0))
    return Inspection(part.record, prediction, part.frame, part.recipe)


def store_parts(store: Database) -> None:
    made = [camera_like() for _ in range(PARTS)]
    stored: list[InspectionRecord] = []
    with tempfile.TemporaryDirectory() as folder:
        evidence = EvidenceStore(Path(folder) / "evidence", min_free_bytes=0)
        writer = RecordWriter(store, evidence, stored.append, print)
        writer.start()
        busy = time.process_time()
        for inspection in made:
            writer.submit(inspection)
        writer.close(120)
        busy = (time.process_time() - busy) * 1000 / PARTS
    wall = statistics.median(record.latencies.store for record in stored)
    print(f"NG with PNG and map    {wall:8.1f} ms wall, {busy:.1f} ms processor")


def fill(store: Database, number: int) -> None:
    start = datetime.now(UTC) - timedelta(days=10)
    for first in range(0, number, 2500):
        parts = []
        for i in range(first, min(number, first + 2500)):
            verdict = Verdict.NG if i % 14 == 0 else Verdict.OK
            part = a_record(
                verdict,
                lot=f"lot {i // 500}",
                serial=str(i),
                taken_utc=start + timedelta(seconds=i),
                score=i % 1000 / 1000,
                decision=Decision(verdict, (), (REGION,) * 2 if verdict is Verdict.NG else ()),
            )
            parts.append(part)
        store.add_many(parts)


def main(url: str, number: int) -> None:
    store = open_store(url)
    print(f"row                    {milliseconds(lambda: store.add(a_record()), 100):8.1f} ms")
    store_parts(store)
    fill(store, number)
    middle = store.find(Query(limit=number // 2))[-1].id
    week_ago = datetime.now(UTC) - timedelta(days=7)
    queries = {
        "newest": Query(),
        "deep": Query(after_id=middle),
        "NG deep": Query(verdicts=(Verdict.NG,), after_id=middle),
        "one lot": Query(lot="lot 40"),
        "recipe and verdict": Query(recipe="bolt", verdicts=(Verdict.NG,), after_id=middle),
        "text": Query(text="4999"),
        "text, none": Query(text="no such text"),
        "high scores": Query(score_from=0.98),
        "since": Query(since=week_ago),
        "not reviewed": Query(verdicts=(Verdict.NG,), reviewed=False),
    }
    for name, query in queries.items():
        page = milliseconds(partial(store.find, query))
        total = milliseconds(partial(store.count, query))
        print(f"{name:20} page {page:7.1f} ms   count {total:7.1f} ms")
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 50_000)
