"""Judges a picture as the line will, for people to look at."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.camera.folder import read_picture
from app.camera.frame import Frame, Image
from app.errors import ExpectedError
from app.inspection.judgement import Inspection, Predictor
from app.inspection.overlay import overlay_picture
from app.inspection.pipeline import inspect
from app.inspection.reasons import explain
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.teaching.outcome import CHECKPOINT, Tried
from app.teaching.picture_file import write_picture
from model.opencv import cv2

OVERLAY_SIDE = 900
"""Longer side of the pictures with a heatmap, pixels."""


def as_learned(recipe: Recipe, predictor: Predictor) -> Recipe:
    """Return the recipe with the limits that the checkpoint brings along, for every region."""
    regions = tuple(
        one.model_copy(update={"ng_limit": None, "review_limit": None, "map_limit": None})
        for one in recipe.regions
    )
    fresh = recipe.with_checkpoint(CHECKPOINT)
    return fresh.model_copy(update={"regions": regions, "checkpoint_sha256": predictor.info.sha256})


def judge(image: Image, predictor: Predictor, recipe: Recipe, source: str = "") -> Inspection:
    """Judge a picture exactly as the line does; never raises.

    Args:
        image: (H, W, 3) uint8 BGR, the whole frame.
        predictor: The checkpoint.
        recipe: Regions, limits, alignment.
        source: What the picture is called.
    """
    frame = Frame(image, 0, time.monotonic(), datetime.now(UTC), source)
    return inspect(frame, predictor, recipe, Context(), is_live=False)


def judge_file(
    file: Path, is_defective: bool, predictor: Predictor, recipe: Recipe, folder: Path
) -> Tried:
    """Judge a picture of the disk and keep it with its heatmap.

    Args:
        file: The picture.
        is_defective: What the person said of it.
        predictor: The checkpoint.
        recipe: Regions, limits, alignment.
        folder: Where the picture with the heatmap goes.

    Raises:
        StoreError: The heatmap cannot be written.
    """
    try:
        inspection = judge(read_picture(file), predictor, recipe, file.name)
    except ExpectedError as error:
        return Tried(file.name, is_defective, None, fault=str(error))
    word = "defective" if is_defective else "good"
    overlay = folder / f"{word}-{file.stem}.jpg"
    write_overlay(inspection, overlay)
    record = inspection.record
    return Tried(
        file.name,
        is_defective,
        record.score,
        worst_region(inspection),
        f"{folder.name}/{overlay.name}",
        "" if record.score is not None else explain(record),
    )


def write_overlay(inspection: Inspection, file: Path) -> None:
    """Write the picture with its heatmap, reduced for the screen.

    Raises:
        StoreError: It cannot be written.
    """
    picture: Any = overlay_picture(inspection)
    scale = OVERLAY_SIDE / max(picture.shape[:2])
    if scale < 1:
        size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    write_picture(file, picture)


def worst_region(inspection: Inspection) -> str:
    """Return the name of the region with the highest score; "" if there is only one."""
    results = getattr(inspection.record, "region_results", ())
    if len(results) < 2:
        return ""
    scored = [one for one in results if one.score is not None]
    return str(max(scored, key=lambda one: one.score).name) if scored else ""
