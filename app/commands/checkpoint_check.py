"""The throw-away process of `checkpoint check`: reads names of files, answers with reports."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from app import paths
from app.candidates.confinement import confine
from app.candidates.trial import tried
from app.cli_codes import DONE
from app.commands.gentle import be_gentle


def serve(options: argparse.Namespace) -> int:
    """Answer a line of JSON with a line of JSON until stdin ends.

    The first line out says that it listens; then, for each file's name, a report comes.
    """
    be_gentle()
    home = paths.home(options.home)
    # whatever a library prints goes to stderr; the lines are ours alone
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    on_cpu = not _uses_gpu(options.device)
    confine(options.spare or sys.maxsize // 2, limit_memory=bool(options.spare) and on_cpu)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin.buffer:
        report = tried(Path(json.loads(line)), home, options.device)
        print(json.dumps(report.to_json()), file=answers, flush=True)
    return DONE


def _uses_gpu(device: str) -> bool:
    # late: only this process needs it
    import torch

    return device.startswith("cuda") or (device == "auto" and torch.cuda.is_available())
