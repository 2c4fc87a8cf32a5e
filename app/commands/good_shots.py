"""The good images that `teach` learns from: of a folder or of a camera."""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass

from tqdm import tqdm

from app.camera.frame import Image
from app.camera.source import EndOfFrames
from app.camera.uri import source_for
from app.commands.inspect import image_files
from app.errors import UsageError
from model.images import read_image

MOST_SHOTS = 200


@dataclass(frozen=True, slots=True, eq=False)
class GoodShots:
    """The good images to learn from, (H, W, 3) uint8 BGR each, and what they are called."""

    images: list[Image]
    names: list[str]

    @classmethod
    def from_files(cls, options: argparse.Namespace) -> GoodShots:
        """Read `--shots` images of the folder, drawn by the seed."""
        files = list(image_files([options.good]))
        shots = min(len(files), MOST_SHOTS) if options.shots is None else options.shots
        _check(shots)
        if shots > len(files):
            raise UsageError(f"--shots {shots} but {options.good} holds only {len(files)} images.")
        chosen = sorted(random.Random(options.seed).sample(files, shots))
        images = [read_image(path) for path in tqdm(chosen, desc="read", disable=None)]
        return cls(images, [path.name for path in chosen])

    @classmethod
    def from_source(cls, options: argparse.Namespace) -> GoodShots:
        """Take `--shots` frames in a row from a camera or the demo line."""
        shots = 30 if options.shots is None else options.shots
        _check(shots)
        source = source_for(options.source)
        source.open()
        try:
            frames = [source.read() for _ in tqdm(range(shots), desc="grab", disable=None)]
        except EndOfFrames as error:
            raise UsageError(f"The source ends before {shots} frames; ask for fewer.") from error
        finally:
            source.close()
        return cls([f.image for f in frames], [f"{f.source} #{f.number}" for f in frames])

    def cropped(self, x: int, y: int, width: int, height: int) -> GoodShots:
        """Return the same shots cut to a region of interest, source pixels."""
        if min(x, y) < 0 or min(width, height) < 1:
            raise UsageError("--region needs X and Y not below 0 and a positive size.")
        for image, name in zip(self.images, self.names, strict=True):
            if x + width > image.shape[1] or y + height > image.shape[0]:
                raise UsageError(f"--region does not fit into {name}.")
        cut = [image[y : y + height, x : x + width].copy() for image in self.images]
        return GoodShots(cut, self.names)

    def drawn(self, count: int, seed: int) -> GoodShots:
        """Return some of the shots, drawn by the seed, in their order."""
        chosen = sorted(random.Random(seed).sample(range(len(self.images)), count))
        return GoodShots([self.images[i] for i in chosen], [self.names[i] for i in chosen])


def _check(shots: int) -> None:
    if not 1 <= shots <= MOST_SHOTS:
        raise UsageError(f"--shots must be between 1 and {MOST_SHOTS}.")
