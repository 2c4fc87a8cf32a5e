"""`weights`: list, fetch or add pretrained weights of CLIPs and ResNets."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from tabulate import tabulate

from app import paths
from model import weights


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, text in (
        ("list", "known weights and which of them are here"),
        ("fetch", "download weights by name"),
        ("add", "take a file that you have"),
    ):
        sub = actions.add_parser(name, help=text)
        sub.add_argument("--home", type=Path, default=argparse.SUPPRESS)
        sub.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        if name == "fetch":
            sub.add_argument("name", help="a name from `weights list`")
        if name == "add":
            sub.add_argument("file", type=Path, help="a .safetensors, .pt or .pth file")


def run(options: argparse.Namespace) -> int:
    """Do one of the three actions."""
    folder = paths.home(options.home).weights
    if options.action == "list":
        rows = [asdict(entry) for entry in weights.list_weights(folder)]
        print("\n".join(map(_json, rows)) if options.json else tabulate(rows, headers="keys"))
        return 0
    if options.action == "fetch":
        entry = weights.fetch(options.name, folder)
    else:
        entry = weights.add(options.file, folder)
    print(_json(asdict(entry)) if options.json else f"{entry.name}: {entry.file}")
    return 0


def _json(values: dict[str, object]) -> str:
    return json.dumps(values, default=str)
