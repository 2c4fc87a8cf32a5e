"""Small data sets, splits and results for the tests of a comparison."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model import checkpoint
from model.backbone import TINY
from model.comparison.contender import Contender, finished
from model.comparison.cost import Cost
from model.comparison.figures import Result, results_of
from model.comparison.pixel_counts import counted_pixels
from model.comparison.record import Judging, Record, Scores, write
from model.comparison.resources import Resources
from model.comparison.run import DETECTORS, PLAN, Plan
from model.comparison.speed import Speed
from model.comparison.split import Split
from model.comparison.task import Task, judge
from model.data import Sample
from model.images import write_image
from model.learning.watch import Watch
from tests.model.tiny_clip import LIMITS, backbone, picture, zero_shot

SIDE = 24


def data_set(root: Path, good: int = 4, bad: int = 3, train: int = 4) -> Path:
    """Pictures in MVTec layout; a defect is a bright square, and its kinds are dent and spot."""
    seed = 0
    for folder, count in (("train/good", train), ("test/good", good)):
        for number in range(count):
            _write(root / folder / f"{number}.png", picture(seed := seed + 1))
    for kind in ("dent", "spot") if bad else ():
        for number in range(bad):
            image = picture(seed := seed + 1)
            image[20:36, 30:46] = 255
            mask = np.zeros(image.shape, np.uint8)
            mask[20:36, 30:46] = 255
            _write(root / "test" / kind / f"{number}.png", image)
            _write(root / "ground_truth" / kind / f"{number}_mask.png", mask)
    return root


def _write(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_image(path, image)


def tiny_checkpoint(path: Path) -> Contender:
    """A zero-shot checkpoint on the random backbone of the tests."""
    checkpoint.save(
        path, zero_shot(), LIMITS, name=path.stem, backbone_name=TINY,
        backbone_sha256=backbone().sha256,
    )  # fmt: skip
    return finished(path)


def weights() -> Path:
    """Folder of the random backbone."""
    return backbone().file.parent


def split_of(truth: list[bool], folder: Path = Path("pictures")) -> Split:
    """Each picture stands for itself; defects are dents and spots in turns."""
    kinds = [("good", "dent", "spot")[(1 + i % 2) * bad] for i, bad in enumerate(truth)]
    pairs = zip(kinds, truth, strict=True)
    test = tuple(Sample(folder / f"{i}.png", kind, bad) for i, (kind, bad) in enumerate(pairs))
    good = (Sample(folder / "train.png", "good", False),)
    return Split(good, (), test, tuple(range(len(test))))


def record(
    name: str, scores: list[float], truth: list[bool], fps: float = 10.0, limit: float | None = 0.5
) -> Record:
    """A judged detector; its maps show a square as bright as the score."""
    masks = [np.zeros((SIDE, SIDE), bool) for _ in truth]
    maps = [np.linspace(0, 0.1, SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE) for _ in truth]
    for mask, heat, score, bad in zip(masks, maps, scores, truth, strict=True):
        mask[8:14, 8:14] = bad
        heat[8:14, 8:14] += score
    took = Resources(peak_ram_mib=700.0, others=0.02)
    speed = Speed(20, fps, 1000 / fps, 1500 / fps, 8, 2 * fps, took, took)
    judging = Judging(
        "anomaly_clip", TINY, "cpu", limit, False, speed, Cost(12_000_000, 400, 3 * 10**9, 240, 1.5)
    )
    heat = np.clip(np.stack(maps) * 255, 0, 255).astype(np.uint8)
    pixels = counted_pixels(list(masks), maps)
    return Record(Contender(name, spec=name), None, judging, Scores(np.array(scores), heat), pixels)


def results(
    truth: list[bool], scores: dict[str, list[float]], fps: dict[str, float] | None = None
) -> tuple[Result, ...]:
    """Results of detectors by name."""
    rates = fps or {}
    records = [record(name, some, truth, rates.get(name, 10.0)) for name, some in scores.items()]
    return results_of(records, split_of(truth), seed=0, resamples=200)


def judged_before(folder: Path, plan: Plan, split: Split, contender: Contender) -> None:
    """Judge a checkpoint in this process, as if an earlier run had done it."""
    own = folder / DETECTORS / contender.folder
    own.mkdir(parents=True)
    write(folder / PLAN, plan)
    task = Task(contender, split, own, 0, "cpu", (weights(),), plan.map_side, plan.speed)
    judge(task, Watch())
