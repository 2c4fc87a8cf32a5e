"""What a detector learns from: pictures with what each shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np

from model.data import Sample
from model.errors import DatasetError
from model.images import Picture, check_size, read_image, to_bgr

GOOD = "good"

Window = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Label:
    """What a picture shows.

    Attributes:
        product: Class of product; "" where there is only one.
        state: "good" or the kind of defect.
    """

    product: str = ""
    state: str = GOOD

    @property
    def is_good(self) -> bool:
        """Whether it is no defect."""
        return self.state == GOOD

    @property
    def name(self) -> str:
        """Product and state, "nut-scratch", or the state alone."""
        return f"{self.product}-{self.state}" if self.product else self.state


class PictureFiles(Sequence[Picture]):
    """Image files as pictures, read each time they are asked for: 10,000 do not fit in memory.

    Args:
        paths: The files.
        window: (x, y, width, height), pixels, of the part of each that counts; None for all of it.
    """

    def __init__(self, paths: Sequence[Path], window: Window | None = None) -> None:
        self.paths, self.window = tuple(paths), window

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.paths)

    @overload
    def __getitem__(self, index: int) -> Picture: ...
    @overload
    def __getitem__(self, index: slice) -> PictureFiles: ...
    def __getitem__(self, index: int | slice) -> Picture | PictureFiles:
        """Return (H, W, 3) uint8 BGR.

        Raises:
            ModelError: The file cannot be used; the sentence names it.
        """
        if isinstance(index, slice):
            return PictureFiles(self.paths[index], self.window)
        picture = read_image(self.paths[index])
        if self.window is not None:
            picture = cut_out(picture, self.window, str(self.paths[index]))
        check_size(picture)
        return to_bgr(picture)


def cut_out(picture: Picture, window: Window, name: str) -> Picture:
    """Return a part of a picture.

    Args:
        picture: (H, W, ...) of any kind.
        window: (x, y, width, height), pixels.
        name: What the picture is called.

    Raises:
        DatasetError: The part does not lie within the picture.
    """
    x, y, width, height = window
    if min(x, y) < 0 or min(width, height) < 1:
        raise DatasetError("A region needs X and Y not below 0 and a positive size.")
    if x + width > picture.shape[1] or y + height > picture.shape[0]:
        raise DatasetError(
            f"The region {x}, {y}, {width} x {height} does not fit into {name}, which is "
            f"{picture.shape[1]} x {picture.shape[0]} pixels."
        )
    return picture[y : y + height, x : x + width].copy()


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Pictures and their labels.

    Attributes:
        pictures: (H, W, 3) uint8 BGR each; may be read only when asked for.
        labels: One for each; all good where left out.
        names: What they are called; numbers where left out.
        seed: Same seed and pictures, same result on the same device.
        groups: What each picture was taken from, one for each, or empty: two of a group show the
            same thing and stand on one side of every split that minds them.
    """

    pictures: Sequence[Picture]
    labels: tuple[Label, ...] = ()
    names: tuple[str, ...] = ()
    seed: int = 0
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Fill in what was left out.

        Raises:
            DatasetError: Labels or names are not as many as pictures.
        """
        count = len(self.pictures)
        given = (self.labels, self.names, self.groups)
        if any(some and len(some) != count for some in given):
            raise DatasetError(f"{count} pictures need as many labels, names and groups.")
        if not self.labels:
            object.__setattr__(self, "labels", (Label(),) * count)
        if not self.names:
            object.__setattr__(self, "names", tuple(str(i + 1) for i in range(count)))

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.pictures)

    @classmethod
    def of_samples(
        cls, samples: Sequence[Sample], seed: int = 0, window: Window | None = None
    ) -> Material:
        """Return the images of a data set, or the same part of each."""
        labels = (Label(s.product, s.kind if s.is_defective else GOOD) for s in samples)
        names = (s.path.name for s in samples)
        files = PictureFiles([s.path for s in samples], window)
        return cls(files, tuple(labels), tuple(names), seed)

    @property
    def good(self) -> Material:
        """The good pictures alone.

        Raises:
            DatasetError: There is none.
        """
        found = [i for i, label in enumerate(self.labels) if label.is_good]
        if not found:
            raise DatasetError("There is no good picture to learn from.")
        return self if len(found) == len(self) else self.taken(found)

    def taken(self, numbers: Sequence[int]) -> Material:
        """Return some of the pictures, by number from 0, in that order."""
        pictures: Sequence[Picture]
        if isinstance(self.pictures, PictureFiles):
            files = self.pictures
            pictures = PictureFiles([files.paths[i] for i in numbers], files.window)
        else:
            pictures = [self.pictures[i] for i in numbers]
        labels = tuple(self.labels[i] for i in numbers)
        names = tuple(self.names[i] for i in numbers)
        groups = tuple(self.groups[i] for i in numbers) if self.groups else ()
        return Material(pictures, labels, names, self.seed, groups)

    def split(self, share: float, least: int = 1) -> tuple[Material, Material]:
        """Return a part to learn from and one held out, drawn by the seed.

        Args:
            share: Of the pictures that are held out, 0 < share < 1.
            least: Pictures held out at least.

        Raises:
            DatasetError: There are not enough for both.
        """
        out = max(least, round(share * len(self)))
        if out >= len(self):
            raise DatasetError(
                f"{len(self)} good pictures are too few: {out} are held out to find the limits; "
                f"give at least {out + 1}."
            )
        order = np.random.default_rng((self.seed, 11)).permutation(len(self)).tolist()
        return self.taken(sorted(order[out:])), self.taken(sorted(order[:out]))

    def checked(self) -> Iterator[Picture]:
        """Yield the pictures in order, each fit for a detector.

        Raises:
            ModelError: One is not; the sentence names it.
        """
        for picture in self.pictures:
            check_size(picture)
            yield to_bgr(picture)
