"""All defect kinds, and the rule that a defect's mask covers what can be seen of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.opencv import cv2
from model.synthesis import damage, marks, strokes
from model.synthesis.materials import Picture
from model.synthesis.noise import Field
from model.synthesis.scene import Scene

_SEEN = 0.022
_MIN_AREA = 8
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Kind:
    """One defect kind.

    Attributes:
        name: Key.
        words: Adjectives for captions.
        maker: Makes picture and nominal region of a scene.
        is_area: The mask is the whole nominal region, else only where the picture changed.
    """

    name: str
    words: tuple[str, ...]
    maker: Callable[[np.random.Generator, Scene], tuple[Picture, Field]]
    is_area: bool = False


KINDS: tuple[Kind, ...] = (
    Kind("scratch", ("scratched",), strokes.scratch),
    Kind("crack", ("cracked", "broken"), strokes.crack),
    Kind("hair", ("hairy", "contaminated"), strokes.hair),
    Kind("hole", ("pitted", "perforated"), damage.hole),
    Kind("dent", ("dented",), damage.dent),
    Kind("chip", ("chipped", "broken"), damage.chip),
    Kind("fray", ("frayed", "worn"), damage.fray, is_area=True),
    Kind("bent", ("bent", "deformed"), damage.bent),
    Kind("stain", ("stained", "dirty"), marks.stain),
    Kind("discoloration", ("discoloured",), marks.discoloration),
    Kind("uneven", ("uneven", "badly finished"), marks.uneven, is_area=True),
    Kind("particles", ("contaminated", "dusty"), marks.particles),
    Kind("foreign texture", ("patched", "damaged"), marks.foreign_texture, is_area=True),
    Kind("misplaced", ("misassembled", "damaged"), marks.misplaced, is_area=True),
)
_WEIGHTS = np.array([1.2, 1.4, 0.6, 1.5, 0.9, 1.2, 1.2, 0.7, 1.2, 0.7, 1.3, 0.9, 1.2, 0.9])


@dataclass(frozen=True, slots=True, eq=False)
class Flaw:
    """A scene with one or two defects.

    Attributes:
        picture: (S, S, 3) float32 BGR, 0 to 1, before the camera.
        mask: (S, S) uint8, 1 where a defect can be seen.
        kind: What was put in first.
    """

    picture: Picture
    mask: npt.NDArray[np.uint8]
    kind: Kind


def _mask(scene: Scene, picture: Picture, region: Field, is_area: bool) -> npt.NDArray[np.uint8]:
    change = np.abs(picture - scene.picture).max(axis=2)
    if is_area:
        # the texture inside agrees with the old one here and there: look around each pixel
        change = np.asarray(cv2.blur(change, (7, 7)), np.float32)
        seen = (change > 0.6 * _SEEN) & (region > 0.4)
    else:
        near = cv2.dilate((region > 0.05).astype(np.uint8), np.ones((5, 5), np.uint8))
        seen = (change > _SEEN) & (near > 0)
    mask = seen.astype(np.uint8)
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), np.uint8)


def draw_kind(rng: np.random.Generator) -> Kind:
    """Draw a defect kind."""
    return KINDS[int(rng.choice(len(KINDS), p=_WEIGHTS / _WEIGHTS.sum()))]


def flaw(
    rng: np.random.Generator, scene: Scene, kind: Kind | None = None, gain: float = 1.0
) -> Flaw:
    """Put a defect into a scene; one that cannot be seen is made again, in the end as a hole.

    Args:
        rng: Source of randomness.
        scene: Flawless product.
        kind: Drawn at random if None.
        gain: Exaggeration of the defect, 1 for none.
    """
    for attempt in range(_TRIES + 1):
        chosen = kind or draw_kind(rng)
        if attempt == _TRIES:
            chosen = KINDS[3]
        picture, region = chosen.maker(rng, scene)
        picture = scene.picture + gain * (picture - scene.picture)
        picture = np.clip(picture, 0, 1).astype(np.float32)
        mask = _mask(scene, picture, region, chosen.is_area)
        if int(mask.sum()) >= _MIN_AREA and mask.mean() < 0.6:
            return Flaw(picture, mask, chosen)
    return _plain_hole(scene)


def _plain_hole(scene: Scene) -> Flaw:
    """The last resort: a round hole of the opposite brightness in the middle."""
    middle = scene.size // 2
    mask = np.zeros((scene.size, scene.size), np.uint8)
    cv2.circle(mask, (middle, middle), scene.size // 20, 1, -1)
    level = 0.0 if scene.picture[middle, middle].mean() > 0.5 else 1.0
    picture = np.where(mask[:, :, None] > 0, np.float32(level), scene.picture)
    return Flaw(picture.astype(np.float32), mask, KINDS[3])
