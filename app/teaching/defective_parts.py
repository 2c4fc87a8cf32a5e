"""Pictures of defective parts with the masks that a person painted on them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from app import log
from app.camera.folder import read_picture
from app.camera.frame import Image
from app.errors import StoreError
from app.i18n import tr
from app.inspection.review import Polygon
from app.settings.files import write_text
from app.teaching.picture_file import write_picture

MOST_DEFECTIVE = 200


@dataclass(frozen=True, slots=True)
class Defective:
    """A picture of a defective part.

    Attributes:
        file: Where it lies.
        mask: Outlines of the defect, pixels of the frame; None if nobody has painted it.
    """

    file: Path
    mask: tuple[Polygon, ...] | None


class DefectiveParts:
    """The defective parts of one product; what lies on the disk is all there is.

    Every method blocks and is called from one thread at a time.

    Args:
        folder: Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self) -> tuple[Defective, ...]:
        """Return what lies on the disk, in order."""
        return tuple(Defective(file, _mask(file)) for file in sorted(self._folder.glob("*.png")))

    def add(self, image: Image) -> Defective:
        """Keep a picture, (H, W, 3) uint8 BGR; its mask comes later.

        Raises:
            StoreError: It cannot be written, or there are enough.
        """
        taken = [int(one.stem) for one in self._folder.glob("*.png") if one.stem.isdigit()]
        if len(taken) >= MOST_DEFECTIVE:
            text = tr("{count} defective parts are enough; remove one first.")
            raise StoreError(text.format(count=MOST_DEFECTIVE))
        file = self._folder / f"{max(taken, default=0) + 1:04d}.png"
        write_picture(file, image)
        return Defective(file, None)

    def set_mask(self, file: Path, mask: tuple[Polygon, ...]) -> None:
        """Keep the mask of a picture.

        Raises:
            StoreError: It cannot be written.
        """
        write_text(_mask_file(file), json.dumps({"outlines": mask}))

    def remove(self, file: Path) -> None:
        """Forget a picture and its mask.

        Raises:
            StoreError: A file cannot be removed.
        """
        try:
            _mask_file(file).unlink(missing_ok=True)
            file.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                tr("{file} cannot be removed: {error}.").format(
                    file=file, error=error.strerror or error
                )
            ) from error


def picture_of(part: Defective) -> Image:
    """Return the picture, (H, W, 3) uint8 BGR. Blocks.

    Raises:
        CameraError: It is missing or damaged.
    """
    return read_picture(part.file)


def _mask_file(file: Path) -> Path:
    return file.with_suffix(".json")


def _mask(file: Path) -> tuple[Polygon, ...] | None:
    try:
        found = json.loads(_mask_file(file).read_text(encoding="utf-8"))
        outlines = tuple(tuple((int(x), int(y)) for x, y in one) for one in found["outlines"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.station.warning("the mask of %s cannot be read: %s", file, error)
        return None
    return outlines or None
