"""Where `calibrate` takes its scores from: records, folders of images, or a table."""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from app import checkpoints, paths
from app.commands.inspect import image_files
from app.errors import UsageError
from app.quality.score_sample import ScoreSample, sample_of_lists
from app.settings import station as station_settings
from app.settings.limit_data import JudgedBy, LimitData, checkpoints_of, load_limit_data
from app.store import open_store
from app.store.base import Query
from app.store.database import Database

_SCORE_NAMES = ("score", "image_score")
_PART_NAMES = ("part", "label", "truth", "defective", "is_defective")
_GOOD = {"good", "ok", "normal", "0", "false", "no"}
_DEFECTIVE = {"defective", "ng", "bad", "anomaly", "defect", "1", "true", "yes"}


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Scores and where they come from.

    Attributes:
        sample: The scores.
        origin: One line for people.
        data: The records; None for folders and tables.
        random_if: What the promise takes for granted; "" for records, where it is known.
    """

    sample: ScoreSample
    origin: str
    data: LimitData | None = None
    random_if: str = ""


def from_folders(options: argparse.Namespace) -> Material:
    """Score the images of `--good` and `--defective`."""
    good = list(image_files([options.good])) if options.good else []
    defective = list(image_files([options.defective])) if options.defective else []
    scores = _scored(options, [*good, *defective])
    sample = sample_of_lists(scores[: len(good)], scores[len(good) :])
    checkpoint = options.checkpoint or checkpoints.DEFAULT
    origin = f"{len(good)} good and {len(defective)} defective images, checkpoint {checkpoint}"
    return Material(sample, origin, random_if=_if_random("images"))


def from_table(file: Path) -> Material:
    """Read a CSV file with a column "score" and one that says what the part is.

    Raises:
        UsageError: The file cannot be read, or a line is not understood.
    """
    good: list[float] = []
    defective: list[float] = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            score_name = _column(file, rows, _SCORE_NAMES)
            part_name = _column(file, rows, _PART_NAMES)
            for number, row in enumerate(rows, start=2):
                score, part = row[score_name], (row[part_name] or "").strip().lower()
                if part not in _GOOD | _DEFECTIVE:
                    raise UsageError(
                        f"{file} line {number}: {part!r} is neither good nor defective."
                    )
                (good if part in _GOOD else defective).append(_number(file, number, score))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{file} cannot be read as a table of scores: {error}.") from error
    if not good and not defective:
        raise UsageError(f"{file} holds no scores.")
    origin = f"{len(good)} good and {len(defective)} defective scores of {file.name}"
    return Material(sample_of_lists(good, defective), origin, random_if=_if_random("parts"))


def from_records(store: Database, options: argparse.Namespace) -> Material:
    """Read the records of `--recipe`.

    Raises:
        UsageError: They mix checkpoints, are not reviewed, or are not there.
    """
    recipe = options.recipe or _only_recipe(store)
    query = Query(recipe=recipe, lot=options.lot, since=options.since, until=options.until)
    known = checkpoints_of(store, query)
    if not known:
        raise UsageError(f"There are no judged records of recipe {recipe} in that time.")
    chosen = _chosen(known, options.checkpoint)
    data = load_limit_data(
        store,
        Query(
            recipe=recipe,
            lot=options.lot,
            since=options.since,
            until=options.until,
            checkpoint_sha256=chosen.sha256,
        ),
    )
    if data.sample is None:
        raise UsageError(data.refusal)
    origin = f"{data.count} records of recipe {recipe}, checkpoint {chosen.name or '?'}"
    return Material(data.sample, f"{origin} ({chosen.sha256[:12] or '-'})", data)


@contextmanager
def opened_store(options: argparse.Namespace) -> Iterator[Database]:
    """Open the station's database.

    Raises:
        UsageError: There is none.
    """
    home = paths.home(options.home)
    url = station_settings.load(home.settings).database_url or home.database_url
    if url == home.database_url and not (home.root / "station.db").is_file():
        raise UsageError(f"There are no records in {home.root}; run the station first.")
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()


def _scored(options: argparse.Namespace, files: list[Path]) -> list[float]:
    # Late: the model takes a second that reading records need not wait for.
    from model.images import read_image

    predictor = checkpoints.load_predictor(
        options.checkpoint or checkpoints.DEFAULT, paths.home(options.home), options.device
    )
    scores = []
    for path in tqdm(files, unit="image", disable=None):
        image = read_image(path)
        if options.region is not None:
            x, y, width, height = options.region
            if min(x, y) < 0 or x + width > image.shape[1] or y + height > image.shape[0]:
                raise UsageError(f"--region does not fit into {path}.")
            image = image[y : y + height, x : x + width].copy()
        score = float(predictor.predict(image).score)
        if not math.isfinite(score):
            raise UsageError(f"{path} has no valid score; check the checkpoint.")
        scores.append(score)
    return scores


def _column(file: Path, rows: csv.DictReader[str], names: tuple[str, ...]) -> str:
    known = {name.strip().lower(): name for name in rows.fieldnames or ()}
    found = next((known[name] for name in names if name in known), None)
    if found is None:
        raise UsageError(f"{file} has no column {' or '.join(names)}.")
    return found


def _number(file: Path, line: int, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"{file} line {line}: {text!r} is not a score.")
    return value


def _only_recipe(store: Database) -> str:
    names = [name for name, _ in store.recipes()]
    if len(names) != 1:
        raise UsageError(f"Say which recipe with --recipe: {', '.join(names) or 'there is none'}.")
    return names[0]


def _chosen(known: tuple[JudgedBy, ...], wanted: str | None) -> JudgedBy:
    """Return the one checkpoint that is asked for.

    Raises:
        UsageError: It is not there, or there are several and none was asked for.
    """
    matching = [
        one for one in known if not wanted or wanted in (one.name, one.sha256[: len(wanted)])
    ]
    if len(matching) == 1:
        return matching[0]
    listed = ", ".join(f"{one.name or '?'} ({one.sha256[:12]}, {one.count})" for one in known)
    if not matching:
        raise UsageError(f"No checkpoint {wanted} judged these records; there are: {listed}.")
    raise UsageError(
        f"{len(matching)} checkpoints judged these records and their scores cannot be compared; "
        f"choose one with --checkpoint: {listed}."
    )


def _if_random(what: str) -> str:
    return (
        f"The promise holds only if the good {what} were chosen at random among all good parts, "
        "not by hand and not by their score."
    )
