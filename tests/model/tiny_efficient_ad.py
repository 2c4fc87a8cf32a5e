"""EfficientAD with networks so small that a test can train them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from model.backbones import Backbones
from model.detectors.efficient_ad import EfficientAd
from model.images import Picture
from model.layers.pdn import SIZES, Pdn, PdnSize
from model.learning.choices import choices_of
from model.learning.efficient_ad import LEARNER, EfficientAdChoices
from model.learning.learner import Learned
from model.learning.material import Material
from model.learning.watch import Watch

TINY = PdnSize((4, 8, 8), 6, False, (4, 8), 3e-3)


def add_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the size "tiny" be known for one test."""
    monkeypatch.setitem(SIZES, "tiny", TINY)


def teacher_file(folder: Path, seed: int = 3) -> Path:
    torch.manual_seed(seed)
    file = folder / "teacher.safetensors"
    save_file(Pdn("tiny", TINY.features).state_dict(), file)
    return file


def detector(seed: int = 5) -> EfficientAd:
    torch.manual_seed(seed)
    return EfficientAd("tiny").eval().requires_grad_(False)


def part(seed: int, *, hole: bool = False, side: int = 96) -> Picture:
    """A striped part with little noise; `hole` puts a dark spot on it."""
    rng = np.random.default_rng(seed)
    stripes = 120 + 50 * np.sin(np.arange(side) / 4)
    image = np.repeat(stripes[None, :, None], side, axis=0).repeat(3, axis=2)
    if hole:
        image[40:58, 30:50] = 10
    return np.clip(image + rng.normal(0, 3, image.shape), 0, 255).astype(np.uint8)


def material(good: int = 10, seed: int = 1) -> Material:
    return Material([part(number) for number in range(good)], seed=seed)


def learn(
    folder: Path, given: Material | None = None, watch: Watch | None = None, **choices: str
) -> Learned:
    """Learn in a few steps on the processor, with a teacher of random weights."""
    values = {"penalty": "none", "steps": "12"} | choices
    if "start" not in values and "teacher" not in values:
        values["teacher"] = str(teacher_file(folder))
    chosen = choices_of(EfficientAdChoices, values)
    return LEARNER.learn(given or material(), chosen, Backbones(()), "cpu", watch or Watch())
