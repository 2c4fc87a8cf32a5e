"""Every picture of a plan read, cut and written, several at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.datasets.safe_name import safe_name
from model.datasets.tile_cut import Piece, TooSmall, cut_picture
from model.datasets.tile_grid import TileGrid
from model.datasets.tile_places import drawn_for_test
from model.datasets.tile_plan import TilePlan
from model.datasets.tile_scale import Scale
from model.datasets.tile_sources import GOOD, UNKNOWN, SourcePicture
from model.datasets.tile_table import MASK_ENDING, TRUTH, UNLABELLED, By, Drawn, TileRow
from model.errors import DatasetError, ModelError
from model.images import Picture
from model.opencv import cv2

_THREADS = 4
_LONGEST_STEM = 40
_QUICK = (cv2.IMWRITE_PNG_COMPRESSION, 1)

Box = tuple[int, int, int, int]


class TilingCancelled(ModelError):
    """The caller asked to stop; nothing was written."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one picture.

    Attributes:
        pieces: (file name, state, why, mask name, box) of each tile.
        reason: Why there is none, "" if there are some.
        sentence: The same in full.
    """

    pieces: tuple[tuple[str, str, str, str, Box], ...] = ()
    reason: str = ""
    sentence: str = ""


class TileRun:
    """One run into a folder that nobody looks at yet.

    Attributes:
        rows: The tiles, as they lie before they are sorted.
        outcomes: What became of each picture, in order.
    """

    def __init__(
        self, plan: TilePlan, scale: Scale, root: Path, pictures: Sequence[SourcePicture]
    ) -> None:
        self._plan, self._root = plan, root
        self.pictures = pictures
        self.factors = [one.scale.factor_to(scale) for one in plan.sources]
        self._grid = TileGrid(plan.side, plan.overlap)
        self._least = max(1, round(plan.least * plan.side**2))
        self._digits = max(5, len(str(len(pictures))))
        self.rows: list[TileRow] = []
        self.outcomes: list[Outcome] = []

    def cut(
        self,
        progress: Callable[[int, int], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        """Cut every picture; one that cannot be used is left out and told.

        Raises:
            DatasetError: Not one gives a tile.
            TilingCancelled: `cancelled` said so.
        """
        for folder in (UNLABELLED, TRUTH):
            (self._root / folder).mkdir()
        # decoding, scaling and encoding run outside Python's lock
        with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
            try:
                for outcome in pool.map(self._cut_one, range(len(self.pictures))):
                    if cancelled is not None and cancelled():
                        raise TilingCancelled("Stopped; no tiles were written.")
                    self.outcomes.append(outcome)
                    if progress is not None:
                        progress(len(self.outcomes), len(self.pictures))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        if not any(one.pieces for one in self.outcomes):
            raise DatasetError(
                f"Not one of {len(self.pictures)} pictures gives a tile: "
                f"{self.outcomes[0].sentence}"
            )
        self.rows = list(self._rows())

    def _cut_one(self, number: int) -> Outcome:
        source = self.pictures[number]
        try:
            factor = self.factors[source.source]
            pieces = cut_picture(source, factor, self._grid, self._least)
        except TooSmall as error:
            return Outcome(reason="smaller than a tile", sentence=str(error))
        except DatasetError as error:
            return Outcome(reason="cannot be used", sentence=str(error))
        stem = safe_name(source.path.stem, "picture")[:_LONGEST_STEM].strip(" .")
        base = f"{number + 1:0{self._digits}}-{stem}"
        return Outcome(tuple(self._kept(base, n, piece) for n, piece in enumerate(pieces, 1)))

    def _kept(self, base: str, number: int, piece: Piece) -> tuple[str, str, str, str, Box]:
        """Write a tile and its mask; the set is moved to its place when all are there."""
        stem = f"{base}-{number:03}"
        (self._root / UNLABELLED / f"{stem}.png").write_bytes(_png(piece.picture))
        mask = ""
        if piece.mask is not None:
            mask = f"{stem}{MASK_ENDING}.png"
            values = np.asarray(piece.mask, np.uint8) * np.uint8(255)
            (self._root / TRUTH / mask).write_bytes(_png(values))
        return f"{stem}.png", piece.state, piece.why, mask, piece.box

    def _rows(self) -> Iterator[TileRow]:
        drawn = self._drawn()
        for source, outcome in zip(self.pictures, self.outcomes, strict=True):
            side = drawn[source.group]
            for file, state, why, mask, (x, y, width, height) in outcome.pieces:
                by: By = "" if state == UNKNOWN else "mask" if source.mask else "folder"
                yield TileRow(
                    f"{UNLABELLED}/{file}", source.group, state, by, why, side, mask,
                    source.name, source.source + 1, x, y, width, height,
                )  # fmt: skip

    def _drawn(self) -> dict[str, Drawn]:
        """Return the side of each group: that of its data set, else drawn among its like."""
        drawn: dict[str, Drawn] = {}
        for one in self.pictures:
            if one.phase == "test" or one.state not in (GOOD, UNKNOWN):
                drawn[one.group] = "test"
            elif one.phase == "train":
                drawn.setdefault(one.group, "train")
        for state in (GOOD, UNKNOWN):
            free = [p.group for p in self.pictures if p.state == state and p.group not in drawn]
            test = drawn_for_test(free, self._plan.held_out, self._plan.seed)
            for group in free:
                drawn[group] = "test" if group in test else "train"
        return drawn

    def move_masks(self, rows: Sequence[TileRow]) -> None:
        """Bring the masks to the folders of their kinds."""
        for row in rows:
            if row.mask:
                target = self._root / row.mask
                target.parent.mkdir(parents=True, exist_ok=True)
                (self._root / TRUTH / target.name).replace(target)


def _png(values: Picture) -> bytes:
    done, data = cv2.imencode(".png", values, _QUICK)
    if not done:
        raise DatasetError("A tile cannot be made into a file.")
    return bytes(data)
