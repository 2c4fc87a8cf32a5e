"""`train`: fine-tune a detector of the CLIP family on a labelled data set."""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from app import checkpoints, paths
from app.cli_codes import DONE, FAULT
from app.errors import UsageError
from model.training.augmentation import GROUPS, Augmentation
from model.training.config import LoopConfig, TrainingProgress
from model.training.distributed import is_main
from model.training.interrupt import ctrl_c_noted
from model.training.network import Network, filled
from model.training.plan import TrainPlan, TrainResult
from model.training.recipes import RECIPES, Recipe, recipe
from model.training.run import train
from model.training.shots import Shots, parse_shots

NAME = "train"
HELP = "fine-tune a detector on a labelled data set; Ctrl-C keeps the state for --resume"

_LOOP = {
    "epoch": "epochs",
    "learning_rate": "learning_rate",
    "batch_size": "batch_size",
    "accumulate": "accumulate",
    "patience": "patience",
    "turns": "turns",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options; what is left out follows the recipe and the backbone."""
    _add_data(parser.add_argument_group("data"))
    _add_network(parser.add_argument_group("network"))
    _add_training(parser.add_argument_group("training"))


def _add_data(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--train-data-path", type=Path, default=Path("./data/"), metavar="DIR")
    group.add_argument("--dataset", help="folder in DIR, or name of a known data set")
    group.add_argument("--save-path", type=Path, default=Path("./checkpoint/"), metavar="DIR")
    group.add_argument("--shots", metavar="anomaly=10,good=110", help="pictures to learn from")
    group.add_argument("--validation", type=float, metavar="SHARE", help="of the shots, 0 for none")
    group.add_argument(
        "--folds", type=int, default=0, metavar="K", help="cross-validate first: mean and spread"
    )
    group.add_argument("--class-names", nargs="+", metavar="NAME", default=[])
    group.add_argument(
        "--paint",
        choices=("auto", "always", "never"),
        default="auto",
        help="defects onto good pictures: where there are no defective ones, or beside them",
    )
    group.add_argument("--no-augment", action="store_true", help="show the pictures as they are")
    group.add_argument(
        "--without",
        nargs="+",
        choices=GROUPS,
        default=[],
        help="augmentations that would destroy the label of this product",
    )


def _add_network(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--backbone", help="adclip-tiny or an open_clip ViT")
    group.add_argument("--checkpoint", help="start from it: ours, an official epoch_N.pth, or none")
    group.add_argument("--image-size", type=int, metavar="PX")
    group.add_argument("--depth", type=int, help="of the learned prompts")
    group.add_argument("--n-ctx", type=int, help="learned context vectors of a prompt")
    group.add_argument("--t-n-ctx", type=int, help="positions that a deep prompt replaces")
    group.add_argument("--dpam", type=int, help="value attention in the last DPAM - 1 blocks")
    group.add_argument("--features-list", type=int, nargs="+", metavar="BLOCK")
    group.add_argument("--word", help="what prompts call the product")
    group.add_argument("--normal-template", help="prompt of a good part, {} for the word")
    group.add_argument("--anomaly-template", help="prompt of a defective part")
    group.add_argument("--unfreeze", metavar="last=N", help="the last N vision blocks train too")


def _add_training(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--recipe", default="adclip", help=", ".join(RECIPES))
    group.add_argument("--epoch", type=int, help="epochs at most")
    group.add_argument("--minutes", type=float, help="time to spend; the best so far is kept")
    group.add_argument("--learning-rate", type=float)
    group.add_argument("--batch-size", type=int)
    group.add_argument("--accumulate", type=int, help="steps of one change of the weights")
    group.add_argument("--weights", metavar="NAME=W,...", help="of the losses")
    group.add_argument("--patience", type=int, help="epochs without a better validation; 0 never")
    group.add_argument("--turns", type=int, help="varied views of each picture; 0 always new ones")
    group.add_argument("--save-freq", type=int, help="epochs between epoch files (50 files)")
    group.add_argument("--seed", type=int, default=111)
    group.add_argument("--device", default="auto", help="auto, cpu or cuda")
    group.add_argument("--workers", type=int, default=0, help="processes that read pictures")
    group.add_argument("--resume", action="store_true", help="go on with the state in --save-path")
    group.add_argument("--name", help="name for people; the data set's if left out")


def run(options: argparse.Namespace) -> int:
    """Train and print what came of it."""
    plan = plan_of(options)
    if is_main():
        _say(plan)
    with ctrl_c_noted(is_patient=False) as interrupted, _Bar() as bar:
        result = train(plan, bar.show, interrupted)
    if result.stopped == "cancelled":
        sys.stderr.write(
            f"stopped; the state is in {plan.loop.folder}, go on with the same options and "
            "--resume\n"
        )
        return FAULT
    if result.checkpoint is not None:
        facts = facts_of(result)
        print(json.dumps(facts) if options.json else _lines(facts), flush=True)
    return DONE


def plan_of(options: argparse.Namespace) -> TrainPlan:
    """Return the plan that the options describe.

    Raises:
        UsageError: An option is out of range.
        ModelError: A recipe or shots that are not known.
    """
    chosen = recipe(options.recipe)
    data, dataset = _data(options.train_data_path, options.dataset)
    home = paths.home(options.home)
    loop = _loop(options, chosen)
    every = max(1, loop.epochs // 50) if options.save_freq is None else options.save_freq
    if options.folds < 0 or options.folds == 1 or every < 1:
        raise UsageError("--folds must be 0 or at least 2, and --save-freq at least 1.")
    if options.minutes is not None and not (math.isfinite(options.minutes) and options.minutes > 0):
        raise UsageError("--minutes must be above 0.")
    return TrainPlan(
        data=data,
        dataset=dataset,
        recipe=chosen,
        loop=loop,
        network=_network(options),
        start=_start(options, chosen, home),
        weight_folders=(paths.shipped_checkpoints(), home.weights),
        shots=parse_shots(options.shots) if options.shots else Shots(),
        validation_share=options.validation,
        folds=options.folds,
        augments=False if options.no_augment else None,
        augmentation=Augmentation(without={"*": tuple(options.without)}),
        paint=options.paint,
        class_names=tuple(options.class_names),
        weights=_weights(options.weights),
        unfreeze=_unfreeze(options.unfreeze),
        device=options.device,
        minutes=options.minutes,
        save_every=every,
        name=options.name or "",
    )


def _data(root: Path, dataset: str | None) -> tuple[Path, str | None]:
    """Return the folder and the name of the data set: a folder in the root, or a known name."""
    if dataset is None:
        return root, None
    if (root / dataset).is_dir() and Path(dataset).name == dataset:
        return root / dataset, None
    return root, dataset


def _loop(options: argparse.Namespace, chosen: Recipe) -> LoopConfig:
    given = {to: getattr(options, name) for name, to in _LOOP.items()}
    values = chosen.loop | {name: value for name, value in given.items() if value is not None}
    return LoopConfig(
        folder=options.save_path,
        seed=options.seed,
        workers=options.workers,
        resume=options.resume,
        **values,
    )


def _network(options: argparse.Namespace) -> Network:
    return Network(
        backbone=options.backbone,
        image_size=options.image_size,
        depth=options.depth,
        n_ctx=options.n_ctx,
        t_n_ctx=options.t_n_ctx,
        dpam=options.dpam,
        features_list=tuple(options.features_list) if options.features_list else None,
        word=options.word,
        normal_template=options.normal_template,
        anomaly_template=options.anomaly_template,
    )


def _start(options: argparse.Namespace, chosen: Recipe, home: paths.Home) -> Path | None:
    """Return the checkpoint to start from; None for random prompts."""
    if options.checkpoint == "none":
        return None
    if options.checkpoint is not None:
        return checkpoints.resolve(options.checkpoint, home)
    if chosen.starts_from_default and not _network(options).chosen():
        return checkpoints.resolve(checkpoints.DEFAULT, home)
    return None


def _weights(text: str | None) -> dict[str, float]:
    found = {}
    for part in text.split(",") if text else ():
        name, _, number = part.partition("=")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not name.strip() or not math.isfinite(value) or value < 0:
            raise UsageError(
                f"--weights {text!r} is not understood; write for example "
                "classification=1,anomaly=1,contrastive=1."
            )
        found[name.strip()] = value
    return found


def _unfreeze(text: str | None) -> int:
    number = (text or "last=0").removeprefix("last=")
    if not (number.isascii() and number.isdigit()):
        raise UsageError(f"--unfreeze {text!r} is not understood; write for example last=2.")
    return int(number)


def _say(plan: TrainPlan) -> None:
    """Print on stderr what the options that were left out come to."""
    if plan.start is None:
        sizes = asdict(filled(plan.network, plan.recipe.detector))
        sys.stderr.write("".join(f"{name}: {value}\n" for name, value in sizes.items()))
    else:
        sys.stderr.write(f"start: {plan.start.name}\n")
    loop = plan.loop
    sys.stderr.write(
        f"recipe: {plan.recipe.name} ({loop.optimizer}, {loop.learning_rate:g}, batch "
        f"{loop.batch_size}, {loop.epochs} epochs)\n"
    )


def facts_of(result: TrainResult) -> dict[str, Any]:
    """Return what the command prints, JSON values."""
    report, best = result.report, result.epochs[result.best - 1] if result.best else None
    names = ("image_auroc", "image_ap", "f1_max", "pixel_auroc", "aupro", "f1")
    limits = {"limit": result.calibration.limit, "map_limit": result.calibration.map_limit}
    return {
        "checkpoint": str(result.checkpoint),
        "stopped": result.stopped,
        "epochs": len(result.epochs),
        "best_epoch": result.best,
        "validation": _finite(best.metrics) if best else {},
        **_finite(limits),
        "pictures": result.counts,
        "painted_defects": result.painted,
        "test": {name: getattr(report, name) for name in names} if report else None,
        "folds": {name: asdict(one) for name, one in result.folds.items()},
    }


def _finite(values: dict[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def _lines(facts: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in facts.items())


class _Bar:
    """One bar on the terminal; each stage starts it anew."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._stage = ""

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, now: TrainingProgress) -> None:
        """Show how far the run is."""
        # validation comes after every epoch: it shares the bar of the training
        if now.stage.endswith("validation"):
            return
        if now.stage != self._stage:
            self._close()
            self._bar = tqdm(desc=now.stage, total=now.total, disable=None)
            self._stage = now.stage
        if now.last is not None:
            quality, loss = now.last.metrics.get("quality"), now.last.losses.get("total")
            shown = {"epoch": now.epoch, "loss": loss, "quality": quality}
            self._bar.set_postfix(shown, refresh=False)
        self._bar.total = now.total
        self._bar.update(now.done - self._bar.n)
