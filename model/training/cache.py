"""Frozen features computed once per view: in memory, then on disk, within stated budgets."""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

import safetensors
import torch
from safetensors.torch import load as tensors_of
from safetensors.torch import save as bytes_of
from torch import Tensor

from model.atomic import whole_file
from model.training.reading import Key, Reading

log = logging.getLogger(__name__)

FOLDER = "features"
# what stays free on the disk, so that the run can still write its state
RESERVE_BYTES = 512 << 20
_IMAGE, _MASK, _PREFIX = "image", "mask", "feature."


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One view with its features, on the CPU.

    Attributes:
        image: (3, S, S) as in `Reading.image`.
        mask: (S, S) uint8, 0 and 1.
        has_mask: The place is known.
        label: 1 for defective.
        name: What it is called, "" if not known.
        features: Frozen features by name, without the batch axis.
    """

    image: Tensor
    mask: Tensor
    has_mask: bool
    label: int
    name: str
    features: dict[str, Tensor]

    @property
    def size_bytes(self) -> int:
        """Bytes of its tensors."""
        tensors = (self.image, self.mask, *self.features.values())
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def item_of(reading: Reading, features: dict[str, Tensor]) -> Item:
    """Join what was read and what was computed."""
    return Item(
        torch.from_numpy(reading.image),
        torch.from_numpy(reading.mask),
        reading.has_mask,
        reading.label,
        reading.name,
        features,
    )


class FeatureCache:
    """Keeps items by view.

    Files are named by a hash of the example and of all that makes its features, so a file is
    used again only where it would be computed to the same values.
    """

    def __init__(self, folder: Path, frozen: str, memory_bytes: int, disk_bytes: int) -> None:
        """Start empty; files of an earlier run are found by `take`.

        Args:
            folder: For the files; made when the first is written.
            frozen: Hash of all that features depend on beside the example.
            memory_bytes: Budget in memory.
            disk_bytes: Budget on disk, files of an earlier run included.
        """
        self._folder, self._frozen = folder, frozen
        self._memory_left, self._disk_left = memory_bytes, disk_bytes
        self._memory: dict[Key, Item] = {}
        self._files: dict[Key, tuple[Path, Reading]] = {}
        found = list(folder.glob("*.safetensors"))
        self._disk_left -= sum(file.stat().st_size for file in found)
        self._unclaimed = len(found)

    def __contains__(self, key: Key) -> bool:
        return key in self._memory or key in self._files

    def has_room(self, size_bytes: int) -> bool:
        """True if an item of this size would be kept."""
        return size_bytes <= self._memory_left or self._has_disk_room(size_bytes)

    @property
    def has_unclaimed(self) -> bool:
        """True if there are files of an earlier run that `take` has not found yet."""
        return self._unclaimed > 0

    def take(self, reading: Reading) -> bool:
        """Find the file of an earlier run; True if there is one."""
        file = self._file(reading)
        if not file.is_file():
            return False
        self._files[reading.key] = (file, _facts(reading))
        self._unclaimed -= 1
        return True

    def keep(self, reading: Reading, item: Item) -> bool:
        """Keep an item if there is room; False if not."""
        size = item.size_bytes
        if size <= self._memory_left:
            self._memory[reading.key] = item
            self._memory_left -= size
            return True
        if not self._has_disk_room(size):
            return False
        file = self._file(reading)
        named = {_PREFIX + name: value.contiguous() for name, value in item.features.items()}
        data = bytes_of({_IMAGE: item.image, _MASK: item.mask} | named)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with whole_file(file) as part:
                part.write_bytes(data)
        except OSError as error:
            log.warning("features are no longer kept on disk: %s", error)
            self._disk_left = 0
            return False
        self._disk_left -= len(data)
        self._files[reading.key] = (file, _facts(reading))
        return True

    def get(self, key: Key) -> Item | None:
        """Return an item, None if it is not kept or its file has been damaged since."""
        if key in self._memory:
            return self._memory[key]
        if key not in self._files:
            return None
        file, reading = self._files[key]
        try:
            tensors = tensors_of(file.read_bytes())
            image, mask = tensors.pop(_IMAGE), tensors.pop(_MASK)
        except (OSError, safetensors.SafetensorError, KeyError) as error:
            log.warning("features in %s cannot be read and are computed anew: %s", file, error)
            del self._files[key]
            return None
        features = {name.removeprefix(_PREFIX): value for name, value in tensors.items()}
        return Item(image, mask, reading.has_mask, reading.label, reading.name, features)

    def clear(self) -> None:
        """Forget all and delete the files."""
        self._memory.clear()
        self._files.clear()
        self._unclaimed = 0
        shutil.rmtree(self._folder, ignore_errors=True)

    def _file(self, reading: Reading) -> Path:
        part, number, turn = reading.key
        name = f"{part}-{number}-{turn}-{reading.digest}-{self._frozen}.safetensors"
        return self._folder / name

    def _has_disk_room(self, size_bytes: int) -> bool:
        if size_bytes > self._disk_left:
            return False
        place = next(p for p in (self._folder, *self._folder.parents) if p.exists())
        return shutil.disk_usage(place).free >= size_bytes + RESERVE_BYTES


def _facts(reading: Reading) -> Reading:
    """Return the reading without its pixels."""
    nothing = reading.mask[:0]
    return Reading(
        reading.key,
        nothing,
        nothing,
        reading.has_mask,
        reading.label,
        reading.name,
        reading.digest,
    )
