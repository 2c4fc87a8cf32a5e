"""A training run in a process of its own, for tests that kill it or run several together.

Prints a line for every step, "training 3 12", and at the end the epochs as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import torch

from model.errors import ModelError
from model.training import distributed
from model.training.config import LoopConfig, LoopResult, TrainingProgress
from model.training.loop import fit
from model.training.snapshot import snapshot
from model.training.trainee import Trainee
from tests.model.training.trainees import BlotchTrainee, PromptTrainee, SpotViews

TRAINEES = {
    "blotch": lambda: BlotchTrainee(noise=0.1),
    "double": lambda: BlotchTrainee(is_double=True),
    "prompt": PromptTrainee,
    "double prompt": lambda: PromptTrainee(is_double=True),
}


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--trainee", default="blotch")
    options.add_argument("--config", type=json.loads, default={})
    options.add_argument("--pictures", type=int, default=9)
    options.add_argument("--pause", type=float, default=0.0, help="seconds after each step")
    options.add_argument("--stop", type=int, default=0, help="cancel after this step")
    chosen = options.parse_args()
    done = 0
    torch.set_num_threads(1)
    trainee: Trainee = TRAINEES[chosen.trainee]()

    def show(progress: TrainingProgress) -> None:
        nonlocal done
        done = progress.done if progress.stage == "training" else done
        print(progress.stage, progress.done, progress.total, flush=True)
        time.sleep(chosen.pause)

    values = {"epochs": 4, "batch_size": 3, "learning_rate": 0.01, "keep_epochs": False}
    config = LoopConfig(chosen.folder, **(values | chosen.config))
    views, held_out = SpotViews(chosen.pictures), SpotViews(6, seed=9)
    try:
        result = fit(trainee, views, held_out, config, show, lambda: done >= chosen.stop > 0)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    if distributed.is_main():
        print(json.dumps(outcome(trainee, result)), flush=True)
    return 0


def outcome(trainee: Trainee, result: LoopResult) -> dict[str, object]:
    sums = {name: value.double().sum().item() for name, value in snapshot(trainee).items()}
    epochs = [asdict(epoch) for epoch in result.epochs]
    return {"epochs": epochs, "best": result.best, "stopped": result.stopped, "sums": sums}


if __name__ == "__main__":
    sys.exit(main())
