"""Pictures and maps of the made-up parts: small ones of the demo line, with their defects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.camera.demo_defects import DEFECTS, Canvas, paint_defect
from app.camera.demo_scene import (
    NOISE_MARGIN,
    add_noise,
    draw_pose,
    frame_mask,
    landing,
    light,
    place,
    stage,
)
from app.camera.frame import Frame, Image, Truth
from app.inspection.judgement import Inspection
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Limits
from app.month.draws import BRIGHTNESS, SHARPNESS, Draws
from app.month.products import MAP_TYPICAL
from app.month.records import HEIGHT, WIDTH
from app.month.timetable import Month, Slot
from app.store.evidence import EvidenceStore
from model.opencv import cv2
from model.regions import find_regions
from model.types import FloatMap, Prediction, PredictionTimes


def with_pictures(
    month: Month,
    slot: Slot,
    drawn: Draws,
    judged: Sequence[InspectionRecord],
    evidence: EvidenceStore,
    first_id: str,
) -> list[InspectionRecord]:
    """Return the slot's records, those queued from `first_id` on with picture, map and regions.

    Raises:
        StoreError: A file cannot be written.
    """
    return [
        _with_picture(month, slot, drawn, number, record, evidence)
        if record.id >= first_id and is_queued(record) and record.score is not None
        else record
        for number, record in enumerate(judged)
    ]


def is_queued(record: InspectionRecord) -> bool:
    """True if a person is to look at it."""
    return record.verdict.value != "OK" or record.sampled


def _with_picture(
    month: Month,
    slot: Slot,
    drawn: Draws,
    number: int,
    record: InspectionRecord,
    evidence: EvidenceStore,
) -> InspectionRecord:
    kinds = [kind for kind, _ in slot.product.kinds]
    kind = kinds[int(drawn.kind[number])] if drawn.defective[number] else ""
    rng = np.random.default_rng((month.seed, 7, slot.index, number))
    image, mask = paint(rng, kind, float(drawn.size[number]), slot.product.tint)
    optics = record.optics
    if optics is not None:
        image = _seen(image, optics.brightness / BRIGHTNESS, optics.sharpness / SHARPNESS)
    limits = slot.edition.limits
    found = _map(rng, mask, record.score or 0.0, limits)
    regions = find_regions(found, limits.map_limit, slot.edition.recipe.min_area_px)
    record = replace(record, decision=replace(record.decision, regions=regions))
    times = PredictionTimes(0.0, record.latencies.model, 0.0)
    truth = Truth("ng" if kind else "ok", kind, mask)
    frame = Frame(
        image, number, record.taken_monotonic, record.taken_utc, record.source, truth=truth
    )
    prediction = Prediction(record.score or 0.0, found, times, record.class_probabilities)
    kept = evidence.save(Inspection(record, prediction, frame, slot.edition.recipe))
    return replace(record, evidence=kept)


def paint(
    rng: np.random.Generator, kind: str, size: float, tint: tuple[float, float, float]
) -> tuple[Image, Image]:
    """Return a picture (H, W, 3) uint8 BGR and the mask of its defect (H, W) uint8, 0 or 255.

    Args:
        rng: Chooses place, light and noise.
        kind: Of `DEFECTS`; "" for a good part.
        size: Of the defect, 0 to 1.
        tint: Factors of blue, green and red.
    """
    scene = stage(WIDTH, HEIGHT)
    part = scene.part
    pose = draw_pose(rng, min(WIDTH / 1280, HEIGHT / 1024))
    warp = landing(part, pose, WIDTH, HEIGHT)
    body, mask = Canvas(part.colour, part.alpha), np.zeros((HEIGHT, WIDTH), np.uint8)
    if kind:
        if kind not in DEFECTS:
            raise KeyError(kind)
        body, on_part = paint_defect(part, kind, rng, 0.3 + 0.7 * size)
        mask = frame_mask(on_part, warp, WIDTH, HEIGHT)
    belt_at, (top, left) = int(rng.integers(WIDTH)), rng.integers(0, NOISE_MARGIN, 2)
    image = scene.belt[:, belt_at : belt_at + WIDTH].copy()
    place(image, body, part.shadow, warp)
    image = np.clip(image * np.array(tint, np.float32), 0, 255).astype(np.uint8)
    light(image, pose)
    add_noise(image, scene, int(top), int(left))
    return image, mask


def _seen(image: Image, brightness: float, sharpness: float) -> Image:
    """Return the picture as this camera saw it: darker lamp, lens out of focus."""
    if sharpness < 0.7:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 1.6), np.uint8)
    return np.asarray(cv2.convertScaleAbs(image, alpha=brightness), np.uint8)


def _map(rng: np.random.Generator, mask: Image, score: float, limits: Limits) -> FloatMap:
    """Return a map whose peak follows the score: at the NG limit it touches the map limit.

    A false call and a drawn OK part have their warmest spot somewhere on the part.
    """
    height, width = mask.shape
    spot = mask
    if not mask.any():
        spot = np.zeros_like(mask)
        x, y = int(rng.uniform(0.35, 0.65) * width), int(rng.uniform(0.35, 0.65) * height)
        cv2.circle(spot, (x, y), int(rng.uniform(8, 20)), 255, cv2.FILLED)
    glow = np.asarray(cv2.GaussianBlur(spot, (0, 0), 7.0), np.float32)
    glow /= max(1.0, float(glow.max()))
    coarse = rng.normal(0.0, 1.0, (height // 16, width // 16)).astype(np.float32)
    ground = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))
    peak = limits.map_limit * (score / limits.ng)
    base = MAP_TYPICAL * 0.8 + 0.012 * ground
    found: FloatMap = (base + np.maximum(peak - base, 0.0) * glow).astype(np.float32)
    found.setflags(write=False)
    return found
