"""The collected pictures behind the collecting step: every disk access away from the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtGui import QImage

from app.camera.folder import read_picture
from app.camera.frame import Image
from app.errors import ExpectedError
from app.i18n import tr
from app.inspection.cutting import cut
from app.inspection.preview import pyramid
from app.inspection.recipe import Recipe
from app.inspection.review import Polygon
from app.station import tasks
from app.station.messages import sentence_of
from app.teaching.coverage import Coverage, coverage_of
from app.teaching.defective_parts import Defective, DefectiveParts
from app.teaching.draft import DraftPlace
from app.teaching.good_parts import GoodParts, PictureRefused
from app.teaching.traits import Traits, traits_of
from app.ui import images

_THUMB_SIDE = 120


@dataclass(frozen=True, slots=True, eq=False)
class Thumb:
    """A collected picture at the size of the list.

    Attributes:
        file: Where it lies.
        image: Small picture.
        is_marked: Whether a defect was painted on it.
    """

    file: Path
    image: QImage
    is_marked: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """All that was collected.

    Attributes:
        good: Good parts in order.
        defective: Defective parts in order.
        unusable: Pictures of good parts that cannot be used as it is drawn now.
        coverage: What the good ones cover.
        message: What came of the last wish, one sentence; "" for nothing to say.
        was_refused: Whether it was refused.
        mask_wanted: Defective part that was just kept; None otherwise.
        picture: Its picture; None otherwise.
    """

    good: tuple[Thumb, ...]
    defective: tuple[Thumb, ...]
    unusable: tuple[Path, ...]
    coverage: Coverage
    message: str = ""
    was_refused: bool = False
    mask_wanted: Defective | None = None
    picture: Image | None = None


class PictureDesk(QObject):
    """One wish at a time; a second one meanwhile is not taken.

    Signals:
        changed: A wish was granted or refused. arg: `Collected`.
        failed: It could not be done. arg: one sentence.
        busy_changed: Whether a wish is being worked on.
    """

    changed = pyqtSignal(object)
    failed = pyqtSignal(str)
    busy_changed = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._good: GoodParts | None = None
        self._defective: DefectiveParts | None = None
        self._thumbs: dict[tuple[Path, int], QImage] = {}
        self._has_anchor = False
        self._busy = False

    @property
    def is_busy(self) -> bool:
        """Whether a wish is being worked on."""
        return self._busy

    def load(self, place: DraftPlace, recipe: Recipe, reference: Image | None) -> None:
        """Read what lies on the disk, as the recipe cuts it now."""
        self._has_anchor = recipe.anchor is not None

        def work() -> Collected:
            self._good = GoodParts(place.good, recipe, _traits(reference, recipe))
            self._defective = DefectiveParts(place.defective)
            self._good.load()
            return self._collected()

        self._run(work)

    def take_good(self, image: Image) -> None:
        """Keep a good part, or say why not."""

        def work() -> Collected:
            assert self._good is not None
            try:
                kept = self._good.add(image)
            except PictureRefused as refusal:
                return self._collected(str(refusal), was_refused=True)
            self._remember(kept.file, image)
            return self._collected(tr("Kept: picture {n}.").format(n=len(self._good.kept)))

        if self._good is not None:
            self._run(work)

    def take_defective(self, image: Image) -> None:
        """Keep a defective part; its mask is wanted next."""

        def work() -> Collected:
            assert self._defective is not None
            kept = self._defective.add(image)
            self._remember(kept.file, image)
            return self._collected(mask_wanted=kept, picture=image)

        if self._defective is not None:
            self._run(work)

    def open_mask(self, file: Path) -> None:
        """Read a defective part, to paint its mask anew."""

        def work() -> Collected:
            assert self._defective is not None
            found = next(one for one in self._defective.load() if one.file == file)
            return self._collected(mask_wanted=found, picture=read_picture(file))

        self._run(work)

    def set_mask(self, file: Path, mask: tuple[Polygon, ...]) -> None:
        """Keep the mask of a defective part."""

        def work() -> Collected:
            assert self._defective is not None
            self._defective.set_mask(file, mask)
            return self._collected(tr("Kept with its defect."))

        self._run(work)

    def remove(self, file: Path) -> None:
        """Forget a picture, good or defective."""

        def work() -> Collected:
            assert self._good is not None
            assert self._defective is not None
            owner = self._good if any(one.file == file for one in self._good.kept) else None
            (owner or self._defective).remove(file)
            return self._collected(tr("Removed."))

        self._run(work)

    def remove_unusable(self) -> None:
        """Forget the good pictures that cannot be used."""

        def work() -> Collected:
            assert self._good is not None
            for file in self._good.unusable:
                self._good.remove(file)
            return self._collected(tr("Removed."))

        self._run(work)

    # -- the rest ------------------------------------------------------------------------

    def _run(self, work: Callable[[], Collected]) -> None:
        if self._busy:
            return
        self._busy = True
        self.busy_changed.emit()
        tasks.run(work, self._on_done, self._on_failed)

    def _on_done(self, found: Collected) -> None:
        self._busy = False
        self.busy_changed.emit()
        self.changed.emit(found)

    def _on_failed(self, error: Exception) -> None:
        self._busy = False
        self.busy_changed.emit()
        self.failed.emit(sentence_of(error))

    def _collected(
        self,
        message: str = "",
        *,
        was_refused: bool = False,
        mask_wanted: Defective | None = None,
        picture: Image | None = None,
    ) -> Collected:
        assert self._good is not None
        assert self._defective is not None
        kept = self._good.kept
        return Collected(
            tuple(Thumb(one.file, self._thumb(one.file)) for one in kept),
            tuple(
                Thumb(one.file, self._thumb(one.file), one.mask is not None)
                for one in self._defective.load()
            ),
            self._good.unusable,
            coverage_of([one.traits for one in kept], has_anchor=self._has_anchor),
            message,
            was_refused,
            mask_wanted,
            picture,
        )

    def _thumb(self, file: Path) -> QImage:
        key = _key(file)
        if key not in self._thumbs:
            try:
                self._remember(file, read_picture(file))
            except ExpectedError:
                return QImage()
        return self._thumbs[key]

    def _remember(self, file: Path, image: Image) -> None:
        self._thumbs[_key(file)] = images.base_image(pyramid(image, _THUMB_SIDE)[-1])


def _key(file: Path) -> tuple[Path, int]:
    try:
        return file, file.stat().st_mtime_ns
    except OSError:
        return file, 0


def _traits(reference: Image | None, recipe: Recipe) -> Traits | None:
    if reference is None:
        return None
    try:
        return traits_of(reference, cut(reference, recipe))
    except ExpectedError:
        return None
