"""The pictures that tiles are cut from, and what is known of each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from model.data import Sample, listed_images
from model.datasets.collection import read_collection
from model.datasets.folders import kinds_below
from model.datasets.readers import of_specie
from model.datasets.safe_name import safe_name
from model.datasets.tile_scale import Scale
from model.errors import DatasetError
from model.training.groups import Groups, group_of, source_groups

Holds = Literal["set", "good", "defective", "unlabelled"]

GOOD = "good"
UNKNOWN = ""
DEFECTIVE = "defective"


@dataclass(frozen=True, slots=True)
class TileSource:
    """A folder of pictures of one scale.

    Attributes:
        folder: Where they lie.
        scale: Of all of them.
        holds: "set" for a data set with labels of its own; else what all of them are.
    """

    folder: Path
    scale: Scale
    holds: Holds = "set"


@dataclass(frozen=True, slots=True)
class SourcePicture:
    """One picture to be cut.

    Attributes:
        path: Its file.
        name: The same relative to its source, with "/".
        source: Number of its source, from 0.
        state: "good", a kind of defect, or "" where nobody has said.
        group: Pictures of one group stay on one side of the split.
        phase: Side that its data set put it on, "train" or "test"; "" where it has none.
        mask: File of its defect mask; None if there is none.
    """

    path: Path
    name: str
    source: int
    state: str
    group: str
    phase: str = ""
    mask: Path | None = None

    @property
    def sample(self) -> Sample:
        """The same as a sample, to read its mask."""
        return Sample(self.path, self.state, self.state not in (GOOD, UNKNOWN), self.mask)


def source_pictures(
    sources: Sequence[TileSource], together: str = ""
) -> tuple[tuple[SourcePicture, ...], tuple[Path, ...]]:
    """List the pictures of all sources; a copy of an earlier one counts once.

    Args:
        sources: What to cut; labelled ones first is not needed, of two copies the labelled one
            is kept.
        together: Regular expression; pictures in whose names it finds the same (its first group
            if it has one) belong together, such as those of one roll. "" for none.

    Returns:
        The pictures, and the copies that are left out.

    Raises:
        DatasetError: A source cannot be read, holds several products, or the expression is none.
    """
    pattern = _pattern(together)
    found: list[SourcePicture] = []
    for number, source in enumerate(sources):
        for sample, phase, groups in _samples(source):
            name = _name(source.folder, sample.path)
            group = _group(sample, name, number, pattern, groups)
            kind = safe_name(sample.kind, DEFECTIVE) if sample.is_defective else sample.kind
            found.append(SourcePicture(sample.path, name, number, kind, group, phase, sample.mask))
    if not found:
        raise DatasetError("There is no picture to cut; name a folder with pictures.")
    return _without_copies(found)


def _samples(source: TileSource) -> Iterator[tuple[Sample, str, Groups]]:
    """Yield each picture with its side and what its data set ties together."""
    folder = source.folder
    if not folder.exists():
        raise DatasetError(f"There is no folder {folder}.")
    if source.holds == "set":
        yield from _of_set(folder)
    elif source.holds == "unlabelled":
        for _, images in kinds_below(folder):
            for path in _listed(images):
                yield Sample(path, UNKNOWN, False), "", {}
    else:
        good = (folder.name.lower(),) if source.holds == "good" else ()
        for one in of_specie(folder, None, good, ""):
            own = one.kind == folder.name
            kind = DEFECTIVE if own and one.is_defective else one.kind
            yield Sample(one.path, kind, one.is_defective, one.mask), "", {}


def _of_set(folder: Path) -> Iterator[tuple[Sample, str, Groups]]:
    try:
        found = read_collection(folder)
    except DatasetError as error:
        if folder.is_dir() and listed_images(folder):
            raise DatasetError(
                f"{folder} holds pictures without labels; give it as --good, --defective or "
                "--unlabelled instead of --source."
            ) from error
        raise
    if len(found.products) > 1:
        raise DatasetError(
            f"{folder} holds the products {', '.join(found.products)}; tiles of one scale are of "
            "one product: give the folder of one of them."
        )
    groups = source_groups(found.root, found.products)
    has_sides = bool(found.train)
    for phase, samples in (("train", found.train), ("test", found.test)):
        for sample in samples:
            yield sample, phase if has_sides else "", groups


def _listed(folder: Path) -> tuple[Path, ...]:
    found = listed_images(folder)
    if not found:
        raise DatasetError(f"The folder {folder} holds no picture.")
    return found


def _name(folder: Path, path: Path) -> str:
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return path.as_posix()


def _pattern(together: str) -> re.Pattern[str] | None:
    try:
        return re.compile(together) if together else None
    except re.error as error:
        raise DatasetError(f"{together!r} is no regular expression: {error}.") from error


def _group(
    sample: Sample, name: str, number: int, pattern: re.Pattern[str] | None, groups: Groups
) -> str:
    tied = group_of(sample, groups)
    if tied != str(sample.path):
        # after the name of the table, which says nothing elsewhere
        return f"{number + 1}/{tied.rpartition('csv:')[2]}"
    found = pattern.search(sample.path.name) if pattern is not None else None
    if found is None:
        return f"{number + 1}/{name}"
    return f"~{found[1] if found.re.groups else found[0]}"


def _without_copies(
    pictures: Sequence[SourcePicture],
) -> tuple[tuple[SourcePicture, ...], tuple[Path, ...]]:
    """Keep one of each, a labelled one where there is one.

    Raises:
        DatasetError: Two copies have different labels.
    """
    kept: dict[bytes, SourcePicture] = {}
    copies: list[Path] = []
    for picture in sorted(pictures, key=lambda one: one.state == UNKNOWN):
        key = _digest(picture.path)
        first = kept.setdefault(key, picture)
        if first is picture:
            continue
        if UNKNOWN not in (first.state, picture.state) and first.state != picture.state:
            raise DatasetError(
                f"{picture.path} and {first.path} are the same picture, but one is "
                f"{picture.state!r} and the other {first.state!r}; remove the wrong one."
            )
        copies.append(picture.path)
    chosen = {id(one) for one in kept.values()}
    return tuple(one for one in pictures if id(one) in chosen), tuple(copies)


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "blake2b").digest()[:16]
    except OSError as error:
        raise DatasetError(f"Cannot read the image {path}: {error.strerror or error}.") from error
