"""`inspect`: judge image files or folders, with overlay and mask images on request."""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from app import checkpoints, paths
from app.camera.frame import BadFrame, Frame
from app.cli_codes import BAD_INPUT, DONE, NG_FOUND
from app.commands.result import record_json
from app.errors import UsageError
from app.inspection.overlay import mask_picture, overlay_picture
from app.inspection.pipeline import Inspection, inspect, inspect_bad
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.inspection.verdict import Verdict
from model.data import IMAGE_SUFFIXES
from model.errors import DatasetError
from model.images import read_image, write_image
from model.predictor import Predictor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="images or folders")
    parser.add_argument(
        "--checkpoint", default=checkpoints.DEFAULT, help="file or name (shipped default)"
    )
    parser.add_argument("--limit", type=float, help="NG limit, instead of the checkpoint's")
    parser.add_argument("--map-limit", type=float, help="limit of the anomaly map for regions")
    parser.add_argument("--min-area", type=int, default=16, help="smallest region, pixels")
    parser.add_argument("--out", type=Path, help="folder for overlay and mask images")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--fail-on-ng", action="store_true", help="exit code 1 if a part is NG")


def run(options: argparse.Namespace) -> int:
    """Judge every image; an unreadable one is ERROR and makes the exit code 2."""
    files = list(image_files(options.paths))
    predictor = checkpoints.load_predictor(
        options.checkpoint, paths.home(options.home), options.device
    )
    recipe = _recipe(options, predictor)
    roots = _output_names(files)
    verdicts = set()
    for number, path in enumerate(tqdm(files, unit="image", disable=None)):
        inspection = _judge(path, number, predictor, recipe)
        if options.out is not None:
            _write_pictures(options.out, roots[path], inspection)
        print(_line(path, inspection, as_json=options.json), flush=True)
        verdicts.add(inspection.record.verdict)
    if Verdict.ERROR in verdicts:
        return BAD_INPUT
    return NG_FOUND if options.fail_on_ng and Verdict.NG in verdicts else DONE


def image_files(given: list[Path]) -> Iterator[Path]:
    """Yield the images among files and folders, folders searched through and sorted.

    Raises:
        UsageError: A path does not exist or a folder holds no image.
    """
    for path in given:
        if path.is_file():
            yield path
            continue
        if not path.is_dir():
            raise UsageError(f"There is no file or folder {path}.")
        found = sorted(p for p in path.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
        if not found:
            raise UsageError(f"The folder {path} holds no image ({', '.join(IMAGE_SUFFIXES)}).")
        yield from found


def _recipe(options: argparse.Namespace, predictor: Predictor) -> Recipe:
    for value in (options.limit, options.map_limit):
        if value is not None and not math.isfinite(value):
            raise UsageError("A limit must be a finite number.")
    if not predictor.calibration.is_usable and None in (options.limit, options.map_limit):
        raise UsageError(
            f"The checkpoint {predictor.info.name} is not calibrated; give --limit and "
            "--map-limit, or make a calibrated one with `teach`."
        )
    return Recipe(
        name="inspect",
        checkpoint=predictor.info.name,
        ng_limit=options.limit,
        map_limit=options.map_limit,
        min_area_px=max(0, options.min_area),
        stale_after_s=3600,
    )


def _judge(path: Path, number: int, predictor: Predictor, recipe: Recipe) -> Inspection:
    started, now = time.monotonic(), datetime.now(UTC)
    try:
        image = read_image(path)
    except DatasetError as error:
        bad = BadFrame(number, started, now, str(path), str(error))
        return inspect_bad(bad, predictor, recipe, Context())
    grab_ms = (time.monotonic() - started) * 1000
    image.flags.writeable = False
    frame = Frame(image, number, time.monotonic(), now, str(path), grab_ms)
    return inspect(frame, predictor, recipe, Context())


def _output_names(files: list[Path]) -> dict[Path, str]:
    """Name the output of each image so that equal names in two folders do not collide."""
    names: dict[Path, str] = {}
    taken: set[str] = set()
    for path in files:
        name = path.stem
        if name in taken:
            name = f"{path.parent.name}_{path.stem}"
        serial = 2
        while name in taken:
            name, serial = f"{path.stem}_{serial}", serial + 1
        taken.add(name)
        names[path] = name
    return names


def _write_pictures(folder: Path, name: str, inspection: Inspection) -> None:
    if inspection.prediction is None or inspection.record.limits is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_image(folder / f"{name}_overlay.png", overlay_picture(inspection))
    if not inspection.prediction.explains:
        write_image(folder / f"{name}_mask.png", mask_picture(inspection))


def _line(path: Path, inspection: Inspection, *, as_json: bool) -> str:
    values: dict[str, Any] = {"path": str(path)} | record_json(inspection.record)
    if as_json:
        wanted = ("path", "verdict", "score", "limit", "regions", "checkpoint", "latency_ms")
        extra: dict[str, Any] = {"reasons": values["reasons"]} if values["reasons"] else {}
        if inspection.prediction is not None and inspection.prediction.class_probabilities:
            extra["classes"] = dict(inspection.prediction.class_probabilities)
        if inspection.prediction is not None and inspection.prediction.explains:
            extra["map"] = "explains, does not measure"
        return json.dumps({key: values[key] for key in wanted} | extra)
    score = "-" if values["score"] is None else f"{values['score']:.4f}"
    limit = "-" if values["limit"] is None else f"{values['limit']:.4f}"
    why = f"  {'; '.join(values['reasons'])}" if values["verdict"] == "ERROR" else ""
    return f"{values['verdict']:6} {score:>8} / {limit:<8} {_found(inspection)}  {path}{why}"


def _found(inspection: Inspection) -> str:
    """Return how many regions there are, or what a classifier takes the part for."""
    prediction = inspection.prediction
    if prediction is None or not prediction.explains or not prediction.class_probabilities:
        return f"{len(inspection.record.decision.regions):3} regions"
    name, share = prediction.class_probabilities[0]
    return f"{name} {share:.2f} (heatmap explains, does not measure)"
