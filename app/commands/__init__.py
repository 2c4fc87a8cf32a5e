"""The sub-commands of the command line, one a file: add_arguments and run.

The table names them without importing them: each brings libraries that take seconds to load.
"""

from __future__ import annotations

import argparse
import importlib
from dataclasses import dataclass
from typing import Protocol, cast


class Command(Protocol):
    """A module that is a sub-command."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it and return the exit code."""


@dataclass(frozen=True, slots=True)
class CommandInfo:
    """One sub-command.

    Attributes:
        name: As typed; the module of this package has the same name.
        help: One line for the list of commands.
    """

    name: str
    help: str

    def load(self) -> Command:
        """Import the command's module and return it."""
        return cast(Command, importlib.import_module(f"{__name__}.{self.name}"))


COMMANDS: tuple[CommandInfo, ...] = (
    CommandInfo("inspect", "judge image files or folders"),
    CommandInfo("teach", "make a checkpoint for a product from good images alone"),
    CommandInfo(
        "train", "fine-tune a detector on a labelled data set; Ctrl-C keeps the state for --resume"
    ),
    CommandInfo(
        "improve", "make a checkpoint from reviewed parts and compare it with the one in force"
    ),
    CommandInfo(
        "lesson", "teach a product from what was collected for it in the window, or try it"
    ),
    CommandInfo("classify", "train a classifier of product and state on labelled pictures"),
    CommandInfo("test", "measure a checkpoint on a labelled data set"),
    CommandInfo(
        "compare", "learn, judge and time several detectors on one data set, with a report"
    ),
    CommandInfo("recipe", "list, compare, approve, export and import recipes; change over"),
    CommandInfo("checkpoint", "list, check, compare, import and export checkpoint files"),
    CommandInfo("export", "write a checkpoint as ONNX, OpenVINO or for the official code"),
    CommandInfo("bench", "measure speed and memory on this machine"),
    CommandInfo(
        "calibrate", "set limits from reviewed parts: false calls, escapes, costs, a promise"
    ),
    CommandInfo("weights", "list, fetch or add pretrained CLIP weights"),
    CommandInfo(
        "dataset",
        "describe, list, cut to tiles, label by eye, write meta.json, export reviewed parts",
    ),
    CommandInfo(
        "pretrain", "train the embedded CLIP from scratch on procedural images (hours; resumes)"
    ),
    CommandInfo("distill", "make a teacher for EfficientAD from any folder of images; resumes"),
    CommandInfo("records", "list stored verdicts"),
    CommandInfo("replay", "judge stored parts again and list what came out differently"),
    CommandInfo("golden", "golden samples: add, list, retire, measure anew, check"),
    CommandInfo("month", "fill an empty home folder with a made-up month of production"),
    CommandInfo(
        "report", "write a report as PDF, HTML, CSV or Parquet, or check the kept pictures"
    ),
)
