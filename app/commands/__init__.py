"""The sub-commands of the command line, one a file: NAME, HELP, add_arguments, run."""

from __future__ import annotations

import argparse
from typing import Protocol

from app.commands import (
    bench,
    calibrate,
    dataset,
    export,
    golden,
    improve,
    inspect,
    month,
    pretrain,
    records,
    replay,
    report,
    teach,
    test,
    train,
    weights,
)


class Command(Protocol):
    """A module that is a sub-command."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it and return the exit code."""


COMMANDS: tuple[Command, ...] = (
    inspect,
    teach,
    train,
    improve,
    test,
    export,
    bench,
    calibrate,
    weights,
    dataset,
    pretrain,
    records,
    replay,
    golden,
    month,
    report,
)
