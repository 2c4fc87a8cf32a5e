"""The throw-away process of `checkpoint check`: reads names of files, answers with reports."""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
from pathlib import Path

from app import paths
from app.candidates.confinement import LIBRARY_BYTES, confine, limit_memory
from app.candidates.trial import tried
from app.cli_codes import DONE
from app.commands.gentle import be_gentle


def serve(options: argparse.Namespace) -> int:
    """Answer a line of JSON with a line of JSON until stdin ends.

    The first line out says that it listens; then, for each file's name, a report comes.
    """
    home = paths.home(options.home)
    # whatever a library prints goes to stderr; the lines are ours alone
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    confine()
    if options.spare:
        limit_memory(options.spare + LIBRARY_BYTES)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    ready = functools.cache(functools.partial(_settle, options.device, options.spare))
    for line in sys.stdin.buffer:
        report = tried(Path(json.loads(line)), home, options.device, ready)
        print(json.dumps(report.to_json()), file=answers, flush=True)
    return DONE


def _settle(device: str, spare: int) -> None:
    """Leave the machine to the line, and count the memory of the weights, not of the libraries."""
    # late: a file whose header says it all is refused without
    import torch

    be_gentle()
    # a GPU's driver reserves far more addresses than memory
    on_gpu = device.startswith("cuda") or (device == "auto" and torch.cuda.is_available())
    limit_memory(sys.maxsize // 2 if on_gpu or not spare else spare)
