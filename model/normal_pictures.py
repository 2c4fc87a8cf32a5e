"""The normal pictures behind a memory bank, small, for people who ask what it compares with."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from model.errors import CheckpointError
from model.images import Picture
from model.opencv import cv2

MOST_BYTES = 3_000_000
_SIDES = (512, 384, 256, 192, 128, 96)
_QUALITY = 85
_STEPS = 65535
_DAMAGED = "The checkpoint's normal pictures are damaged; get it again."


@dataclass(frozen=True, slots=True, eq=False)
class NormalPictures:
    """Pictures and, for each row of the bank, where in them it comes from.

    Attributes:
        files: JPEG of each picture.
        names: What they were called.
        origins: (R, 3) uint16 by row of the bank: number of the picture, and how far down and
            across it the patch lies, 65535 for the whole side.
    """

    files: tuple[bytes, ...]
    names: tuple[str, ...]
    origins: npt.NDArray[np.uint16]

    @classmethod
    def of(
        cls, pictures: Sequence[Picture], names: Sequence[str], origins: npt.NDArray[np.float32]
    ) -> Self:
        """Shrink pictures until all together take at most 3 MB.

        Args:
            pictures: (H, W, 3) uint8 BGR each.
            names: As many.
            origins: (R, 3), see `model.memory_bank.Patches`.
        """
        steps = np.column_stack([origins[:, 0], np.rint(origins[:, 1:] * _STEPS)])
        return cls(_fitting(pictures), tuple(names), steps.astype(np.uint16))

    def __len__(self) -> int:
        return len(self.files)

    def picture(self, number: int) -> Picture:
        """Return a picture, (h, w, 3) uint8 BGR.

        Raises:
            CheckpointError: It is damaged.
        """
        try:
            found = cv2.imdecode(np.frombuffer(self.files[number], np.uint8), cv2.IMREAD_COLOR)
        except cv2.error as error:
            raise CheckpointError(_DAMAGED) from error
        if found is None:
            raise CheckpointError(_DAMAGED)
        return np.asarray(found, np.uint8)

    def origin(self, row: int) -> tuple[int, float, float]:
        """Return the picture's number of a row of the bank, and how far down and across, 0..1."""
        number, down, across = (int(value) for value in self.origins[row])
        return number, down / _STEPS, across / _STEPS

    def to_text(self) -> str:
        """Return everything as one JSON text."""
        return json.dumps(
            {
                "files": [base64.b64encode(file).decode("ascii") for file in self.files],
                "names": list(self.names),
                "origins": base64.b64encode(self.origins.astype("<u2").tobytes()).decode("ascii"),
            }
        )

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote; pictures are decoded when they are asked for.

        Raises:
            CheckpointError: It is damaged.
        """
        try:
            values = json.loads(text)
            files = tuple(base64.b64decode(file, validate=True) for file in values["files"])
            names = tuple(str(name) for name in values["names"])
            raw = base64.b64decode(values["origins"], validate=True)
            origins = np.frombuffer(raw, "<u2").reshape(-1, 3).astype(np.uint16)
        except (ValueError, KeyError, TypeError) as error:
            raise CheckpointError(_DAMAGED) from error
        if len(names) != len(files) or (len(origins) and int(origins[:, 0].max()) >= len(files)):
            raise CheckpointError(_DAMAGED)
        return cls(files, names, origins)


def _fitting(pictures: Sequence[Picture]) -> tuple[bytes, ...]:
    """Return JPEG files of the largest side with which all keep to the bound."""
    for side in _SIDES:
        files: list[bytes] = []
        total = 0
        for picture in pictures:
            files.append(_encoded(picture, side))
            total += len(files[-1])
            if total > MOST_BYTES and side != _SIDES[-1]:
                break
        else:
            return tuple(files)
    raise AssertionError("the smallest side takes all pictures")


def _encoded(picture: Picture, side: int) -> bytes:
    height, width = picture.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(data)
