"""Views as batches with their frozen features, kept or computed anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from model.device import precision
from model.training.cache import FeatureCache, Item, item_of
from model.training.example import Batch
from model.training.interrupt import Cancelled
from model.training.reading import Key, Reader, Reading, unpacked
from model.training.trainee import Trainee

_PICTURES_AT_ONCE = 8


class Source:
    """Gives batches of a trainee; features come from the cache where it has them."""

    def __init__(
        self, trainee: Trainee, reader: Reader, cache: FeatureCache, precision_name: str
    ) -> None:
        """Take what batches are made of.

        Args:
            trainee: Computes the features, on its detector's device.
            reader: Of the views.
            cache: Filled by `prepare`.
            precision_name: In which features are computed, for `model.device.precision`; kept
                as float32.
        """
        self._trainee, self._reader, self._cache = trainee, reader, cache
        self._precision = precision_name
        self._device = trainee.detector.device
        self._names = {name: index for index, name in enumerate(trainee.class_names)}
        # one by one a picture's features do not depend on its neighbours, to the last bit;
        # a CPU loses no time by it
        self._at_once = 1 if self._device.type == "cpu" else _PICTURES_AT_ONCE
        self._item_bytes = 1

    def prepare(
        self,
        keys: Sequence[Key],
        report: Callable[[int], None],
        cancelled: Callable[[], bool],
        *,
        is_kept: bool,
    ) -> dict[Key, str]:
        """Read views once, fill the cache while there is room, and return their digests.

        Args:
            keys: What to read.
            report: Called with the number of views done.
            cancelled: Asked between views.
            is_kept: False to read only.

        Raises:
            Cancelled: It was asked for.
            DatasetError: A view cannot be read.
        """
        digests: dict[Key, str] = {}
        waiting: list[Reading] = []
        for reading in self._reader.read(keys):
            if cancelled():
                raise Cancelled
            digests[reading.key] = reading.digest
            if is_kept and not self._cache.take(reading):
                waiting.append(reading)
            if len(waiting) == self._at_once:
                self._keep(waiting)
                waiting = []
            report(len(digests))
        self._keep(waiting)
        return digests

    def is_worth_more(self) -> bool:
        """True if the cache may keep more views than it does."""
        return self._cache.has_unclaimed or self._cache.has_room(self._item_bytes)

    def batches(self, groups: Sequence[Sequence[Key]]) -> Iterator[Batch | None]:
        """Yield a batch for each group of views, None for an empty one."""
        missing = [key for group in groups for key in group if key not in self._cache]
        stream = self._reader.read(missing)
        is_missing = set(missing)
        for group in groups:
            fresh = iter(self._computed([next(stream) for key in group if key in is_missing]))
            items = [next(fresh) if key in is_missing else self._kept(key) for key in group]
            yield self._joined(items) if items else None

    def _keep(self, readings: Sequence[Reading]) -> None:
        if not self._cache.has_room(self._item_bytes):
            return
        for reading, item in zip(readings, self._computed(readings), strict=True):
            self._item_bytes = item.size_bytes
            self._cache.keep(reading, item)

    def _kept(self, key: Key) -> Item:
        item = self._cache.get(key)
        return item or self._computed([self._reader.one(key)])[0]

    def _computed(self, readings: Sequence[Reading]) -> list[Item]:
        items = []
        for first in range(0, len(readings), self._at_once):
            part = readings[first : first + self._at_once]
            images = [torch.from_numpy(reading.image) for reading in part]
            features = self._features(self._inputs(images))
            for index, reading in enumerate(part):
                # a row of a batch would keep the whole batch in memory
                own = {name: value[index].clone() for name, value in features.items()}
                items.append(item_of(reading, own))
        return items

    @torch.no_grad()
    def _features(self, images: Tensor) -> dict[str, Tensor]:
        self._trainee.eval()
        with precision(self._device, self._precision):
            found = self._trainee.features(images.to(self._device))
        return {
            name: (value.float() if value.is_floating_point() else value).cpu()
            for name, value in found.items()
        }

    def _inputs(self, images: Sequence[Tensor]) -> Tensor:
        preprocess = self._trainee.detector.preprocess
        # B x (3, S, S) -> (B, 3, S, S)
        return torch.stack([unpacked(image, preprocess) for image in images])

    def _joined(self, items: Sequence[Item]) -> Batch:
        device = self._device
        features = {
            name: torch.stack([item.features[name] for item in items]).to(device)
            for name in items[0].features
        }
        return Batch(
            self._inputs([item.image for item in items]).to(device),
            torch.stack([item.mask for item in items]).float().to(device),
            torch.tensor([item.has_mask for item in items], device=device),
            torch.tensor([item.label for item in items], device=device),
            torch.tensor([self._names.get(item.name, -1) for item in items], device=device),
            features,
        )
