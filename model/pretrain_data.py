"""Training batches: views of procedural products, made by worker processes, the same every time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from model.opencv import cv2
from model.preprocess import CLIP_MEAN, CLIP_STD
from model.pretrain_schedule import Schedule
from model.synthesis.sample import SIZE, Sample, make_sample

_MIN_PIXELS = 4
_VIEW_STREAM = 7_000_003
_FIRST_GAIN = 2.5
_LEAST_SHARE = 0.4
_LESSON_SAMPLES = 10_000

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Pictures of one step.

    Attributes:
        images: (B, S, S, 3) uint8 RGB.
        masks: (B, S // 2, S // 2) uint8, 1 where a defect can be seen.
        captions: One sentence a picture.
    """

    images: Tensor
    masks: Tensor
    captions: tuple[str, ...]

    @property
    def labels(self) -> Tensor:
        """(B,) int64, 1 for pictures with a defect."""
        return (self.masks.flatten(1).amax(1) > 0).long()

    def split(self, parts: int) -> list[Batch]:
        """Return the batch in up to `parts` pieces of one size, the last may be smaller."""
        size = -(-len(self.captions) // parts)
        starts = range(0, len(self.captions), size)
        return [
            Batch(self.images[a : a + size], self.masks[a : a + size], self.captions[a : a + size])
            for a in starts
        ]


def normalised(images: Tensor) -> Tensor:
    """Return (B, 3, S, S) float32 network input of (B, S, S, 3) uint8 RGB pictures."""
    mean = torch.tensor(CLIP_MEAN, device=images.device).view(1, 3, 1, 1) * 255
    std = torch.tensor(CLIP_STD, device=images.device).view(1, 3, 1, 1) * 255
    return (images.permute(0, 3, 1, 2).float() - mean) / std


@dataclass(frozen=True, slots=True)
class _Window:
    """A square cut-out and how it is turned; x, y, side in pixels of the canvas."""

    x: int
    y: int
    side: int
    quarter_turns: int
    is_mirrored: bool

    def cut(self, picture: Image, side: int, is_mask: bool = False) -> Image:
        piece = picture[self.y : self.y + self.side, self.x : self.x + self.side]
        if is_mask:
            share = cv2.resize(piece * np.uint8(255), (side, side), interpolation=cv2.INTER_AREA)
            piece = (np.asarray(share) > 50).astype(np.uint8)
        elif self.side != side:
            way = cv2.INTER_AREA if self.side > side else cv2.INTER_CUBIC
            piece = np.asarray(cv2.resize(piece, (side, side), interpolation=way), np.uint8)
        piece = np.rot90(piece, self.quarter_turns)
        return np.ascontiguousarray(piece[:, ::-1] if self.is_mirrored else piece)


def _window(rng: np.random.Generator, side: int, around: tuple[int, int] | None) -> _Window:
    """Draw a cut-out, most of them at the natural scale; `around` (x, y) lies inside."""
    choice = rng.random()
    extent = side
    if choice > 0.5:
        extent = round(float(np.exp(rng.uniform(np.log(0.75 * side), np.log(SIZE)))))
    extent = min(extent, SIZE)
    free = SIZE - extent
    if around is None:
        x, y = (int(v) for v in rng.integers(0, free + 1, 2))
    else:
        inset = rng.uniform(0.08, 0.92, 2) * extent
        x = int(np.clip(around[0] - inset[0], 0, free))
        y = int(np.clip(around[1] - inset[1], 0, free))
    return _Window(x, y, extent, int(rng.integers(4)), bool(rng.random() < 0.5))


def _views(rng: np.random.Generator, sample: Sample, side: int) -> list[tuple[Image, Image, str]]:
    """Return (picture, mask, caption) of a sample: two views where small, one where whole."""
    if side >= SIZE:
        whole = _Window(0, 0, SIZE, int(rng.integers(4)), bool(rng.random() < 0.5))
        windows = [whole]
    else:
        rows, columns = np.nonzero(sample.mask)
        index = int(rng.integers(len(rows)))
        windows = [
            _window(rng, side, (int(columns[index]), int(rows[index]))),
            _window(rng, side, None),
        ]
    views = []
    for window in windows:
        mask = window.cut(sample.mask, side // 2, is_mask=True)
        is_seen = int(mask.sum()) >= _MIN_PIXELS
        mask = mask if is_seen else np.zeros_like(mask)
        caption = sample.defective_caption if is_seen else sample.good_caption
        views.append((window.cut(sample.defective, side), mask, caption))
        good = window.cut(sample.good, side)
        views.append((good, np.zeros_like(mask), sample.good_caption))
    return views


def lesson_gain(index: int) -> float:
    """Return how much the defect of a sample is exaggerated: first 3.5, in the end 2 times.

    Unexaggerated, a good part of them drowns in the texture; learning from those stalls.
    """
    return 1 + _FIRST_GAIN * max(_LEAST_SHARE, 1 - index / _LESSON_SAMPLES)


def make_batch(seed: int, first: int, samples: int, side: int, *, is_lesson: bool = False) -> Batch:
    """Return the views of samples first .. first + samples - 1 of the stream `seed`.

    Args:
        seed: Stream.
        first: Number of the first sample.
        samples: Products.
        side: Of the pictures, pixels.
        is_lesson: Exaggerate the defects of the first samples (`lesson_gain`): a network with
            random weights finds no hold in faint ones.
    """
    images, masks, captions = [], [], []
    for index in range(first, first + samples):
        gain = lesson_gain(index) if is_lesson else 1.0
        sample = make_sample(seed, index, gain=gain)
        rng = np.random.default_rng([seed, index, _VIEW_STREAM, side])
        for picture, mask, caption in _views(rng, sample, side):
            images.append(picture[:, :, ::-1])
            masks.append(mask)
            captions.append(caption)
    return Batch(
        torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(masks)), tuple(captions)
    )


class _Steps(Dataset[Batch]):
    """One item a step, so that workers stay in order and a run resumes anywhere."""

    def __init__(self, schedule: Schedule, seed: int, start: int) -> None:
        self._schedule, self._seed, self._start = schedule, seed, start

    def __len__(self) -> int:
        return self._schedule.steps - self._start

    def __getitem__(self, index: int) -> Batch:
        step = self._start + index
        phase = self._schedule.phase(step)
        first = self._schedule.first_sample(step)
        return make_batch(self._seed, first, phase.samples, phase.side, is_lesson=True)


def _start_worker(_: int) -> None:
    if hasattr(os, "nice"):
        # the training threads wait for each other: a worker that interrupts one stops them all
        os.nice(10)
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def batches(schedule: Schedule, seed: int, start: int, workers: int) -> Iterator[Batch]:
    """Yield the batches of steps start .. schedule.steps - 1.

    Args:
        schedule: Of the run.
        seed: Of the sample stream.
        start: First step.
        workers: Processes that make them; 0 makes them in this one.
    """
    loader = DataLoader(
        _Steps(schedule, seed, start),
        batch_size=None,
        num_workers=workers,
        prefetch_factor=6 if workers else None,
        worker_init_fn=_start_worker,
        # a forked copy of OpenCV's or OpenMP's threads would wait for ever for its lost siblings
        multiprocessing_context="spawn" if workers else None,
    )
    yield from loader
