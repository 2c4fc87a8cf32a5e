"""Why a part is suspicious: what the machine saw beside what it would have expected there."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.camera.frame import Image
from app.errors import ExpectedError
from app.i18n import tr
from app.inspection.record import InspectionRecord
from app.review.judged_pieces import RecipeOf, piece_with, pieces_of
from model.types import NearestNormal

if TYPE_CHECKING:
    from model.predictor import Predictor


class CheckpointGone(ExpectedError):
    """The checkpoint that judged a part is not on this computer."""

    code = "checkpoint-gone"


class Why:
    """Explains stored parts by the very checkpoint that judged them; it judges nothing.

    Any thread may call; one explanation at a time, since a model is large.

    Args:
        folders: Where checkpoints lie; they are told apart by their hashes, not by names.
        load: Loads the checkpoint of a path. Its result is kept until another one is needed.
        recipe_of: Returns the recipe version that judged a part, None if it is gone.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        load: Callable[[str], Predictor],
        recipe_of: RecipeOf = lambda record: None,
    ) -> None:
        self._folders, self._load, self._recipe_of = tuple(folders), load, recipe_of
        self._lock = threading.Lock()
        self._hashes: dict[tuple[Path, int, int], str] = {}
        self._kept: tuple[str, Predictor] | None = None

    def explain(self, record: InspectionRecord, image: Image, region: int) -> NearestNormal | None:
        """Return a region of a part beside the nearest normal place. Blocks.

        Args:
            record: The judged part.
            image: Its whole frame, (H, W, 3) uint8 BGR.
            region: Number of one of its regions, from 0.

        Returns:
            None if the checkpoint holds no normal pictures to compare with.

        Raises:
            CheckpointGone: It is not on this computer.
            StoreError: The picture is not that of the record, or its recipe is needed and gone.
            ModelError: The checkpoint or the picture cannot be used.
        """
        # late: it brings torch along, which a screen must not wait for
        from model.nearest_normal import nearest_normal

        cutting = pieces_of(image, record, self._recipe_of(record))
        piece, box = piece_with(cutting, record.decision.regions[region].box)
        with self._lock:
            predictor = self._predictor(record.checkpoint_sha256)
            return nearest_normal(predictor, piece.picture, box)

    def _predictor(self, sha256: str) -> Predictor:
        if self._kept is None or self._kept[0] != sha256:
            self._kept = None
            self._kept = (sha256, self._load(str(self._file(sha256))))
        return self._kept[1]

    def _file(self, sha256: str) -> Path:
        for folder in self._folders:
            for file in sorted(folder.glob("*.safetensors")) if folder.is_dir() else ():
                if self._sha256(file) == sha256:
                    return file
        raise CheckpointGone(
            tr("The checkpoint that judged this part is not on this computer, so why is unknown.")
        )

    def _sha256(self, file: Path) -> str:
        facts = file.stat()
        key = (file, facts.st_mtime_ns, facts.st_size)
        if key not in self._hashes:
            with file.open("rb") as stream:
                self._hashes[key] = hashlib.file_digest(stream, "sha256").hexdigest()
        return self._hashes[key]
