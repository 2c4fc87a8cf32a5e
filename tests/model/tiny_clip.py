"""A random adclip-tiny and detectors on it, small enough for any test."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import open_clip
import torch

from model.backbone import TINY, build_clip, file_sha256, load_clip, save_clip
from model.detector import Detector
from model.detectors.ad_clip import AdClip
from model.detectors.anomaly_clip import AnomalyClip
from model.detectors.few_shot_clip import FewShotClip
from model.detectors.sowa import Sowa
from model.fusion import Fusion
from model.layers.dual_prompts import DualPrompts
from model.layers.prompts import PromptLearner
from model.layers.side_branch import SideBranch
from model.memory_bank import MemoryBank, Patches, patch_places, patch_rows
from model.predictor import Predictor
from model.preprocess import Preprocess
from model.sowa_settings import SowaSettings
from model.types import Calibration, CheckpointInfo

SIZE = 48
LIMITS = Calibration(0.5, 2.0, 0.25, 1.5, 10, 0, "made up")


@dataclass(frozen=True)
class Backbone:
    file: Path
    sha256: str
    clip: open_clip.CLIP


@functools.lru_cache(maxsize=1)
def backbone() -> Backbone:
    """Random weights in a file of their own, and the model as loaded from it."""
    torch.manual_seed(11)
    folder = Path(tempfile.mkdtemp(prefix="tiny-clip-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / f"{TINY}.safetensors"
    save_clip(build_clip(TINY), TINY, file)
    return Backbone(file, file_sha256(file), load_clip(TINY, file))


def zero_shot(size: int = SIZE) -> AnomalyClip:
    torch.manual_seed(12)
    clip = backbone().clip
    learner = PromptLearner(clip, n_ctx=4, t_n_ctx=2, depth=3)
    detector = AnomalyClip(clip, learner, Preprocess(size), (4, 6), 3, 2.0, map_weight=0.3)
    return detector.eval().requires_grad_(False)


def few_shot(shots: int = 3) -> FewShotClip:
    base = zero_shot()
    fusion = Fusion((3, 4), neighbourhood=3, coordinates=8, peak_fraction=0.01)
    with torch.inference_mode():
        inputs = torch.cat([base.preprocess(picture(seed)) for seed in range(shots)])
        features = base.features(inputs, fusion.layers)
        rows = patch_rows(features, fusion.layers, fusion.neighbourhood)
    places = patch_places(features.grid).repeat(shots, 1)
    bank = MemoryBank.learned(Patches(rows.flatten(0, 1).clone(), places), 8, fusion.place, 40)
    detector = FewShotClip(base, bank, fusion, shots).eval()
    with torch.inference_mode():
        detector.standardise([detector.evidence(base.preprocess(picture(90)))])
    return detector


def sowa(shots: int = 2) -> Sowa:
    torch.manual_seed(13)
    clip = backbone().clip
    settings = SowaSettings((2, 5), window=2, sigma=2.0)
    detector = Sowa(clip, DualPrompts(clip, n_ctx=4), Preprocess(SIZE), settings).eval()
    detector.requires_grad_(False)
    if shots:
        with torch.inference_mode():
            inputs = torch.cat([detector.preprocess(picture(seed)) for seed in range(shots)])
            rows = detector.projected(detector.features(inputs).tokens)
        # (K, L, N, E) -> K times (N, L, E)
        detector.remember([one.transpose(0, 1).clone() for one in rows], max_rows=20)
        detector.set_range([2.0, 2.5, 3.0])
    return detector


def ad_clip(shots: int = 2) -> AdClip:
    few = few_shot(shots) if shots else None
    base = zero_shot() if few is None else few.base
    torch.manual_seed(14)
    detector = AdClip(base, ("good", "crack", "stain"), 32, (8, 8, 16, 16)).eval()
    detector.requires_grad_(False)
    if few is not None:
        detector.taught = few
        detector.standardise([few.preprocess(picture(seed)) for seed in (91, 92, 93)])
    return detector


def with_fellow(shots: int = 2) -> AdClip:
    """Return an AD-CLIP detector that judges together with another one."""
    detector, fellow = ad_clip(shots), ad_clip(0)
    fellow.blend = replace(fellow.blend, mirrored=True)
    fellow.side.load_state_dict(SideBranch(32, (8, 8, 16, 16)).state_dict())
    fellow.image_statistics.copy_(torch.tensor([0.1, 1.5]))
    detector.join([fellow])
    return detector


DETECTORS = {
    "ad_clip": ad_clip,
    "anomaly_clip": zero_shot,
    "few_shot_clip": few_shot,
    "sowa": sowa,
}


def picture(seed: int, height: int = 60, width: int = 80) -> np.ndarray:
    """A smooth random texture, BGR."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / 12
    waves = [np.sin(x * a + y * b + c) for a, b, c in rng.uniform(0, 3, (3, 3))]
    noise = rng.normal(0, 4, (height, width, 3))
    return np.clip(np.dstack(waves) * 50 + 120 + noise, 0, 255).astype(np.uint8)


def info(detector: Detector) -> CheckpointInfo:
    return CheckpointInfo(
        Path("tiny.safetensors"),
        "tiny",
        detector.kind,
        TINY,
        backbone().sha256,
        SIZE,
        "0" * 64,
        0,
        LIMITS,
        1,
        "",
        "",
        0,
    )


def predictor(kind: str = "anomaly_clip", size: int = SIZE) -> Predictor:
    detector = DETECTORS[kind]() if size == SIZE else zero_shot(size)
    return Predictor(detector, LIMITS, info(detector))
