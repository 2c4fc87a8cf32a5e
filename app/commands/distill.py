"""`distill`: a teacher for EfficientAD, from any folder of images or from procedural products."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from app import paths
from app.cli_codes import DONE, FAULT
from app.commands.progress_lines import add_progress_lines, progress_lines
from app.commands.stage_bar import StageBar
from app.errors import UsageError
from model.distil import DistilConfig, Distilled, distil
from model.layers.pdn import SIZES
from model.learning.watch import Watch
from model.teaching import TeachingCancelled
from model.training.config import TrainingProgress

_TARGET = "adclip-tiny"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the teacher")
    parser.add_argument(
        "--images", type=Path, metavar="DIR", help="any pictures; procedural ones if left out"
    )
    parser.add_argument("--size", choices=tuple(SIZES), default="xs", help="of the teacher")
    parser.add_argument(
        "--target",
        nargs="+",
        default=[_TARGET],
        metavar=("NAME", "FILE"),
        help="large network to learn from: the shipped adclip-tiny, another CLIP, a ResNet, or "
        "the paper's wide_resnet101_2; FILE holds its weights",
    )
    parser.add_argument("--steps", type=int, default=2000, help="the paper takes 60000")
    parser.add_argument("--batch", type=int, default=4, help="pictures a step; the paper takes 16")
    parser.add_argument("--pictures", type=int, default=500, help="different pictures at most")
    parser.add_argument("--learning-rate", type=float, default=0.0, help="0 takes that of the size")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and pictures")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    add_progress_lines(parser)


def run(options: argparse.Namespace) -> int:
    """Distil; a run with the same options goes on where an ended one stopped."""
    config = _config(options)
    if not options.progress_lines:
        with StageBar() as bar:
            made = distil(config, Watch(bar.show))
        _print(made, as_json=options.json)
        return DONE
    with progress_lines() as lines:
        lines.show("start", 0, 1)

        def show(now: TrainingProgress) -> None:
            lines.show(now.stage, now.done, now.total)

        try:
            made = distil(config, Watch(show, lines.is_cancelled))
        except TeachingCancelled:
            return FAULT
        lines.result(_facts(made))
    return DONE


def _config(options: argparse.Namespace) -> DistilConfig:
    """Return the checked choices.

    Raises:
        UsageError: One makes no sense.
    """
    if len(options.target) > 2:
        raise UsageError("--target takes a name and at most one weight file.")
    if min(options.steps, options.batch, options.pictures) < 1:
        raise UsageError("--steps, --batch and --pictures must be at least 1.")
    if not 0 <= options.learning_rate <= 1:
        raise UsageError("--learning-rate must be 0 to 1.")
    if options.out.suffix != ".safetensors":
        raise UsageError(f"--out {options.out} must be a file ending in .safetensors.")
    home, folder = paths.home(options.home), options.out.absolute().parent
    if folder == home.weights.absolute():
        folder.mkdir(parents=True, exist_ok=True)
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}; make it first.")
    return DistilConfig(
        out=options.out,
        size=options.size,
        images=options.images,
        target=options.target[0],
        target_file=Path(options.target[1]) if len(options.target) == 2 else None,
        steps=options.steps,
        batch=options.batch,
        pictures=options.pictures,
        learning_rate=options.learning_rate,
        seed=options.seed,
        device=options.device,
        folders=(paths.shipped_checkpoints(), home.weights),
    )


def _facts(made: Distilled) -> dict[str, object]:
    return {key: str(value) if key == "file" else value for key, value in asdict(made).items()}


def _print(made: Distilled, *, as_json: bool) -> None:
    facts = _facts(made)
    print(json.dumps(facts) if as_json else "\n".join(f"{k}: {v}" for k, v in facts.items()))
