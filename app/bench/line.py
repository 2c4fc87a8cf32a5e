"""The line without a window: camera to stored record, in this process."""

from __future__ import annotations

import threading
import time

from app.bench.measurement import Measurement, median, peak_memory_mib
from app.camera.uri import source_for
from app.errors import StoreError
from app.inspection.pipeline import inspect
from app.inspection.preview import preview
from app.inspection.record import Context, InspectionRecord
from app.paths import Home
from app.settings.recipes import DEMO
from app.store import open_store
from app.store.evidence import EvidenceStore
from app.store.writer import RecordWriter
from model.predictor import Predictor

_URI = "sim:seed=1,fps=0,size=1280x1024"


def measure_line(predictor: Predictor, home: Home, frames: int) -> list[Measurement]:
    """Return images a second, the pipeline's share of the time, and peak memory.

    The baseline of the rate is the model alone; the overhead is what grabbing hands on,
    judging, preview and the writer's hand-over cost beyond the model at 1280x1024.
    """
    overhead, model, elapsed = _run(predictor, home, frames)
    rows = [
        Measurement(
            "images_per_second",
            frames / elapsed,
            "images/s",
            "model alone",
            1000 / median(model),
        ),
        Measurement("pipeline_overhead_ms", median(overhead), "ms", "model", median(model)),
    ]
    return [*rows, Measurement("peak_memory_mib", peak_memory_mib(), "MiB")]


def _run(predictor: Predictor, home: Home, frames: int) -> tuple[list[float], list[float], float]:
    """Judge and store; return overhead and model milliseconds a frame, and seconds in all."""
    recipe = DEMO.model_copy(update={"stale_after_s": 60.0})
    stored = threading.Semaphore(0)
    problems: list[str] = []

    def on_stored(_: InspectionRecord) -> None:
        stored.release()

    home.root.mkdir(parents=True, exist_ok=True)
    store = open_store(home.database_url)
    writer = RecordWriter(store, EvidenceStore(home.evidence), on_stored, problems.append)
    writer.start()
    source = source_for(_URI)
    source.open()
    overhead, model = [], []
    started = time.perf_counter()
    for _ in range(frames):
        frame = source.read()
        before = time.perf_counter()
        inspection = inspect(frame, predictor, recipe, Context())
        preview(inspection, 1280)
        writer.submit(inspection)
        spent = (time.perf_counter() - before) * 1000
        model.append(inspection.record.latencies.model)
        overhead.append(spent - model[-1])
    for _ in range(frames):
        if not stored.acquire(timeout=30):
            raise StoreError("The records could not be stored in time: " + "; ".join(problems))
    elapsed = time.perf_counter() - started
    source.close()
    writer.close(10)
    store.close()
    return overhead, model, elapsed
