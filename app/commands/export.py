"""`export`: a checkpoint as ONNX, as OpenVINO, or its prompts for the official AnomalyCLIP code."""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app import checkpoints, paths
from app.camera.uri import source_for
from app.errors import ExpectedError, UsageError
from app.inspection.recipe import Recipe
from app.inspection.verdict import decide
from app.settings.files import write_text
from model.data import image_files
from model.errors import ModelError
from model.export.onnx_form import OnnxScore, graph_of, write_onnx
from model.export.openvino_form import OpenVinoScore, convert, threads_in_use, write_openvino
from model.export.packages import version_of
from model.export.parity import Parity, Verdict, compare
from model.export.runtime import time_ratio
from model.images import SUFFIXES, read_image
from model.predictor import Predictor, Score, predict_with
from model.training.outputs import export_official
from model.types import Prediction

_DEMO_PICTURES = 6
Pictures = list[tuple[str, npt.NDArray[Any]]]
Make = Callable[[Predictor, Path], Score]


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
        "--pictures",
        type=Path,
        metavar="DIR",
        help="pictures for the parity report (a few of the demo line)",
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="OUT.json",
        help="where the parity report goes, its text beside it (beside the exported file)",
    )


def run(options: argparse.Namespace) -> int:
    """Write what is asked for, compare it with the checkpoint and print the report."""
    _check(options)
    predictor = checkpoints.load_predictor(options.checkpoint, paths.home(options.home), "cpu")
    told: dict[str, Any] = {"backbone": predictor.info.backbone}
    if options.official is not None:
        needed = export_official(predictor.detector, options.official)
        told |= {"file": str(options.official), **needed}
    forms = [(options.onnx, _make_onnx), (options.openvino, _make_openvino)]
    wanted = [(out, make) for out, make in forms if out is not None]
    if wanted:
        pictures, graph = _pictures(options.pictures), graph_of(predictor)
        found = {out: _exported(predictor, out, make(graph), pictures) for out, make in wanted}
        told |= _reported(options, predictor, found)
    print(json.dumps(told) if options.json else _text(told), flush=True)
    broken = [str(out) for out, (parity, _) in found.items() if not parity.holds] if wanted else []
    if broken:
        raise ExpectedError(
            f"The exported form differs too much from its checkpoint and {', '.join(broken)} "
            "was not written; the report says where.",
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


def _pictures(folder: Path | None) -> Pictures:
    """Return the pictures of a folder by name, or a few of the demo line."""
    if folder is not None:
        found = sorted(folder.rglob("*"))
        files = [file for file in found if file.suffix.lower() in SUFFIXES] or image_files(folder)
        return [(file.relative_to(folder).as_posix(), read_image(file)) for file in files]
    source = source_for("sim:seed=7,fps=0,defects=0.5,size=640x512")
    source.open()
    try:
        frames = [source.read() for _ in range(_DEMO_PICTURES)]
    finally:
        source.close()
    return [(f"demo {frame.number}", np.asarray(frame.image)) for frame in frames]


def _make_onnx(graph: Any) -> Make:
    def make(_: Predictor, path: Path) -> Score:
        write_onnx(graph, path)
        return OnnxScore(path, threads_in_use())

    return make


def _make_openvino(graph: Any) -> Make:
    def make(predictor: Predictor, path: Path) -> Score:
        write_openvino(convert(predictor, graph), path)
        return OpenVinoScore(path, threads_in_use())

    return make


def _exported(
    predictor: Predictor, out: Path, make: Make, pictures: Pictures
) -> tuple[Parity, float]:
    """Write one form and compare it; the file takes its place only if parity holds.

    Returns:
        The comparison, and its time as a share of PyTorch's.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.stem}.") as folder:
            part = Path(folder) / out.name
            # What runs the file lets go of it before it is moved.
            parity, ratio = _compared(predictor, make(predictor, part), _form(out), pictures)
            if parity.holds:
                _put_in_place(part, out)
    except OSError as error:
        raise ModelError(f"Cannot write {out}: {error.strerror or error}.") from error
    return parity, ratio


def _compared(
    predictor: Predictor, score: Score, form: str, pictures: Pictures
) -> tuple[Parity, float]:
    detector = predictor.detector

    def judge(image: npt.NDArray[Any]) -> Prediction:
        names = detector.class_names
        return predict_with(score, detector.preprocess, detector.device, image, names)

    typical = predictor.calibration.map_typical
    floor = typical if math.isfinite(typical) else -math.inf
    verdict = _verdict(predictor)
    parity = compare(form, predictor.predict, judge, pictures, verdict, floor)
    image = pictures[0][1]
    return parity, time_ratio(lambda: predictor.predict(image), lambda: judge(image))


def _put_in_place(part: Path, out: Path) -> None:
    for suffix in (".bin", out.suffix):
        if part.with_suffix(suffix).exists():
            part.with_suffix(suffix).replace(out.with_suffix(suffix))


def _form(out: Path) -> str:
    name, package = ("ONNX", "onnxruntime") if out.suffix == ".onnx" else ("OpenVINO", "openvino")
    return f"{name} ({package} {version_of(package)})"


def _verdict(predictor: Predictor) -> Verdict:
    limits = Recipe(name="export").limits(predictor.calibration)
    return lambda prediction: decide(prediction.score, limits).verdict.value


def _reported(
    options: argparse.Namespace, predictor: Predictor, found: dict[Path, tuple[Parity, float]]
) -> dict[str, Any]:
    """Write the report as JSON and as text; return it."""
    info = predictor.info
    report: dict[str, Any] = {
        "checkpoint": info.name,
        "sha256": info.sha256,
        "calibrated": predictor.calibration.is_usable,
        "forms": {
            str(out): parity.to_json() | {"time_ratio": round(ratio, 3)}
            for out, (parity, ratio) in found.items()
        },
    }
    first = next(iter(found))
    file = options.report or first.with_name(f"{first.stem}.parity.json")
    lines = [f"checkpoint {info.name}, {info.sha256[:12]}"]
    for out, (parity, ratio) in found.items():
        lines += [str(out), parity.to_text(), f"  time, PyTorch = 1        {ratio:.2f}"]
    if not predictor.calibration.is_usable:
        lines.append("The checkpoint is not calibrated: verdicts say nothing here.")
    write_text(file, json.dumps(report, indent=2))
    write_text(file.with_suffix(".txt"), "\n".join(lines) + "\n")
    return report | {"report": str(file), "text": "\n".join(lines)}


def _text(told: dict[str, Any]) -> str:
    """Return what was done for people: the report's own text, else one fact a line."""
    facts = {key: value for key, value in told.items() if key not in ("forms", "text")}
    lines = [f"{key}: {value}" for key, value in facts.items()]
    return "\n".join([*lines, told["text"]] if "text" in told else lines)
