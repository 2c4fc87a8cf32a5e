"""`teach`: a memory bank and limits from normal images alone."""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from app import checkpoints, paths
from app.camera.frame import Image
from app.camera.source import EndOfFrames
from app.camera.uri import source_for
from app.commands.inspect import image_files
from app.errors import UsageError
from model import checkpoint
from model.images import read_image
from model.teach import teach
from model.types import Calibration

NAME = "teach"
HELP = "make a checkpoint for a product from good images alone"
MOST_SHOTS = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    good = parser.add_mutually_exclusive_group(required=True)
    good.add_argument("--good", type=Path, metavar="DIR", help="good images")
    good.add_argument("--source", metavar="URI", help="take the shots from a camera; all are good")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the checkpoint")
    parser.add_argument("--shots", type=int, help="images to use, 1 to 200")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--region",
        type=int,
        nargs=4,
        metavar=("X", "Y", "WIDTH", "HEIGHT"),
        help="learn this part of the pictures only, the region of interest of the recipe",
    )
    parser.add_argument("--name", help="name for people; the file's name if left out")
    parser.add_argument("--checkpoint", default=checkpoints.DEFAULT, help="where to start from")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")


def run(options: argparse.Namespace) -> int:
    """Teach and save; prints the checkpoint's facts."""
    shots = _Shots.from_source(options) if options.source else _Shots.from_files(options)
    if options.region is not None:
        shots = shots.cropped(*options.region)
    home = paths.home(options.home)
    start = checkpoints.load_predictor(options.checkpoint, home, options.device)
    with tqdm(desc="teach", disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        detector, calibration = teach(
            start, shots.images, shots=len(shots.images), seed=options.seed, progress=progress
        )
    checkpoint.save(
        options.out,
        detector,
        calibration,
        name=options.name or options.out.stem,
        backbone_name=start.info.backbone,
        backbone_sha256=start.info.backbone_sha256,
        extra={"good": shots.names, "seed": options.seed},
    )
    _print_facts(options, calibration)
    return 0


def _print_facts(options: argparse.Namespace, calibration: Calibration) -> None:
    info = checkpoint.inspect(options.out)
    facts = {
        "checkpoint": str(options.out),
        "sha256": info.sha256,
        "n_shots": info.n_shots,
        "limit": calibration.limit,
        "map_limit": calibration.map_limit,
        "method": calibration.method,
    }
    print(json.dumps(facts) if options.json else "\n".join(f"{k}: {v}" for k, v in facts.items()))


@dataclass(frozen=True, slots=True, eq=False)
class _Shots:
    """The good images to learn from, (H, W, 3) uint8 BGR each, and what they are called."""

    images: list[Image]
    names: list[str]

    @classmethod
    def from_files(cls, options: argparse.Namespace) -> _Shots:
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
    def from_source(cls, options: argparse.Namespace) -> _Shots:
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

    def cropped(self, x: int, y: int, width: int, height: int) -> _Shots:
        """Return the same shots cut to a region of interest, source pixels."""
        if min(x, y) < 0 or min(width, height) < 1:
            raise UsageError("--region needs X and Y not below 0 and a positive size.")
        for image, name in zip(self.images, self.names, strict=True):
            if x + width > image.shape[1] or y + height > image.shape[0]:
                raise UsageError(f"--region does not fit into {name}.")
        cut = [image[y : y + height, x : x + width].copy() for image in self.images]
        return _Shots(cut, self.names)


def _check(shots: int) -> None:
    if not 1 <= shots <= MOST_SHOTS:
        raise UsageError(f"--shots must be between 1 and {MOST_SHOTS}.")
