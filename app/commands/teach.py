"""`teach`: a memory bank and limits from normal images alone."""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from tqdm import tqdm

from app import checkpoints, paths
from app.commands.inspect import image_files
from app.errors import UsageError
from model import checkpoint
from model.images import read_image
from model.teach import teach

NAME = "teach"
HELP = "make a checkpoint for a product from good images alone"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--good", type=Path, required=True, metavar="DIR", help="good images")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the checkpoint")
    parser.add_argument("--shots", type=int, help="images to use, 1 to 200, drawn by seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--name", help="name for people; the file's name if left out")
    parser.add_argument("--checkpoint", default=checkpoints.DEFAULT, help="where to start from")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")


def run(options: argparse.Namespace) -> int:
    """Teach and save; prints the checkpoint's facts."""
    files = list(image_files([options.good]))
    shots = min(len(files), 200) if options.shots is None else options.shots
    if not 1 <= shots <= 200:
        raise UsageError("--shots must be between 1 and 200.")
    if shots > len(files):
        raise UsageError(f"--shots {shots} but {options.good} holds only {len(files)} images.")
    chosen = sorted(random.Random(options.seed).sample(files, shots))
    home = paths.home(options.home)
    start = checkpoints.load_predictor(options.checkpoint, home, options.device)
    images = [read_image(path) for path in tqdm(chosen, desc="read", unit="image", disable=None)]
    with tqdm(desc="teach", disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        detector, calibration = teach(
            start, images, shots=shots, seed=options.seed, progress=progress
        )
    checkpoint.save(
        options.out,
        detector,
        calibration,
        name=options.name or options.out.stem,
        backbone_name=start.info.backbone,
        backbone_sha256=start.info.backbone_sha256,
        extra={"good": [p.name for p in chosen], "seed": options.seed},
    )
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
    return 0
