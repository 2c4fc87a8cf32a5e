"""A first try of OpenVINO in a process of its own: a crash in there ends no station."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from model import checkpoint
from model.errors import ModelError
from model.export.openvino_form import OpenVinoScore, convert, threads_in_use, write_openvino
from model.export.packages import MissingPackage
from model.export.runtime import Measured, OpenVinoPredictor, machine, measured
from model.predictor import Predictor

LIMIT_S = 900.0
_ROOT = Path(__file__).resolve().parents[2]


def tried(predictor: Predictor, file: Path) -> Measured:
    """Write the OpenVINO form and compare it with the original, in this process.

    Args:
        predictor: On the CPU.
        file: Destination, ending in .xml.
    """
    try:
        write_openvino(convert(predictor), file)
        score = OpenVinoScore(file, threads_in_use())
        return measured(predictor, OpenVinoPredictor(predictor, score))
    except MissingPackage:
        raise
    except ModelError as error:
        return Measured(machine(), problem=str(error))


def tried_apart(predictor: Predictor, file: Path, weight_folders: Sequence[Path] = ()) -> Measured:
    """Do as `tried` in a process of its own; a crash in there is a problem that is reported.

    Args:
        predictor: Loaded from the file that its `info` names.
        file: Destination, ending in .xml.
        weight_folders: Where the backbone is looked for.

    Raises:
        MissingPackage: A package is not installed.
        ModelError: The process could not be started.
    """
    words = [sys.executable, "-m", __name__, str(predictor.info.path), str(file)]
    words += ["--threads", str(threads_in_use())]
    for folder in weight_folders:
        words += ["--weights", str(folder)]
    try:
        done = subprocess.run(
            words,
            cwd=_ROOT,
            capture_output=True,
            timeout=LIMIT_S,
            stdin=subprocess.DEVNULL,
            # a window of its own would pop up on Windows
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired:
        return Measured(machine(), problem=f"OpenVINO's trial took longer than {LIMIT_S:g} s.")
    except OSError as error:
        raise ModelError(f"OpenVINO's trial could not be started: {error}.") from error
    answer = done.stdout.decode("utf-8", "replace").strip().rpartition("\n")[2]
    if done.returncode or not answer.startswith("{"):
        return Measured(machine(), problem=f"OpenVINO's trial ended with code {done.returncode}.")
    said = json.loads(answer)
    if "missing" in said:
        raise MissingPackage(said["missing"])
    return Measured(**said)


def main(arguments: Sequence[str] | None = None) -> int:
    """Try what the command line names and print the figures as one JSON line."""
    parser = argparse.ArgumentParser(prog="trial")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--weights", type=Path, action="append", default=[])
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    try:
        predictor = checkpoint.load(
            options.checkpoint, device="cpu", weight_folders=options.weights
        )
        answer = asdict(tried(predictor, options.file))
    except MissingPackage as error:
        answer = {"missing": str(error)}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
