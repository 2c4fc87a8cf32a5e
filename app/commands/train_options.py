"""The options of `train`, and the plan that they describe."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from app import checkpoints, paths
from app.commands.progress_lines import add_progress_lines
from app.errors import UsageError
from model.preprocess import RESIZES
from model.training.augmentation import GROUPS, Augmentation
from model.training.config import LoopConfig
from model.training.network import Network
from model.training.plan import TrainPlan
from model.training.recipes import RECIPES, Recipe, recipe
from model.training.shots import Shots, parse_shots

_LOOP = {
    "epoch": "epochs",
    "learning_rate": "learning_rate",
    "batch_size": "batch_size",
    "accumulate": "accumulate",
    "patience": "patience",
    "turns": "turns",
    "average": "average",
    "schedule": "schedule",
    "warm_up": "warm_up",
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
    group.add_argument("--out", type=Path, metavar="FILE", help="copy of the best checkpoint")
    group.add_argument("--shots", metavar="anomaly=10,good=110", help="pictures to learn from")
    group.add_argument("--validation", type=float, metavar="SHARE", help="of the shots, 0 for none")
    group.add_argument(
        "--folds", type=int, default=0, metavar="K", help="cross-validate first: mean and spread"
    )
    group.add_argument(
        "--members",
        type=int,
        default=0,
        metavar="K",
        help="so many detectors judge together, each trained without another K-th of the shots",
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
    group.add_argument("--resize", choices=RESIZES, help="pad keeps the aspect ratio")
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
    group.add_argument("--schedule", choices=("constant", "cosine"), help="of the learning rate")
    group.add_argument("--warm-up", type=float, metavar="SHARE", help="of the steps, rising")
    group.add_argument("--batch-size", type=int)
    group.add_argument("--accumulate", type=int, help="steps of one change of the weights")
    group.add_argument("--weights", metavar="NAME=W,...", help="of the losses")
    group.add_argument("--patience", type=int, help="epochs without a better validation; 0 never")
    group.add_argument("--turns", type=int, help="varied views of each picture; 0 always new ones")
    group.add_argument(
        "--average", type=float, metavar="DECAY", help="of the weights that are kept; 0 for none"
    )
    group.add_argument("--save-freq", type=int, help="epochs between epoch files (50 files)")
    group.add_argument("--seed", type=int, default=111)
    group.add_argument("--device", default="auto", help="auto, cpu or cuda")
    group.add_argument("--workers", type=int, default=0, help="processes that read pictures")
    group.add_argument("--resume", action="store_true", help="go on with the state in --save-path")
    group.add_argument("--name", help="name for people; the data set's if left out")
    add_progress_lines(group)


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
    if options.members < 0 or options.members == 1 or (options.members and options.folds):
        raise UsageError("--members must be 0 or at least 2, and goes without --folds.")
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
        members=options.members,
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
        resize=options.resize,
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
