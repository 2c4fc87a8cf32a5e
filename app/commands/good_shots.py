"""The pictures that `teach` learns from: of a folder, of a labelled data set or of a camera."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from app.camera.source import EndOfFrames
from app.camera.uri import source_for
from app.commands.inspect import image_files
from app.errors import UsageError
from model.data import Sample
from model.datasets.collection import Collection, read_collection
from model.datasets.label_sheet import is_label_sheet
from model.datasets.labels import is_label_tree, read_labelled
from model.learning.material import Material, PictureFiles, Window, cut_out
from model.training.shots import Shots, split

FRAMES = 30
"""Frames taken from a camera where nobody says how many."""
MOST_FRAMES = 200


def material_of(options: argparse.Namespace, *, with_defects: bool) -> Material:
    """Return the pictures that the options name; files are read only when they are looked at.

    Args:
        options: Of `teach`.
        with_defects: Take defective pictures of a labelled data set too, as `train` does: drawn
            evenly over kinds.

    Raises:
        UsageError: There are fewer than asked for, or none.
        DatasetError: A data set cannot be read, or has no good picture.
        ModelError: A region lies outside of a frame.
    """
    if options.labelled is not None:
        return _labelled(options, with_defects)
    return _frames(options) if options.source else _files(options)


def window_of(options: argparse.Namespace) -> Window | None:
    """Return the part of the pictures that counts; None for all of it."""
    if options.region is None:
        return None
    x, y, width, height = options.region
    return x, y, width, height


def drawn(material: Material, count: int, seed: int) -> Material:
    """Return some of the pictures, drawn by the seed, in their order."""
    return material.taken(sorted(random.Random(seed).sample(range(len(material)), count)))


def _files(options: argparse.Namespace) -> Material:
    files = list(image_files([options.good]))
    if options.shots is not None and options.shots > len(files):
        raise UsageError(
            f"--shots {options.shots} but {options.good} holds only {len(files)} images."
        )
    pictures = PictureFiles(files, window_of(options))
    found = Material(pictures, names=tuple(path.name for path in files), seed=options.seed)
    return found if options.shots is None else drawn(found, options.shots, options.seed)


def _frames(options: argparse.Namespace) -> Material:
    """Take frames in a row from a camera or the demo line."""
    shots = FRAMES if options.shots is None else options.shots
    if shots > MOST_FRAMES:
        raise UsageError(f"--shots must be between 1 and {MOST_FRAMES} for a camera.")
    source = source_for(options.source)
    source.open()
    try:
        frames = [source.read() for _ in tqdm(range(shots), desc="grab", disable=None)]
    except EndOfFrames as error:
        raise UsageError(f"The source ends before {shots} frames; ask for fewer.") from error
    finally:
        source.close()
    names = tuple(f"{frame.source} #{frame.number}" for frame in frames)
    window = window_of(options)
    images = [frame.image for frame in frames]
    if window is not None:
        pairs = zip(images, names, strict=True)
        images = [cut_out(image, window, name) for image, name in pairs]
    return Material(images, names=names, seed=options.seed)


def _labelled(options: argparse.Namespace, with_defects: bool) -> Material:
    collection = _collection(options.labelled)
    good, defects = options.shots, options.defects
    if not with_defects:
        defects = 0
    elif defects is None:
        found = (*collection.train, *collection.test)
        defects = _count(collection.train, True) or _count(found, True)
    if good is None and not _count(collection.train, False):
        good = _count(collection.test, False)
    learned = split(collection, Shots(defects, good), options.seed, 0.0).train
    _say_borrowed(options, collection, learned)
    return Material.of_samples(learned, options.seed, window_of(options))


def _collection(root: Path) -> Collection:
    """Read a data set; one that has labels alone and no test part is all to learn from."""
    is_sheet = root.is_file() and root.suffix.lower() == ".csv" and is_label_sheet(root)
    if not is_sheet and not (root.is_dir() and is_label_tree(root)):
        return read_collection(root)
    folder = root.parent if is_sheet else root
    return Collection(folder, root.stem, read_labelled(root), ())


def _count(samples: Sequence[Sample], is_defective: bool) -> int:
    return sum(one.is_defective is is_defective for one in samples)


def _say_borrowed(
    options: argparse.Namespace, collection: Collection, learned: Sequence[Sample]
) -> None:
    borrowed = len(set(learned) & set(collection.test))
    if borrowed:
        sys.stderr.write(
            f"{borrowed} pictures of the test part of {options.labelled} are learned from; figures "
            "on the same data set will be too good.\n"
        )
