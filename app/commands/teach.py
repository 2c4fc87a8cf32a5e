"""`teach`: a checkpoint with limits from pictures of one product, by any detector."""

from __future__ import annotations

import argparse
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from app import checkpoints, paths
from app.cli_codes import DONE, FAULT
from app.commands.epoch_lines import EpochLines
from app.commands.good_shots import drawn, material_of
from app.commands.progress_lines import add_progress_lines, progress_lines
from app.commands.stage_bar import StageBar
from app.commands.teach_detectors import print_detectors
from app.commands.teach_selection import (
    add_selection,
    print_selection,
    selected,
    selection_facts,
)
from app.errors import UsageError
from app.paths import Home
from model import checkpoint
from model.backbones import backbones_at
from model.learners import learner
from model.learning.choices import choices_of, parse_spec
from model.learning.learned_file import save_learned
from model.learning.learner import Learned, Learner
from model.learning.material import Material
from model.learning.watch import Watch
from model.select_shots import Selection
from model.teaching import TeachingCancelled
from model.types import Calibration

_MEMORY, _PAINTED = "few_shot_clip", "painted_clip"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--good", type=Path, metavar="DIR", help="good images")
    source.add_argument("--source", metavar="URI", help="take the shots from a camera; all good")
    source.add_argument(
        "--labelled",
        type=Path,
        metavar="ROOT",
        help="labelled data set, for a detector that learns from defects too",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="the checkpoint to write")
    parser.add_argument(
        "--detector",
        metavar="NAME[:KEY=VALUE,...]",
        help=f"which detector learns, with its choices ({_MEMORY} if left out)",
    )
    parser.add_argument(
        "--list-detectors", action="store_true", help="print all detectors with their choices"
    )
    parser.add_argument("--shots", type=_whole, help="good images to use; all if left out")
    parser.add_argument(
        "--defects", type=_whole, metavar="N", help="defective images of --labelled to use"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--paint", action="store_true", help=f"short for --detector {_PAINTED} (minutes)"
    )
    add_selection(parser)
    parser.add_argument(
        "--region",
        type=int,
        nargs=4,
        metavar=("X", "Y", "WIDTH", "HEIGHT"),
        help="learn this part of the pictures only, the region of interest of the recipe",
    )
    parser.add_argument("--name", help="name for people; the file's name if left out")
    parser.add_argument("--checkpoint", help="where a CLIP detector starts from (shipped default)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    add_progress_lines(parser)


def run(options: argparse.Namespace) -> int:
    """Teach and save; prints the checkpoint's facts."""
    if options.list_detectors:
        print_detectors(options)
        return DONE
    _check(options)
    if not options.progress_lines:
        with StageBar() as bar:
            selection, made = _Lesson(options, Watch(bar.show)).done()
        _print_facts(options, made.calibration, selection)
        return DONE
    with progress_lines() as lines:
        lines.show("start", 0, 1)
        try:
            watch = Watch(EpochLines(lines, 0).show, lines.is_cancelled)
            selection, made = _Lesson(options, watch).done()
        except TeachingCancelled:
            return FAULT
        lines.result(selection_facts(selection) | _facts(options, made.calibration))
    return DONE


def _check(options: argparse.Namespace) -> None:
    """Refuse options that contradict each other, before any work."""
    if not any((options.good, options.source, options.labelled)):
        raise UsageError("Give --good DIR, --source URI or --labelled ROOT to learn from.")
    if options.out is None:
        raise UsageError("Give --out FILE, the checkpoint to write.")
    if options.out.suffix != ".safetensors":
        raise UsageError(f"--out {options.out} must be a file ending in .safetensors.")
    try:
        options.out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"Cannot make the folder {options.out.parent} for --out: {error.strerror or error}."
        ) from error
    if options.validation is not None and options.select_shots is None:
        raise UsageError("--validation is for --select-shots; give both or none.")
    if options.detector and options.paint:
        raise UsageError(f"--paint is --detector {_PAINTED}; give one of them.")
    if options.defects is not None and options.labelled is None:
        raise UsageError("--defects is for --labelled ROOT; give both or none.")


class _Lesson:
    """One lesson: what is asked for is checked before pictures are read."""

    def __init__(self, options: argparse.Namespace, watch: Watch) -> None:
        self._options, self._watch = options, watch
        self._home: Home = paths.home(options.home)
        default = _PAINTED if options.paint else _MEMORY
        self._name, self._given = parse_spec(options.detector or default)
        self._way: Learner = learner(self._name)
        self._known = {one.name for one in fields(self._way.choices)}
        self._take_start()
        if options.shots is not None and "shots" in self._known:
            self._given.setdefault("shots", str(options.shots))
        self._choices = choices_of(self._way.choices, self._given)
        if options.defects is not None and not self._way.needs_defects:
            raise UsageError(f"{self._name} learns from good images alone; leave --defects out.")
        if self._way.needs_defects and options.labelled is None:
            raise UsageError(
                f"The detector {self._name} learns from labelled defects; give --labelled ROOT."
            )

    def done(self) -> tuple[Selection | None, Learned]:
        """Read, select, learn and save."""
        options = self._options
        material = material_of(options, with_defects=self._way.needs_defects)
        selection = None
        if options.select_shots is not None:
            selection = self._select(material)
            material = drawn(material, selection.shots, options.seed)
        folders = checkpoints.weight_folders(self._home)
        made = self._way.learn(
            material, self._choices, backbones_at(folders), options.device, self._watch
        )
        save_learned(
            options.out,
            made,
            material,
            name=options.name or options.out.stem,
            way=self._name,
            given=self._given,
            extra=selection_facts(selection),
        )
        self._keep_curves(made)
        return selection, made

    def _take_start(self) -> None:
        """Make of --checkpoint what the detector calls its start."""
        wanted = self._options.checkpoint
        if wanted is None:
            return
        if "start" not in self._known:
            raise UsageError(
                f"--checkpoint is for detectors that start from one; {self._name} does not."
            )
        self._given.setdefault("start", str(checkpoints.resolve(wanted, self._home)))

    def _select(self, material: Material) -> Selection:
        if self._name not in (_MEMORY, _PAINTED):
            raise UsageError(
                f"--select-shots tries the memory bank of {_MEMORY}; leave it out with "
                f"{self._name}."
            )
        return selected(self._options, self._home, material, self._watch)

    def _keep_curves(self, made: Learned) -> None:
        if made.epochs:
            # late: as above
            from model.report.curves import write_curves

            write_curves(made.epochs, self._options.out.with_suffix(".curves"))


def _whole(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return number


def _print_facts(
    options: argparse.Namespace, calibration: Calibration, selection: Selection | None
) -> None:
    facts = selection_facts(selection) if options.json else {}
    if selection is not None and not options.json:
        print_selection(selection)
    facts |= _facts(options, calibration)
    print(json.dumps(facts) if options.json else "\n".join(f"{k}: {v}" for k, v in facts.items()))


def _facts(options: argparse.Namespace, calibration: Calibration) -> dict[str, Any]:
    info = checkpoint.inspect(options.out)
    return {
        "checkpoint": str(options.out),
        "detector": info.detector,
        "sha256": info.sha256,
        "n_shots": info.n_shots,
        "pictures": info.extra.get("pictures", {}),
        "limit": calibration.limit,
        "map_limit": calibration.map_limit,
        "method": calibration.method,
    }
