"""The actions of `checkpoint` on files: list, check, import, export."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tabulate import tabulate

from app import paths
from app.candidates.check_report import CheckReport
from app.candidates.checking import check_in_process, check_many
from app.candidates.entry import Entry
from app.candidates.errors import CandidateError
from app.candidates.info_json import info_to_json
from app.candidates.shelf import Shelf
from app.cli_codes import BAD_INPUT, DONE
from app.errors import UsageError
from app.paths import Home


def run(options: argparse.Namespace) -> int:
    """Do the action and return the exit code."""
    home = paths.home(options.home)
    return _ACTIONS[options.action](options, home)


def _list(options: argparse.Namespace, home: Home) -> int:
    shelf = Shelf(home, options.folders)
    for folder in options.folders:
        if not folder.is_dir():
            raise UsageError(f"There is no folder {folder}; check the path.")
    if options.hash:
        for entry in shelf.entries():
            shelf.hashed(entry.path)
    entries = shelf.entries()
    if options.json:
        for entry in entries:
            print(json.dumps(entry_json(entry)), flush=True)
        return DONE
    print(tabulate([_row(entry) for entry in entries], headers=_HEADERS))
    for entry in entries:
        if entry.problem:
            print(f"{entry.path.name}: {entry.problem}")
    return DONE


def _check(options: argparse.Namespace, home: Home) -> int:
    if not options.files:
        raise UsageError("Name the files to check.")
    files = [_file(name, home) for name in options.files]
    all_good = True
    for file, report in zip(files, check_many(files, home, options.device), strict=True):
        all_good = all_good and report.ok
        if options.json:
            print(json.dumps({"path": str(file)} | report.to_json()), flush=True)
        else:
            print(_told(report), flush=True)
    return DONE if all_good else BAD_INPUT


def _import(options: argparse.Namespace, home: Home) -> int:
    if not options.unchecked:
        report = check_in_process(options.file, home, options.device)
        if not report.ok:
            raise CandidateError(report.sentence)
    path = Shelf(home).import_file(options.file, options.name)
    _say_path(options, path)
    return DONE


def _export(options: argparse.Namespace, home: Home) -> int:
    source = _file(options.checkpoint, home)
    if not source.is_file():
        raise UsageError(f"There is no checkpoint {options.checkpoint!r}; see `checkpoint list`.")
    _say_path(options, Shelf(home).export_file(source, options.target))
    return DONE


def _file(name: str, home: Home) -> Path:
    """Return the file of a name or path; one that is not there is checked as it is."""
    for folder in (Path(), home.checkpoints, paths.shipped_checkpoints()):
        for candidate in (folder / name, folder / f"{name}.safetensors"):
            if candidate.is_file():
                return candidate.absolute()
    return Path(name).absolute()


def entry_json(entry: Entry) -> dict[str, Any]:
    """Return the JSON object that `checkpoint list` prints of one file."""
    info = None if entry.info is None else info_to_json(entry.info)
    return {
        "path": str(entry.path),
        "name": entry.name,
        "problem": entry.problem,
        "notes": entry.notes,
        "modified": entry.modified.isoformat(),
        "size_bytes": entry.size_bytes,
        "n_ctx": entry.prompt_length,
        "t_n_ctx": entry.deep_prompt_length,
        "epoch": entry.epoch,
        "shipped": entry.is_shipped,
        "info": info,
    }


_HEADERS = ("file", "name", "detector", "backbone", "px", "n_ctx", "shots", "limits", "MB", "made")


def _row(entry: Entry) -> tuple[object, ...]:
    info, size = entry.info, f"{entry.size_bytes / 1e6:.1f}"
    if info is None:
        return (entry.path.name, "-", "cannot be used", "", "", "", "", "", size, "")
    lengths = [entry.prompt_length, entry.deep_prompt_length]
    return (
        entry.path.name,
        info.name,
        info.detector,
        info.backbone,
        info.image_size,
        "/".join(str(length) for length in lengths if length is not None),
        info.n_shots or "",
        "yes" if info.calibration.is_usable else "no",
        size,
        info.created[:10],
    )


def _told(report: CheckReport) -> str:
    if not report.ok:
        return f"BAD   {report.sentence}"
    return (
        f"good  {report.sentence} Loaded in {report.load_s:.1f} s, {report.model_ms:.0f} ms a "
        f"picture, {report.memory_mb:.0f} MB."
    )


def _say_path(options: argparse.Namespace, path: Path) -> None:
    print(json.dumps({"path": str(path)}) if options.json else str(path), flush=True)


_ACTIONS = {"list": _list, "check": _check, "import": _import, "export": _export}
