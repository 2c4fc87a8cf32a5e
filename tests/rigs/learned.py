"""A tiny product learned by every way there is: in seconds, once for a run of the tests."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from model import checkpoint
from model.backbone import TINY
from model.backbones import Backbones
from model.images import Picture
from model.layers.pdn import SIZES, Pdn
from model.learners import LEARNERS, learner
from model.learning.choices import choices_of
from model.learning.clip_start import SHIPPED
from model.learning.learner import Learned
from model.learning.material import Label, Material
from model.learning.watch import Watch
from tests.model.tiny_clip import LIMITS, backbone, zero_shot

SIDE = 64
# the smallest that each way can be; what is not here is learned as usual
QUICK: dict[str, dict[str, str]] = {
    "few_shot_clip": {"rows": "200", "copies": "1"},
    "painted_clip": {"steps": "4"},
    "patchcore": {"size": "48", "rows": "60"},
    "cfa": {"size": "48", "epochs": "1", "narrower": "8"},
    "msflow": {
        "size": "96", "steps": "4", "copies": "0", "depths": "1-1-1", "directions": "16",
        "condition": "8",
    },
    "efficient_ad": {"steps": "3", "penalty": "none"},
    "classifier": {"size": "48", "folds": "2", "epochs": "3", "views": "1"},
}  # fmt: skip


def part(seed: int, *, hole: bool = False) -> Picture:
    """Return a plain part with little noise; `hole` puts a dark spot on it."""
    image = np.full((SIDE, SIDE, 3), 150, np.uint8)
    image[12:52, 20:44] = (90, 120, 160)
    if hole:
        image[24:38, 26:40] = 10
    noise = np.random.default_rng(seed).normal(0, 3, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def material(name: str, good: int = 8, defective: int = 6, seed: int = 3) -> Material:
    """Return good parts, and parts with a hole for the ways that need them."""
    pictures = [part(number) for number in range(good)]
    labels = [Label()] * good
    if LEARNERS[name].load().needs_defects:
        pictures += [part(100 + number, hole=True) for number in range(defective)]
        labels += [Label(state="hole")] * defective
    return Material(pictures, tuple(labels), seed=seed)


@functools.lru_cache(maxsize=1)
def weights() -> Path:
    """Return a folder with random weights: backbone, teacher, and a checkpoint to start from."""
    folder = Path(tempfile.mkdtemp(prefix="tiny-weights-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copy(backbone().file, folder)
    torch.manual_seed(4)
    teacher = Pdn("xs", SIZES["xs"].features).state_dict()
    save_file(teacher, folder / "efficient_ad_teacher_xs.safetensors")
    checkpoint.save(
        folder / SHIPPED,
        zero_shot(),
        LIMITS,
        name="start",
        backbone_name=TINY,
        backbone_sha256=backbone().sha256,
    )
    return folder


def learn(name: str, given: Material, watch: Watch | None = None, **choices: str) -> Learned:
    """Learn in the smallest way, on the processor."""
    way = learner(name)
    chosen = choices_of(way.choices, QUICK.get(name, {}) | choices)
    return way.learn(given, chosen, Backbones((weights(),)), "cpu", watch or Watch())


@functools.lru_cache(maxsize=len(LEARNERS))
def learned(name: str) -> Learned:
    """Return the tiny product as it was learned once."""
    return learn(name, material(name))


@functools.lru_cache(maxsize=len(LEARNERS))
def learned_file(name: str) -> Path:
    """Return the checkpoint of `learned`; to be copied, not changed."""
    made = learned(name)
    file = weights() / "made" / f"{name}.safetensors"
    file.parent.mkdir(exist_ok=True)
    checkpoint.save(
        file,
        made.detector,
        made.calibration,
        name=name,
        backbone_name=made.backbone_name,
        backbone_sha256=made.backbone_sha256,
        extra=made.extra,
    )
    return file
