"""Raw pictures and maps of judged parts, as files beside the database."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from app.camera.frame import Image
from app.errors import StoreError
from app.i18n import tr
from app.inspection.judgement import Inspection
from app.inspection.record import Evidence
from app.inspection.verdict import Verdict
from app.store.base import RecordStore
from app.store.encoding import decode_image, decode_map, encode_image, encode_map
from app.store.kept import Priority
from app.store.recipe_retention import RecipeRetention
from app.store.retention import UNFINISHED, Thinned, folder_size, thin
from model.types import FloatMap


class EvidenceStore:
    """Saves, reads and thins evidence. `save` and `thin` are called from one thread.

    Files lie in `DAY/VERDICT/ID.png` and `DAY/VERDICT/ID.map.png`; they appear complete or
    not at all. Every NG, REVIEW and ERROR and every OK part drawn for review is kept, of the
    other OK ones the first and then one in `Recipe.keep_ok_every`.

    Args:
        root: Evidence folder; made when needed.
        quota_bytes: More than this is thinned, oldest OK first (see `retention`); what a recipe
            says of its own pictures is in `recipe_retention`.
        min_free_bytes: Below this much free space on the disk no picture is written, so
            that the database can go on.
    """

    def __init__(
        self,
        root: Path,
        quota_bytes: int = 50_000_000_000,
        min_free_bytes: int = 500_000_000,
    ) -> None:
        self.root = root
        self._quota = quota_bytes
        self._min_free = min_free_bytes
        self._size: int | None = None
        self._ok_seen: Counter[str] = Counter()
        self._thin_again_at = 0.0
        self._by_recipe = RecipeRetention(root)

    def save(self, inspection: Inspection) -> Evidence | None:
        """Write the files of one part; None if none are to be kept.

        Raises:
            StoreError: The disk is full, gone or read-only; nothing half-written is left.
        """
        frame, record = inspection.frame, inspection.record
        if frame is None or not _is_picture(frame.image) or not self._is_wanted(inspection):
            return None
        with _as_store_errors():
            self._check_space()
            before = self._bytes()
            evidence = self._save(inspection, frame.image)
            self._by_recipe.added(record.recipe, self._bytes() - before)
            return evidence

    def load_image(self, evidence: Evidence) -> Image:
        """Return the picture, (H, W, 3) uint8 BGR.

        Raises:
            StoreError: The file is gone, changed or damaged.
        """
        return decode_image(self._read(evidence.image, evidence.image_sha256))

    def load_map(self, evidence: Evidence) -> FloatMap | None:
        """Return the map, (h, w) float32 raw unit of the region of interest; None if none.

        Raises:
            StoreError: The file is gone, changed or damaged.
        """
        if not evidence.map:
            return None
        data = self._read(evidence.map, evidence.map_sha256)
        return decode_map(data, evidence.map_low, evidence.map_high)

    def thin(self, store: RecordStore, station: str = "") -> Thinned | None:
        """Remove the least needed files if there are too many; None if nothing was to do.

        Args:
            store: Records and recipes.
            station: Name of the station; "" leaves the rules of the recipes alone.

        Raises:
            StoreError: The folder or the database fails; files without a row never come of it.
        """
        with _as_store_errors():
            done = self._thin_all(store)
            if done is not None:
                self._by_recipe.forget_sizes()
            elif station:
                done = self._by_recipe.step(store, station)
            if done is not None:
                self._size = self._bytes() - done.freed_bytes
            return done

    def _thin_all(self, store: RecordStore) -> Thinned | None:
        if time.monotonic() < self._thin_again_at:
            return None
        over_quota = self._bytes() > self._quota
        short = self._min_free - self._free()
        if not over_quota and short <= 0:
            return None
        # A scan is dear: not for every part when it cannot help.
        self._thin_again_at = time.monotonic() + 10
        if over_quota:
            # 5 % more than needed, so that the next part does not scan again.
            excess = max(short, self._bytes() - self._quota * 95 // 100)
            return thin(self.root, store, excess, Priority.REVIEWED)
        # Others fill the disk: our NG pictures are not the price of that.
        return thin(self.root, store, short + self._min_free // 10, Priority.DOUBTFUL)

    def _is_wanted(self, inspection: Inspection) -> bool:
        # A drawn OK part has to be seen to be reviewed, and does not count among the others.
        if inspection.record.verdict is not Verdict.OK or inspection.record.sampled:
            return True
        every, recipe = inspection.recipe.keep_ok_every, inspection.record.recipe
        seen = self._ok_seen[recipe]
        self._ok_seen[recipe] += 1
        return every > 0 and seen % every == 0

    def _save(self, inspection: Inspection, picture: Image) -> Evidence:
        record, file_format = inspection.record, inspection.recipe.evidence_format
        image = encode_image(picture, file_format)
        stem = f"{record.taken_utc:%Y-%m-%d}/{record.verdict.value}/{record.id}"
        name = f"{stem}.{file_format}"
        self._write(name, image)
        evidence = Evidence(name, _sha256(image))
        if inspection.prediction is None:
            return evidence
        try:
            return self._save_map(stem, evidence, inspection.prediction.anomaly_map)
        except BaseException:
            self._remove(name, len(image))
            raise

    def _save_map(self, stem: str, evidence: Evidence, anomaly_map: FloatMap) -> Evidence:
        data, low, high = encode_map(anomaly_map)
        name = f"{stem}.map.png"
        self._write(name, data)
        return Evidence(evidence.image, evidence.image_sha256, name, _sha256(data), low, high)

    def _check_space(self) -> None:
        free = self._free()
        self._bytes()  # counted before the first file is added
        if free < self._min_free:
            raise StoreError(
                tr("The disk is nearly full: verdicts are stored, pictures are not; free space."),
                code="disk-full",
            )

    def _free(self) -> int:
        self.root.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self.root).free

    def _bytes(self) -> int:
        if self._size is None:
            self._size = folder_size(self.root)
        return self._size

    def _write(self, name: str, data: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + UNFINISHED)
        try:
            with unfinished.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            unfinished.replace(path)
            _sync_folder(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise
        self._size = self._bytes() + len(data)

    def _remove(self, name: str, size: int) -> None:
        with contextlib.suppress(OSError):
            (self.root / name).unlink(missing_ok=True)
        self._size = self._bytes() - size

    def _read(self, name: str, sha256: str) -> bytes:
        path = (self.root / name).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise StoreError(tr("The stored picture lies outside the evidence folder."))
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise StoreError(tr("The stored picture is gone; it cannot be shown.")) from error
        except OSError as error:
            raise StoreError(tr("The stored picture cannot be read; check the disk.")) from error
        if _sha256(data) != sha256:
            raise StoreError(tr("The stored picture was changed or damaged; it is not evidence."))
        return data


def _is_picture(image: Image) -> bool:
    return image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and image.size > 0


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut before the row that names the file is committed."""
    if os.name == "posix":  # Windows cannot, and NTFS orders metadata itself
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _as_store_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            tr("Pictures cannot be stored ({cause}); verdicts are. Check the disk.").format(
                cause=error.strerror or error
            ),
            code="evidence",
        ) from error
