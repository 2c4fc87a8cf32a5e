"""Judges frames that are put into a folder, until nobody wants it any more.

Imports torch: for commands alone. The window puts the frames there and shows what comes back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app import paths
from app.paths import Home
from app.teaching.draft import DraftPlace
from app.teaching.outcome import CHECKPOINT
from app.teaching.trial import as_learned, judge_file
from app.teaching.trial_files import FRAMES, clear, number_of
from model import checkpoint

_PAUSE_S = 0.03
_KEPT_OVERLAYS = 3


def serve(
    place: DraftPlace,
    home: Home,
    say: Callable[[Mapping[str, Any]], None],
    cancelled: Callable[[], bool],
    device: str = "auto",
) -> int:
    """Judge the newest frame again and again; return how many were judged.

    Args:
        place: The draft with its last lesson.
        home: Where weights lie.
        say: Told {"ready": device} once, then per frame {"number", "tried", "ms"}.
        cancelled: Asked between two frames.
        device: "auto", "cpu" or "cuda".

    Raises:
        DraftError: There is no draft.
        CheckpointError: There is no lesson, or it cannot be loaded.
        StoreError: A heatmap cannot be written.
    """
    draft = place.load()
    folders = (paths.shipped_checkpoints(), home.weights)
    predictor = checkpoint.load(place.lesson / CHECKPOINT, device=device, weight_folders=folders)
    predictor.warm_up()
    recipe = as_learned(draft.recipe, predictor)
    say({"ready": predictor.device_name})
    count = 0
    while not cancelled():
        waiting = sorted(place.trial.glob(FRAMES), key=number_of)
        if not waiting:
            time.sleep(_PAUSE_S)
            continue
        began = time.perf_counter()
        tried = judge_file(waiting[-1], False, predictor, recipe, place.trial / "tried")
        spent = 1000 * (time.perf_counter() - began)
        say({"number": number_of(waiting[-1]), "tried": asdict(tried), "ms": spent})
        clear(waiting)
        clear(_old_overlays(place.trial / "tried"))
        count += 1
    return count


def _old_overlays(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jpg"), key=number_of)[:-_KEPT_OVERLAYS]
