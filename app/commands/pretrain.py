"""`pretrain`: train the embedded CLIP from scratch on procedural product images."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, fields
from pathlib import Path

from tqdm import tqdm

from app.errors import UsageError
from model.pretrain import PretrainConfig, pretrain

NAME = "pretrain"
HELP = "train the embedded CLIP from scratch on procedural images (hours; resumes)"
_TYPES = {"int": int, "float": float, "str": str, "Path": Path}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare one option per field of `PretrainConfig`."""
    defaults = PretrainConfig()
    for field in fields(PretrainConfig):
        kind = _TYPES.get(str(field.type))
        if kind is not None:
            default = getattr(defaults, field.name)
            parser.add_argument(
                f"--{field.name.replace('_', '-')}", type=kind, default=default, help=f"{default}"
            )


def run(options: argparse.Namespace) -> int:
    """Train, or go on where the last run ended."""
    given = vars(options)
    values = {f.name: given[f.name] for f in fields(PretrainConfig) if f.name in given}
    try:
        config = PretrainConfig(**values)
    except ValueError as error:
        raise UsageError(f"{error}") from error
    with tqdm(unit="step", disable=None) as bar:

        def progress(done: int, total: int, text: str = "") -> None:
            bar.total = total
            bar.set_postfix_str(text, refresh=False)
            bar.update(done - bar.n)

        result = pretrain(config, progress)
    print(json.dumps(asdict(result), default=str), flush=True)
    return 0
