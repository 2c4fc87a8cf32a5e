"""`export`: the learned prompts of a checkpoint as a file for the official AnomalyCLIP code."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from app import checkpoints, paths
from app.errors import UsageError
from model.training.outputs import export_official


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--checkpoint", default=checkpoints.DEFAULT, help="file or name (shipped default)"
    )
    parser.add_argument("--official", type=Path, required=True, metavar="OUT.pth")


def run(options: argparse.Namespace) -> int:
    """Write the file and print what the official code needs to be told beside it."""
    if options.official.suffix != ".pth":
        raise UsageError(f"The file {options.official} must end in .pth.")
    predictor = checkpoints.load_predictor(options.checkpoint, paths.home(options.home), "cpu")
    needed = export_official(predictor.detector, options.official)
    facts = {
        "file": str(options.official),
        "backbone": predictor.info.backbone,
        **needed,
    }
    print(json.dumps(facts) if options.json else "\n".join(f"{k}: {v}" for k, v in facts.items()))
    return 0
