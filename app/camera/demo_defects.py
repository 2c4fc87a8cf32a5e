"""The defects of the demo line, painted onto a copy of the clean part.

Each kind is one function `(canvas, part, rng, size) -> mask`. `size` runs from 0 (subtle)
to 1 (nobody misses it); the mask is (S, S) uint8 in the coordinates of the part, 255 where
the part was changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from app.camera.demo_part import BOLT_RADIUS, PAD, DemoPart
from app.camera.frame import Image
from model.opencv import cv2


@dataclass(slots=True, eq=False)
class Canvas:
    """The copy of the part that a defect changes.

    Attributes:
        colour: (S, S, 3) uint8 BGR.
        alpha: (S, S) uint8, 255 inside the outline.
    """

    colour: Image
    alpha: Image


_TRIES = 8
"""A defect that fell into the bore is painted anew."""

_LEAST_AREA = 0.0012
"""Smallest defect in units of the squared radius: 14 by 14 pixels at 1280x1024."""

Painter = Callable[[Canvas, DemoPart, np.random.Generator, float], Image]


def paint_defect(
    part: DemoPart, kind: str, rng: np.random.Generator, size: float
) -> tuple[Canvas, Image]:
    """Return a copy of the part with one defect of that kind, and its mask.

    Raises:
        KeyError: No such kind in `DEFECTS`.
    """
    for _ in range(_TRIES):
        canvas = Canvas(part.colour.copy(), part.alpha.copy())
        mask = DEFECTS[kind](canvas, part, rng, size)
        if kind != "blocked_hole":  # nothing else sticks to the air in bore and holes
            mask = _plane(cv2.bitwise_and(mask, part.solid))
            cv2.copyTo(part.colour, cv2.bitwise_not(part.solid), canvas.colour)
        if cv2.countNonZero(mask) > _LEAST_AREA * part.radius**2:
            break
    return canvas, mask


def _scratch(canvas: Canvas, part: DemoPart, rng: np.random.Generator, size: float) -> Image:
    """A bright score with a dark lip, slightly curved."""
    length, width = (0.22 + 0.55 * size) * part.radius, (0.009 + 0.012 * size) * part.radius
    start = _spot(part, rng, 0.30, 0.92)
    angle, bend = rng.uniform(0, 2 * np.pi), rng.uniform(-0.8, 0.8)
    path = _walk(start, angle, length, lambda _: bend / 24, 24)
    groove = _line(canvas, path, width)
    lip = np.roll(groove, max(1, round(width * 0.9)), axis=(0, 1))
    _shade(canvas, _plane(cv2.subtract(lip, groove)), -75 - 40 * size)
    _shade(canvas, groove, 70 + 40 * size)
    return _inside(canvas, _plane(cv2.max(groove, lip)))


def _dent(canvas: Canvas, part: DemoPart, rng: np.random.Generator, size: float) -> Image:
    """A blow: dark towards the light, bright on the far side, the texture pressed flat."""
    reach = (0.065 + 0.065 * size) * part.radius
    blow = _ellipse(canvas, _spot(part, rng, 0.45, 0.88), reach, rng.uniform(0.65, 1), rng)
    window = _window(blow, round(reach * 0.5))
    side = 2 * max(1, round(reach * 0.3)) + 1
    core = cv2.erode(blow[window], cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    soft = cv2.GaussianBlur(core, (0, 0), reach * 0.22).astype(np.float32)
    slope = cv2.Sobel(soft, cv2.CV_32F, 1, 0) + cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    slope *= (80 + 32 * size) / max(1.0, float(np.abs(slope).max()))
    change = -slope - soft * (16 / 255)
    three = cv2.merge([change, change, change])
    canvas.colour[window] = cv2.add(canvas.colour[window], three, dtype=cv2.CV_8U)
    return _inside(canvas, blow)


def _stain(canvas: Canvas, part: DemoPart, rng: np.random.Generator, size: float) -> Image:
    """A dried splash of coolant: brown, ragged, with a darker rim."""
    reach = (0.09 + 0.15 * size) * part.radius
    splash = _blob(canvas, _spot(part, rng, 0.30, 0.88), reach, rng)
    rim = _plane(cv2.morphologyEx(splash, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)))
    brown = (40.0, 74.0, 104.0)
    _tint(canvas, splash, 0.34 + 0.2 * size, brown)
    _tint(canvas, rim, 0.3, brown)
    return _inside(canvas, splash)


def _crack(canvas: Canvas, part: DemoPart, rng: np.random.Generator, size: float) -> Image:
    """A dark jagged line that starts at a bolt hole and forks."""
    hole = part.holes[int(rng.integers(len(part.holes)))]
    outwards = np.arctan2(hole[1], hole[0])
    angle = outwards + np.pi + rng.uniform(-1.2, 1.2)
    edge = np.array(hole) + BOLT_RADIUS * 1.05 * np.array([np.cos(angle), np.sin(angle)])
    length, width = (0.22 + 0.4 * size) * part.radius, (0.011 + 0.011 * size) * part.radius
    path = _walk(_pixel(part, *edge), angle, length, lambda _: rng.normal(0, 0.38), 18)
    crack = _line(canvas, path, width)
    fork = path[int(rng.integers(6, 12))]
    side = angle + rng.choice([-0.9, 0.9])
    branch = _walk(fork, side, length * 0.45, lambda _: rng.normal(0, 0.4), 9)
    crack = _plane(cv2.max(crack, _line(canvas, branch, width * 0.75)))
    _tint(canvas, crack, 0.92, (26.0, 26.0, 30.0))
    return _inside(canvas, crack)


def _blocked_hole(canvas: Canvas, part: DemoPart, rng: np.random.Generator, size: float) -> Image:
    """Swarf and burr stuck in a bolt hole, spilling over its countersink."""
    hole = part.holes[int(rng.integers(len(part.holes)))]
    reach = BOLT_RADIUS * (1.0 + 0.7 * size) * part.radius
    plug = _blob(canvas, _pixel(part, *hole), reach, rng, corners=18)
    side = canvas.alpha.shape[0]
    grain = _plane(cv2.resize(rng.integers(40, 255, (96, 96), dtype=np.uint8), (side, side)))
    _tint(canvas, plug, 0.9, None, grain)
    mask = plug
    for _ in range(2 + round(3 * size)):
        curl = rng.uniform(0.25, 0.5) * rng.choice([-1, 1])
        turn = partial(_constant, curl)
        path = _walk(_pixel(part, *hole), rng.uniform(0, 6.28), 2.2 * reach, turn, 14)
        chip = _line(canvas, path, 0.012 * part.radius)
        _tint(canvas, chip, 0.95, (70.0, 140.0, 190.0))
        mask = _plane(cv2.max(mask, chip))
    return _inside(canvas, mask)


def _constant(value: float, _: int) -> float:
    return value


def _chipped_edge(canvas: Canvas, part: DemoPart, rng: np.random.Generator, size: float) -> Image:
    """A piece broken out of the rim; the fracture is bright and rough."""
    angle, reach = rng.uniform(0, 2 * np.pi), (0.065 + 0.095 * size) * part.radius
    centre = _pixel(part, 1.01 * np.cos(angle), 1.01 * np.sin(angle))
    fracture = _blob(canvas, centre, reach, rng, corners=14)
    missing = np.roll(
        fracture, _whole((reach * 0.3 * np.sin(angle), reach * 0.3 * np.cos(angle))), (0, 1)
    )
    side = canvas.alpha.shape[0]
    grain = _plane(cv2.resize(rng.integers(90, 250, (48, 48), dtype=np.uint8), (side, side)))
    _tint(canvas, fracture, 1.0, None, grain)
    mask = _inside(canvas, _plane(cv2.max(fracture, missing)))
    canvas.alpha = _plane(cv2.subtract(canvas.alpha, missing))
    return mask


def _contamination(canvas: Canvas, part: DemoPart, rng: np.random.Generator, size: float) -> Image:
    """Swarf and a fibre left on the part."""
    mask = np.zeros_like(canvas.alpha)
    middle = _spot(part, rng, 0.30, 0.85)
    for _ in range(3 + round(5 * size)):
        spot = middle + rng.normal(0, 0.06, 2) * part.radius
        reach = rng.uniform(0.016, 0.03) * part.radius * (1 + 0.6 * size)
        chip = _blob(canvas, spot, reach, rng, corners=7)
        shadow = np.roll(chip, max(2, round(reach * 0.35)), axis=(0, 1))
        _tint(canvas, shadow, 0.6, (20.0, 20.0, 20.0))
        bronze = tuple(float(c) for c in np.array([52, 132, 196]) + rng.normal(0, 14, 3))
        _tint(canvas, chip, 1.0, bronze)
        mask = _plane(cv2.max(mask, cv2.max(chip, shadow)))
    curl = rng.uniform(0.12, 0.3) * rng.choice([-1, 1])
    path = _walk(middle, rng.uniform(0, 6.28), 0.3 * part.radius, lambda _: curl, 20)
    fibre = _line(canvas, path, 0.007 * part.radius)
    _tint(canvas, fibre, 0.85, (120.0, 40.0, 24.0))
    return _inside(canvas, _plane(cv2.max(mask, fibre)))


def _misprint(canvas: Canvas, part: DemoPart, rng: np.random.Generator, size: float) -> Image:
    """The mark was touched while wet: smeared, and the ink dragged across its plate."""
    pad_x, pad_y, half_w, half_h = PAD
    left, top = _whole(_pixel(part, pad_x - half_w * 0.94, pad_y - half_h * 0.86))
    right, bottom = _whole(_pixel(part, pad_x + half_w * 0.94, pad_y + half_h * 0.86))
    window = np.s_[top:bottom, left:right]
    drag = max(3, round((0.05 + 0.06 * rng.random()) * part.radius))
    canvas.colour[window] = cv2.blur(canvas.colour[window], (drag, 3))
    mask = np.zeros_like(canvas.alpha)
    mask[window] = 255
    start = _pixel(part, pad_x + half_w * rng.uniform(-0.6, 0.6), pad_y)
    angle = float(rng.uniform(0, 2 * np.pi))
    path = _walk(start, angle, (0.1 + 0.2 * size) * part.radius, partial(_constant, 0.02), 10)
    ink = _line(canvas, path, (0.04 + 0.05 * size) * part.radius)
    _tint(canvas, ink, 0.75, (34.0, 30.0, 30.0))
    return _inside(canvas, _plane(cv2.max(mask, ink)))


DEFECTS: dict[str, Painter] = {
    "scratch": _scratch,
    "dent": _dent,
    "stain": _stain,
    "crack": _crack,
    "blocked_hole": _blocked_hole,
    "chipped_edge": _chipped_edge,
    "contamination": _contamination,
    "misprint": _misprint,
}

Point = npt.NDArray[np.float64]


def _pixel(part: DemoPart, x: float, y: float) -> Point:
    return np.array([part.centre + x * part.radius, part.centre + y * part.radius])


def _spot(part: DemoPart, rng: np.random.Generator, inner: float, outer: float) -> Point:
    """A pixel position on the ring between two radii."""
    r, angle = rng.uniform(inner, outer), rng.uniform(0, 2 * np.pi)
    return _pixel(part, r * np.cos(angle), r * np.sin(angle))


def _whole(point: Point | tuple[float, float]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _walk(
    start: Point, angle: float, length: float, turn: Callable[[int], float], steps: int
) -> list[Point]:
    """Points of a path that changes its direction by `turn` radians at each step."""
    points, step = [start], length / steps
    for index in range(steps):
        angle += turn(index)
        points.append(points[-1] + step * np.array([np.cos(angle), np.sin(angle)]))
    return points


def _line(canvas: Canvas, path: list[Point], width: float) -> Image:
    """Coverage of a smooth line; thinner than a pixel becomes fainter."""
    cover = np.zeros_like(canvas.alpha)
    points = np.round(np.array(path) * 16).astype(np.int32)  # 4 fractional bits
    cv2.polylines(cover, [points], False, 255, max(1, round(width)), cv2.LINE_AA, 4)
    return cover if width >= 1 else _plane(cv2.convertScaleAbs(cover, alpha=width))


def _ellipse(
    canvas: Canvas, centre: Point, reach: float, ratio: float, rng: np.random.Generator
) -> Image:
    cover = np.zeros_like(canvas.alpha)
    axes = (max(1, round(reach)), max(1, round(reach * ratio)))
    turned = rng.uniform(0, 180)
    cv2.ellipse(cover, _whole(centre), axes, turned, 0, 360, 255, cv2.FILLED, cv2.LINE_AA)
    return cover


def _blob(
    canvas: Canvas, centre: Point, reach: float, rng: np.random.Generator, corners: int = 40
) -> Image:
    """A ragged filled outline around the centre."""
    angles = np.arange(corners) * 2 * np.pi / corners
    waves = sum(
        rng.normal(0, 0.16 / k) * np.cos(k * angles + rng.uniform(0, 6.28)) for k in range(1, 7)
    )
    radii = reach * np.clip(1 + waves, 0.45, 1.6)
    outline = centre + np.stack([np.cos(angles), np.sin(angles)], 1) * radii[:, None]
    cover = np.zeros_like(canvas.alpha)
    cv2.fillPoly(cover, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return cover


def _window(cover: Image, margin: int = 0) -> tuple[slice, slice]:
    """Rows and columns that hold everything covered, with a margin; the cost of the rest."""
    x, y, width, height = cv2.boundingRect(cover)
    return (
        slice(max(0, y - margin), y + height + margin),
        slice(max(0, x - margin), x + width + margin),
    )


def _shade(canvas: Canvas, cover: Image, change: float) -> None:
    """Lighten or darken by `change` grey values where covered."""
    window = _window(cover)
    amount = cv2.convertScaleAbs(cover[window], alpha=abs(change) / 255)
    three = cv2.merge([amount, amount, amount])
    mix = cv2.add if change > 0 else cv2.subtract
    canvas.colour[window] = mix(canvas.colour[window], three)


def _tint(
    canvas: Canvas,
    cover: Image,
    strength: float,
    colour: tuple[float, ...] | None,
    grey: Image | None = None,
) -> None:
    """Mix in a BGR colour, or a grey picture, where covered; `strength` is in 0..1."""
    window = _window(cover)
    # (h, w) -> (h, w, 1)
    amount = cover[window].astype(np.float32)[:, :, None] * np.float32(strength / 255)
    paint = grey[window][:, :, None] if grey is not None else np.array(colour, np.float32)
    mixed = canvas.colour[window] * (1 - amount) + paint * amount
    canvas.colour[window] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _inside(canvas: Canvas, cover: Image) -> Image:
    """The covered pixels that lie on the part, as 0 or 255."""
    _, covered = cv2.threshold(cover, 40, 255, cv2.THRESH_BINARY)
    _, metal = cv2.threshold(canvas.alpha, 127, 255, cv2.THRESH_BINARY)
    return _plane(cv2.bitwise_and(covered, metal))


def _plane(image: npt.NDArray[np.generic]) -> Image:
    """Say that OpenCV kept uint8; no copy."""
    return np.asarray(image, np.uint8)
