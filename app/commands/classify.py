"""`classify`: train the class-by-state classifier on labelled pictures, with its report."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tabulate import tabulate

from app import checkpoints, paths
from app.cli_codes import DONE, FAULT
from app.commands.epoch_lines import EpochLines
from app.commands.progress_lines import add_progress_lines, progress_lines
from app.commands.stage_bar import StageBar
from app.errors import UsageError
from model import checkpoint
from model.backbones import backbones_at
from model.data import Sample
from model.datasets.labels import read_labelled
from model.learning.choices import ChoiceError, choices_of, listed
from model.learning.classifier import Taught, taught
from model.learning.classifier_choices import ClassifierChoices
from model.learning.classifier_figures import ClassFigures
from model.learning.classifier_testing import tested_on
from model.learning.material import Material
from model.learning.watch import Watch
from model.teaching import TeachingCancelled
from model.training.groups import group_of, source_groups
from model.types import CheckpointInfo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options; each choice of the classifier is one of them."""
    parser.description = (
        "Train a network for each fold of labelled pictures and write them as one checkpoint. Its "
        "heatmap explains, it does not measure; it can only name what it has seen."
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="ROOT|CSV",
        help="folders class/state/*, a CSV file (file_name,class,state), or any other data set",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the checkpoint")
    parser.add_argument("--images", type=Path, metavar="DIR", help="where the CSV's names count")
    parser.add_argument(
        "--test", type=Path, metavar="ROOT|CSV", help="labelled pictures to be judged at the end"
    )
    parser.add_argument("--test-images", type=Path, metavar="DIR", help="where its names count")
    parser.add_argument(
        "--report", type=Path, metavar="DIR", help="tables and pictures; beside FILE if left out"
    )
    parser.add_argument("--name", help="name for people; the file's name if left out")
    parser.add_argument("--seed", type=int, default=0, help="of folds, order and views")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    group = parser.add_argument_group("choices of the classifier")
    for one in listed(ClassifierChoices):
        default = f" (default {one.default})" if one.default else ""
        group.add_argument(_option(one.name), metavar="VALUE", help=f"{one.text}{default}")
    add_progress_lines(parser)


def run(options: argparse.Namespace) -> int:
    """Train, save, report; prints folds and labels."""
    if options.out.suffix != ".safetensors":
        raise UsageError(f"--out {options.out} must be a file ending in .safetensors.")
    if options.seed < 0:
        raise UsageError("--seed must be 0 or more.")
    choices = _choices(options)
    material = material_of(options, options.data, options.images)
    test = _test(options)
    _make_room(options.out.parent)
    if not options.progress_lines:
        with StageBar() as bar:
            made, info, apart = _made(options, choices, material, test, Watch(bar.show))
        _print(options, made, info, apart)
        return DONE
    with progress_lines() as lines:
        lines.show("start", 0, 1)
        watch = Watch(EpochLines(lines, choices.epochs).show, lines.is_cancelled)
        try:
            made, info, apart = _made(options, choices, material, test, watch)
        except TeachingCancelled:
            return FAULT
        lines.result(_facts(options, made, info, apart))
    return DONE


def _make_room(folder: Path) -> None:
    """Make the folder before the work that would be lost without it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"Cannot make the folder {folder}: {error.strerror or error}.") from error


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _choices(options: argparse.Namespace) -> ClassifierChoices:
    names = [one.name for one in listed(ClassifierChoices)]
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    try:
        return choices_of(ClassifierChoices, given)
    except ChoiceError as error:
        raise UsageError(f"--{str(error).replace('_', '-')}") from error


def material_of(options: argparse.Namespace, source: Path, images: Path | None) -> Material:
    """Return labelled pictures, with what each was taken from where a table says it.

    Raises:
        DatasetError: The data set is of no known form, is empty or cannot be read.
    """
    samples = read_labelled(source, images)
    material = Material.of_samples(samples, options.seed)
    root = source if source.is_dir() else images or source.parent
    groups = _groups(root, samples)
    return Material(material.pictures, material.labels, material.names, options.seed, groups)


def _groups(root: Path, samples: tuple[Sample, ...]) -> tuple[str, ...]:
    """Return what each picture was taken from; none where no table of the data set says it."""
    known = source_groups(root, tuple(dict.fromkeys(one.product for one in samples)))
    return tuple(group_of(one, known) for one in samples) if known else ()


def _test(options: argparse.Namespace) -> Material | None:
    if options.test is None:
        if options.test_images is not None:
            raise UsageError("--test-images is for --test; give both or none.")
        return None
    return material_of(options, options.test, options.test_images)


def _made(
    options: argparse.Namespace,
    choices: ClassifierChoices,
    material: Material,
    test: Material | None,
    watch: Watch,
) -> tuple[Taught, CheckpointInfo, ClassFigures | None]:
    """Train, save the checkpoint, judge the test's pictures and write the report."""
    home = paths.home(options.home)
    backbones = backbones_at(checkpoints.weight_folders(home))
    made = taught(material, choices, backbones, options.device, watch)
    learned = made.learned
    info = checkpoint.save(
        options.out,
        learned.detector,
        learned.calibration,
        name=options.name or options.out.stem,
        backbone_name=learned.backbone_name,
        backbone_sha256=learned.backbone_sha256,
        extra={"data": options.data.name, "seed": options.seed} | learned.extra,
    )
    apart = None if test is None else tested_on(made.classifier, test, watch)
    # late: the plots' library takes half a second that no other command should wait for
    from model.report.confusion import write_class_report

    write_class_report(
        _folder(options),
        title=f"Classifier {info.name}",
        facts=_about(options, choices, material, info, apart),
        figures=made.figures,
        curve=learned.epochs,
        tested=apart,
    )
    return made, info, apart


def _folder(options: argparse.Namespace) -> Path:
    folder: Path = options.report or options.out.with_name(f"{options.out.stem}_report")
    return folder


def _about(
    options: argparse.Namespace,
    choices: ClassifierChoices,
    material: Material,
    info: CheckpointInfo,
    apart: ClassFigures | None,
) -> dict[str, object]:
    network = choices.network or f"heads on {choices.backbone}"
    return {
        "data": options.data.name,
        "pictures": len(material),
        "network": network,
        "size": f"{info.image_size} px",
        "choices": {
            one.name: getattr(choices, one.name)
            for one in listed(ClassifierChoices)
            if getattr(choices, one.name) not in ("", None)
        },
        "seed": options.seed,
        "limit": info.calibration.limit,
        "limit found by": info.calibration.method,
        "test pictures": None if apart is None else sum(map(sum, apart.confusion)),
        "macro F1 of the test": None if apart is None else apart.mean,
        "accuracy of the test": None if apart is None else apart.accuracy,
    }


def _print(
    options: argparse.Namespace, made: Taught, info: CheckpointInfo, apart: ClassFigures | None
) -> None:
    facts = _facts(options, made, info, apart)
    if options.json:
        print(json.dumps(facts), flush=True)
        return
    from model.report.confusion import folds_table, labels_table
    from model.report.page import cell

    for table in (folds_table(made.figures), labels_table(made.figures)):
        rows = [[cell(value) for value in row] for row in table.rows]
        print(tabulate(rows, table.header, tablefmt="pipe", disable_numparse=True))
        print(f"\n{table.note}\n" if table.note else "")
    shown = {key: value for key, value in facts.items() if key not in ("folds", "confusion")}
    print("\n".join(f"{key}: {cell(value)}" for key, value in shown.items()), flush=True)


def _facts(
    options: argparse.Namespace, made: Taught, info: CheckpointInfo, apart: ClassFigures | None
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "checkpoint": str(options.out),
        "sha256": info.sha256,
        "report": str(_folder(options)),
        "limit": info.calibration.limit,
        "method": info.calibration.method,
    } | made.learned.extra
    if apart is not None:
        facts |= {"test_macro_f1": apart.mean, "test_accuracy": apart.accuracy}
    return facts
