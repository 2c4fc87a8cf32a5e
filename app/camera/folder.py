"""The images of a folder tree, in order, once or again and again."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np

from app.camera.frame import Frame, Image, Truth
from app.camera.pace import Pace
from app.camera.source import CameraLost, CameraNotFound, EndOfFrames, UnreadableFrame
from app.i18n import tr
from model.opencv import cv2

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})

_GOOD = frozenset({"good", "ok"})
_MASKS = "ground_truth"


class FolderSource:
    """Reads image files in the order of their paths, sub-folders included.

    In a labelled tree (one folder is called "good" or "ok") every frame carries its truth:
    the name of its folder. Masks of such a tree (folder "ground_truth") are no frames.

    Args:
        folder: Folder with images.
        fps: Frames per second; 0 = as fast as they are read.
        loop: Begin again after the last image.
    """

    def __init__(self, folder: Path, fps: float = 0.0, loop: bool = False) -> None:
        self._folder, self._loop = folder, loop
        self._pace = Pace(fps)
        self._files: list[Path] | None = None
        self._labelled = False
        self._next = 0

    @property
    def description(self) -> str:
        """The folder."""
        return f"folder {self._folder}"

    @property
    def is_live(self) -> bool:
        """False: nothing is late in a folder."""
        return False

    @property
    def period_s(self) -> float:
        """Seconds between two images."""
        return self._pace.period_s

    def wake(self) -> None:
        """End a waiting `read`; may be called from any thread."""
        self._pace.wake()

    def open(self) -> None:
        """List the files."""
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_FATAL)  # we report ourselves
        if not self._folder.is_dir():
            text = tr("There is no folder {folder}; check the path.")
            raise CameraNotFound(text.format(folder=self._folder))
        try:
            found = sorted(path for path in self._folder.rglob("*") if self._is_image(path))
        except OSError as error:
            text = tr("The folder {folder} cannot be read: {reason}.")
            reason = error.strerror or error
            raise CameraNotFound(text.format(folder=self._folder, reason=reason)) from None
        if not found:
            text = tr("The folder {folder} holds no images ({kinds}).")
            kinds = ", ".join(sorted(SUFFIXES))
            raise CameraNotFound(text.format(folder=self._folder, kinds=kinds))
        self._labelled = any(path.parent.name in _GOOD for path in found)
        self._files = found

    def read(self) -> Frame:
        """Return the next image; a damaged one takes its number with it."""
        if self._files is None:
            raise CameraLost(tr("The folder is closed."))
        if self._next >= len(self._files) and not self._loop:
            raise EndOfFrames
        if not self._pace.wait():
            raise CameraLost(tr("Reading the folder was stopped."))
        path = self._files[self._next % len(self._files)]
        number, self._next = self._next, self._next + 1
        began = time.perf_counter()
        image = read_picture(path)
        image.setflags(write=False)
        return Frame(
            image=image,
            number=number,
            taken=time.monotonic(),
            taken_utc=datetime.now(UTC),
            source=str(path),
            grab_ms=(time.perf_counter() - began) * 1000,
            truth=self._truth(path, image),
        )

    def close(self) -> None:
        """Forget the files."""
        self._files = None
        self._pace.wake()

    def _is_image(self, path: Path) -> bool:
        inside = path.relative_to(self._folder)
        return path.suffix.lower() in SUFFIXES and _MASKS not in inside.parts and path.is_file()

    def _truth(self, path: Path, image: Image) -> Truth | None:
        if not self._labelled:
            return None
        kind = path.parent.name
        verdict: Literal["ok", "ng"] = "ok" if kind in _GOOD else "ng"
        if verdict == "ok":
            return Truth("ok")
        return Truth("ng", kind, _mask_of(path, image))


def read_picture(path: Path) -> Image:
    """Read an image file of any depth as (H, W, 3) uint8 BGR.

    Raises:
        UnreadableFrame: It is missing, cut short or no image.
    """
    try:
        data = np.fromfile(path, np.uint8)  # not cv2.imread: it fails on Korean paths on Windows
    except OSError as error:
        text = tr("The image {path} cannot be read: {reason}.")
        reason = error.strerror or error
        raise UnreadableFrame(text.format(path=path, reason=reason)) from None
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except cv2.error:  # e.g. a header that claims billions of pixels
        image = None
    if image is None:
        raise UnreadableFrame(tr("The image {path} is damaged or no image.").format(path=path))
    return np.ascontiguousarray(image, np.uint8)


def _mask_of(path: Path, image: Image) -> Image | None:
    """The mask of .../test/KIND/NAME.png is .../ground_truth/KIND/NAME[_mask].png."""
    folder = path.parent.parent.parent / _MASKS / path.parent.name
    for name in (f"{path.stem}_mask.png", f"{path.stem}.png"):
        if (folder / name).is_file():
            grey = read_picture(folder / name)[:, :, 0]
            mask = np.where(grey > 127, np.uint8(255), np.uint8(0))
            return mask if mask.shape == image.shape[:2] else None
    return None
