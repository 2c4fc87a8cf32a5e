"""`pretrain`: train the embedded CLIP from scratch on procedural product images."""

from __future__ import annotations

import argparse
import json
import logging
import math
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from app.errors import UsageError
from model.pretrain import PretrainConfig, PretrainProgress, pretrain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--folder", type=Path, default=Path("runs/pretrain"), help="state, logs and results"
    )
    parser.add_argument("--hours", type=float, default=1.25, help="time to spend")
    parser.add_argument("--seed", type=int, default=0, help="of weights and pictures")
    parser.add_argument("--workers", type=int, default=1, help="processes that make pictures")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")


def run(options: argparse.Namespace) -> int:
    """Train, or go on where the last run ended; Ctrl-C keeps the state."""
    if not (math.isfinite(options.hours) and options.hours > 0) or options.workers < 0:
        raise UsageError("--hours must be above 0 and --workers not below 0.")
    logging.getLogger("model").setLevel(logging.INFO)
    config = PretrainConfig(
        folder=options.folder,
        hours=options.hours,
        seed=options.seed,
        workers=options.workers,
        device=options.device,
    )
    with tqdm(unit="step", disable=None) as bar:

        def progress(now: PretrainProgress) -> None:
            bar.total = now.steps
            bar.set_postfix({k: f"{v:.3f}" for k, v in now.losses.items()}, refresh=False)
            bar.update(now.step - bar.n)

        result = pretrain(config, progress)
    print(json.dumps(asdict(result), default=str), flush=True)
    return 0
