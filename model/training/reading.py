"""Pictures read and brought to the network's size, here or in worker processes."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torch.utils.data.dataloader import _MultiProcessingDataLoaderIter

from model.errors import DatasetError, ModelError
from model.opencv import cv2
from model.preprocess import Preprocess
from model.training.example import Example, Views

log = logging.getLogger(__name__)


class Key(NamedTuple):
    """One view: `part` is "training" or "validation", `number` the index in its views."""

    part: str
    number: int
    turn: int


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One example at the network's size.

    Attributes:
        key: Which view it is.
        image: (3, S, S) uint8 RGB where that loses nothing, otherwise float32 as `Preprocess`
            makes it.
        mask: (S, S) uint8, 1 where defective; zeros where the place is not known.
        has_mask: The place is known.
        label: 1 for defective.
        name: What it is called, "" if not known.
        digest: Hash of picture, mask, label and name, 32 hex digits.
    """

    key: Key
    image: npt.NDArray[Any]
    mask: npt.NDArray[np.uint8]
    has_mask: bool
    label: int
    name: str
    digest: str


def read(views: Views, key: Key, preprocess: Preprocess) -> Reading:
    """Read one view.

    Raises:
        DatasetError: It cannot be read, or picture and mask have different sizes.
    """
    example = views.view(key.number, key.turn)
    mask = np.zeros((preprocess.size, preprocess.size), np.uint8)
    if example.mask is not None:
        if example.mask.shape != example.picture.shape[:2]:
            raise DatasetError(
                f"The mask of {key.part} picture {key.number + 1} is "
                f"{example.mask.shape[1]} x {example.mask.shape[0]} pixels, the picture "
                f"{example.picture.shape[1]} x {example.picture.shape[0]}; give it the same size."
            )
        if example.mask.any():
            grey = Image.fromarray((example.mask > 0).astype(np.uint8) * np.uint8(255))
            mask = preprocess.mask(grey)[0].numpy().astype(np.uint8)
    return Reading(
        key,
        _packed(preprocess(example.picture)[0], preprocess),
        mask,
        example.mask is not None,
        int(example.is_defective),
        example.name,
        digest(example),
    )


def digest(example: Example) -> str:
    """Return a hash of all that an example says, 32 hex digits."""
    has_mask = example.mask is not None
    facts = (example.picture.shape, has_mask, example.is_defective, example.name)
    sums = hashlib.blake2b(repr(facts).encode(), digest_size=16)
    sums.update(np.ascontiguousarray(example.picture).data)
    if example.mask is not None:
        sums.update(np.ascontiguousarray(example.mask).data)
    return sums.hexdigest()


def unpacked(image: Tensor, preprocess: Preprocess) -> Tensor:
    """Return (3, S, S) float32 network input of a `Reading.image`."""
    if image.dtype != torch.uint8:
        return image
    mean = torch.tensor(preprocess.mean)[:, None, None]
    std = torch.tensor(preprocess.std)[:, None, None]
    return image.float().div_(255).sub_(mean).div_(std)


def _packed(image: Tensor, preprocess: Preprocess) -> npt.NDArray[Any]:
    """Return the image as uint8 if `unpacked` gives back every bit: a quarter of the memory."""
    mean = torch.tensor(preprocess.mean)[:, None, None]
    std = torch.tensor(preprocess.std)[:, None, None]
    levels = ((image * std + mean) * 255).round().clamp(0, 255).to(torch.uint8)
    is_whole = torch.equal(unpacked(levels, preprocess), image)
    return np.ascontiguousarray((levels if is_whole else image).numpy())


class Reader:
    """Reads views in order, in this process or in workers that last until `close`."""

    def __init__(self, parts: Mapping[str, Views], preprocess: Preprocess, workers: int) -> None:
        """Take what can be read.

        Args:
            parts: Views by `Key.part`; with workers they must be picklable.
            preprocess: Of the detector.
            workers: Processes that read; 0 reads here. They start when first needed.
        """
        self._pictures = _Pictures(dict(parts), preprocess)
        self._workers = workers
        self._keys: list[Key] = []
        self._loader: DataLoader[Reading | str] | None = None

    def one(self, key: Key) -> Reading:
        """Read one view in this process."""
        return _told(self._pictures[key])

    def read(self, keys: Sequence[Key]) -> Iterator[Reading]:
        """Yield the views of `keys` in order.

        Raises:
            DatasetError: One of them cannot be read.
        """
        if not keys:
            return
        if not self._workers:
            for key in keys:
                yield self.one(key)
            return
        self._keys[:] = keys
        try:
            with _shielded_children():
                stream = iter(self._started())
            for found in stream:
                yield _told(found)
        except RuntimeError as error:
            log.exception("reading in %d processes", self._workers)
            raise ModelError(
                "A process that reads pictures has ended unexpectedly; resume with fewer workers."
            ) from error

    def close(self) -> None:
        """End the workers and wait for them; reading again starts new ones."""
        loader, self._loader = self._loader, None
        stream = loader._iterator if loader else None
        if isinstance(stream, _MultiProcessingDataLoaderIter):
            # without this call they end with the last reference, which a traceback may hold
            stream._shutdown_workers()

    def _started(self) -> DataLoader[Reading | str]:
        if self._loader is None:
            self._loader = DataLoader(
                self._pictures,
                batch_size=None,
                sampler=self._keys,
                num_workers=self._workers,
                collate_fn=_same,
                worker_init_fn=_start_worker,
                # forked copies of OpenCV's or OpenMP's threads would wait for ever
                multiprocessing_context="spawn",
                persistent_workers=True,
                # without its own it would draw from the generator that the resume relies on
                generator=torch.Generator(),
            )
        return self._loader


class _Pictures(Dataset["Reading | str"]):
    """What the workers do; an expected error comes back as its sentence."""

    def __init__(self, parts: dict[str, Views], preprocess: Preprocess) -> None:
        self._parts, self._preprocess = parts, preprocess

    def __getitem__(self, key: Key) -> Reading | str:
        try:
            return read(self._parts[key.part], key, self._preprocess)
        except ModelError as error:
            return str(error)


def _told(found: Reading | str) -> Reading:
    if isinstance(found, str):
        raise DatasetError(found)
    return found


def _same(item: Any) -> Any:
    return item


def _start_worker(_: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(5)
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


@contextmanager
def _shielded_children() -> Iterator[None]:
    """Let processes that start inside ignore Ctrl-C from birth: the training ends them."""
    before: Callable[..., Any] | int | None
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread: no terminal sends Ctrl-C to a window's thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
