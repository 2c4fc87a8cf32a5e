"""Pictures of different scale, cut to tiles of one scale and one size: a data set."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from model.atomic import whole_folder
from model.datasets.tile_places import TileCounts, arrange, placed
from model.datasets.tile_plan import TilePlan
from model.datasets.tile_run import TileRun
from model.datasets.tile_scale import Scale
from model.datasets.tile_sources import source_pictures
from model.errors import DatasetError

MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class SourceCounts:
    """One source before and after.

    Attributes:
        folder: Its folder.
        scale: Its scale as written.
        times: By how much its pictures were enlarged; below 1 they were made smaller.
        pictures: Pictures by state, "" for those without a label.
        tiles: Tiles by state, "" for those that a person has to look at.
        left_out: Pictures that gave no tile, by reason.
    """

    folder: Path
    scale: str
    times: float
    pictures: dict[str, int]
    tiles: dict[str, int]
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class TileSet:
    """What was written.

    Attributes:
        folder: The data set.
        scale: Of all tiles, as written.
        side: Of all tiles, pixels.
        sources: One for each source.
        counts: Tiles by where they lie.
        why: Unlabelled tiles by the reason why a person has to look.
        left_out: Sentences on the pictures that gave no tile.
    """

    folder: Path
    scale: str
    side: int
    sources: tuple[SourceCounts, ...]
    counts: TileCounts
    why: dict[str, int]
    left_out: tuple[str, ...]


def cut_tiles(
    plan: TilePlan,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> TileSet:
    """Cut all pictures and write the tiles as a data set in the layout of MVTec AD.

    Beside train/good, test/good, test/<kind> and ground_truth/<kind> stand unlabelled/ with what
    a person has to look at, meta.json, tiles.csv with the source of each tile, and manifest.json.

    Args:
        plan: What to cut, and how.
        folder: Must not exist or be empty; appears complete.
        progress: Called with (pictures done, pictures in all).
        cancelled: Asked between two pictures.

    Raises:
        DatasetError: The plan makes no sense, a source cannot be read, no picture gives a tile, or
            the folder cannot be written.
        TilingCancelled: `cancelled` said so.
    """
    scale = plan.checked()
    _check_free(plan, folder)
    pictures, copies = source_pictures(plan.sources, plan.together)
    with _whole_folder(folder) as part:
        run = TileRun(plan, scale, part, pictures)
        run.cut(progress, cancelled)
        rows = placed(run.rows)
        run.move_masks(rows)
        counts = arrange(part, rows, product=folder.resolve().name)
        found = _found(plan, scale, folder, run, counts, copies)
        text = json.dumps(_manifest(plan, found), indent=1, ensure_ascii=False, default=str)
        (part / MANIFEST).write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    return found


def _found(
    plan: TilePlan,
    scale: Scale,
    folder: Path,
    run: TileRun,
    counts: TileCounts,
    copies: Sequence[Path],
) -> TileSet:
    sources = []
    for number, source in enumerate(plan.sources):
        mine = [
            (picture, outcome)
            for picture, outcome in zip(run.pictures, run.outcomes, strict=True)
            if picture.source == number
        ]
        left_out = Counter(outcome.reason for _, outcome in mine if outcome.reason)
        again = sum(path.is_relative_to(source.folder) for path in copies)
        left_out |= Counter({"copy of another": again} if again else {})
        sources.append(
            SourceCounts(
                source.folder,
                str(source.scale),
                run.factors[number],
                dict(Counter(picture.state for picture, _ in mine)),
                dict(Counter(piece[1] for _, outcome in mine for piece in outcome.pieces)),
                dict(left_out),
            )
        )
    return TileSet(
        folder,
        str(scale),
        plan.side,
        tuple(sources),
        counts,
        dict(Counter(row.why for row in run.rows if row.why)),
        tuple(outcome.sentence for outcome in run.outcomes if outcome.sentence),
    )


def _manifest(plan: TilePlan, found: TileSet) -> dict[str, Any]:
    """Return how the set was made, and of what; tiles.csv has the source of each tile."""
    sources = [
        asdict(counts) | {"folder": str(counts.folder.absolute()), "holds": source.holds}
        for counts, source in zip(found.sources, plan.sources, strict=True)
    ]
    return {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "scale": found.scale,
        "side": found.side,
        "overlap": plan.overlap,
        "held_out": plan.held_out,
        "seed": plan.seed,
        "least_defective_share": plan.least,
        "together": plan.together,
        "sources": sources,
        "unlabelled": found.why,
        "left_out": list(found.left_out),
    }


def _check_free(plan: TilePlan, folder: Path) -> None:
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise DatasetError(f"The folder {folder} is not empty; choose another one.")
    for source in plan.sources:
        if folder.resolve().is_relative_to(source.folder.resolve()):
            raise DatasetError(
                f"The folder {folder} lies inside the source {source.folder}; choose another one."
            )


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write to; on success it becomes `folder`, on failure it is gone."""
    try:
        with whole_folder(folder) as part:
            yield part
    except OSError as error:
        raise DatasetError(
            f"The tiles cannot be written to {folder}: {error.strerror or error}."
        ) from error
