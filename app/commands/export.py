"""`export`: a checkpoint as ONNX, as OpenVINO, or its prompts for the official AnomalyCLIP code."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from app import checkpoints, paths
from app.commands import export_light
from app.commands.export_forms import Draft, Made, write_form
from app.commands.export_light import Light, lightened
from app.commands.export_pictures import pictures_of
from app.errors import ExpectedError, UsageError
from app.settings.files import write_text
from model.export.batches import check_batch
from model.export.exported import Exported
from model.export.onnx_form import graph_of
from model.export.providers import check_tensorrt
from model.predictor import Predictor
from model.training.outputs import export_official


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--checkpoint", default=checkpoints.DEFAULT, help="file or name (shipped default)"
    )
    parser.add_argument("--onnx", type=Path, metavar="OUT.onnx", help="write an ONNX file")
    parser.add_argument("--openvino", type=Path, metavar="OUT.xml", help="write OpenVINO IR")
    parser.add_argument(
        "--official",
        type=Path,
        metavar="OUT.pth",
        help="write the prompts as an epoch_N.pth for the official code",
    )
    parser.add_argument(
        "--batch", type=int, default=1, metavar="N", help="pictures that the form takes at once (1)"
    )
    parser.add_argument(
        "--tensorrt",
        action="store_true",
        help="run the ONNX file by TensorRT in the parity report (needs onnxruntime-gpu)",
    )
    parser.add_argument(
        "--pictures",
        type=Path,
        metavar="DIR",
        help="pictures for the parity report (a few of the demo line), and what --int8 and "
        "--prune go by (the training part of --data)",
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="OUT.json",
        help="where the report goes, its text beside it (beside the exported file)",
    )
    export_light.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Write what is asked for, compare it with the checkpoint and print the report."""
    _check(options)
    predictor = checkpoints.load_predictor(options.checkpoint, paths.home(options.home), "cpu")
    if isinstance(predictor.detector, Exported):
        raise UsageError(
            f"{options.checkpoint} is exported already; give the checkpoint it was made from."
        )
    told: dict[str, Any] = {"backbone": predictor.info.backbone}
    if options.official is not None:
        needed = export_official(predictor.detector, options.official)
        told |= {"file": str(options.official), **needed}
    refused: list[str] = []
    if options.onnx is not None or options.openvino is not None:
        report, refused = _forms(options, predictor)
        told |= report
    print(json.dumps(told) if options.json else _text(told), flush=True)
    if refused:
        why = "loses more AUROC than --most-loss allows or " * export_light.is_wanted(options)
        raise ExpectedError(
            f"The exported form {why}differs too much from its checkpoint and "
            f"{', '.join(refused)} was not written; the report says where.",
            "no-parity",
        )
    return 0


def _check(options: argparse.Namespace) -> None:
    asked = (("onnx", ".onnx"), ("openvino", ".xml"), ("official", ".pth"))
    given = [(name, suffix) for name, suffix in asked if getattr(options, name) is not None]
    if not given:
        raise UsageError("Say what to write: --onnx OUT.onnx, --openvino OUT.xml or --official.")
    for name, suffix in given:
        path = getattr(options, name)
        if path.suffix != suffix:
            raise UsageError(f"The file {path} must end in {suffix}.")
    if options.report is not None and options.report.suffix != ".json":
        raise UsageError(f"The report {options.report} must end in .json.")
    check_batch(options.batch)
    export_light.check(options)
    if options.tensorrt:
        if options.onnx is None:
            raise UsageError("--tensorrt runs an ONNX file; give --onnx OUT.onnx.")
        check_tensorrt()


def _forms(options: argparse.Namespace, predictor: Predictor) -> tuple[dict[str, Any], list[str]]:
    """Write the forms that are asked for; return the report and what was refused."""
    light = None
    if export_light.is_wanted(options):
        light = lightened(options, predictor, options.batch)
    draft = Draft(
        predictor if light is None or light.is_int8 else light.exact,
        predictor,
        graph_of(predictor, options.batch) if light is None else light.graph,
        predictor.calibration if light is None else light.limits.calibration,
        pictures_of(options.pictures),
        is_exact=light is None or not light.is_int8,
        batch=options.batch,
        provider="tensorrt" if options.tensorrt else "cpu",
    )
    found: dict[Path, Made] = {}
    refused = []
    for out in (one for one in (options.onnx, options.openvino) if one is not None):
        found[out], is_written = _written(options, draft, light, out)
        refused += [] if is_written else [str(out)]
    return _reported(options, predictor, light, found), refused


def _written(
    options: argparse.Namespace, draft: Draft, light: Light | None, out: Path
) -> tuple[Made, bool]:
    accepted = []

    def accept(_: Made, judge: Predictor) -> bool:
        if light is None or light.measured(str(out), judge).lost <= options.most_loss:
            accepted.append(out)
        return bool(accepted)

    return write_form(draft, out, accept), bool(accepted)


def _reported(
    options: argparse.Namespace,
    predictor: Predictor,
    light: Light | None,
    found: dict[Path, Made],
) -> dict[str, Any]:
    """Write the report as JSON and as text; return it."""
    info = predictor.info
    report: dict[str, Any] = {
        "checkpoint": info.name,
        "sha256": info.sha256,
        "detector": info.detector,
        "calibrated": predictor.calibration.is_usable,
        "batch": options.batch,
        "light": None if light is None else light.to_json(),
        "forms": {str(out): _form(out, made, light) for out, made in found.items()},
    }
    first = next(iter(found))
    file = options.report or first.with_name(f"{first.stem}.parity.json")
    lines = [f"checkpoint {info.name} ({info.detector}), {info.sha256[:12]}"]
    lines += [] if light is None else [light.to_text()]
    for out, made in found.items():
        lines += _form_lines(out, made, light, options.batch)
    if not predictor.calibration.is_usable:
        lines.append("The checkpoint is not calibrated: verdicts say nothing here.")
    write_text(file, json.dumps(report, indent=2))
    write_text(file.with_suffix(".txt"), "\n".join(lines) + "\n")
    return report | {"report": str(file), "text": "\n".join(lines)}


def _form(out: Path, made: Made, light: Light | None) -> dict[str, Any]:
    facts = {"time_ratio": round(made.time_ratio, 3), "size_bytes": made.size_bytes}
    loss = None if light is None else light.losses.get(str(out))
    return made.parity.to_json() | facts | {"loss": None if loss is None else loss.to_json()}


def _form_lines(out: Path, made: Made, light: Light | None, batch: int) -> list[str]:
    lines = [str(out)]
    if light is not None and light.is_int8:
        lines += [f"{made.parity.form}: in 8 bits", *made.parity.differences(is_limited=False)]
    else:
        lines.append(made.parity.to_text())
        lines += ["  compared with            the pruned network by PyTorch"] * (light is not None)
    at_once = f", {batch} at once" if batch > 1 else ""
    lines.append(f"  time, PyTorch = 1        {made.time_ratio:.2f}{at_once}")
    lines.append(f"  size                     {made.size_bytes / 1e6:.1f} MB")
    if light is not None and str(out) in light.losses:
        lines.append(light.losses[str(out)].to_text())
    return lines


def _text(told: dict[str, Any]) -> str:
    """Return what was done for people: the report's own text, else one fact a line."""
    hidden = ("forms", "text", "light", "checkpoint", "sha256", "detector", "calibrated", "batch")
    facts = {key: value for key, value in told.items() if key not in hidden}
    lines = [f"{key}: {value}" for key, value in facts.items()]
    return "\n".join([*lines, told["text"]] if "text" in told else lines)
