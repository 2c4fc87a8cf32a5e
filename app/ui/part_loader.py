"""Parts for the review screen, read ahead on pool threads and kept in bounded memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal

from app import log
from app.errors import ExpectedError, StoreError
from app.i18n import tr
from app.inspection.naming import kinds_of
from app.inspection.record import InspectionRecord
from app.inspection.review import Review
from app.review.dossier import Dossier, load_dossier
from app.station import tasks
from app.ui.qa_desk import QaDesk
from app.ui.stored_preview import stored_bare_picture, stored_picture
from app.ui.widgets.zoom_view import ZoomPicture

_MOST_BYTES = 256_000_000
_MOST_PARTS = 40
# Beside the part on the screen; more would only fight for the processor.
_AT_ONCE = 2


@dataclass(frozen=True, slots=True, eq=False)
class LoadedPart:
    """A part ready to be shown.

    Attributes:
        dossier: Record, reviews and surroundings.
        picture: In full resolution; None if there is none.
        problem: Why there is no picture or no heatmap, "" if all is there.
        kinds: Names of the defects that a reviewer can give.
    """

    dossier: Dossier
    picture: ZoomPicture | None
    problem: str
    kinds: tuple[str, ...]

    @property
    def record(self) -> InspectionRecord:
        """The record."""
        return self.dossier.record


class PartLoader(QObject):
    """Loads what is wanted now and what will be wanted next.

    Signals:
        loaded: A part is there. arg: its record id.
        failed: It cannot be loaded now. args: its record id, a sentence.
    """

    loaded = pyqtSignal(str)
    failed = pyqtSignal(str, str)

    def __init__(self, desk: QaDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._kinds = _Kinds(desk)
        self._parts: OrderedDict[str, LoadedPart] = OrderedDict()
        self._wanted: tuple[str, ...] = ()
        self._under_way: set[str] = set()
        self._stale: set[str] = set()

    def get(self, record_id: str) -> LoadedPart | None:
        """Return a part if it is loaded."""
        part = self._parts.get(record_id)
        if part is not None:
            self._parts.move_to_end(record_id)
        return part

    def want(self, record_ids: Sequence[str]) -> None:
        """Load these, the first one first; what was wanted before and has not begun is dropped."""
        self._wanted = tuple(dict.fromkeys(record_ids))
        self._go_on()

    def forget(self) -> None:
        """Load everything anew when it is wanted again, recipes included."""
        self._parts.clear()
        self._stale |= self._under_way
        self._kinds.forget()

    def put_reviews(self, record_id: str, reviews: Sequence[Review]) -> None:
        """Take newer reviews of a loaded part."""
        part = self._parts.get(record_id)
        if part is not None:
            dossier = replace(part.dossier, reviews=tuple(reviews))
            self._parts[record_id] = replace(part, dossier=dossier)

    def _go_on(self) -> None:
        for place, record_id in enumerate(self._wanted):
            if record_id in self._parts or record_id in self._under_way:
                continue
            if place and len(self._under_way) >= _AT_ONCE:
                return
            self._under_way.add(record_id)
            job = _Load(self._desk, self._kinds, record_id, self)
            tasks.run(job.read, job.done, job.failed)

    def take(self, record_id: str, part: LoadedPart | None) -> None:
        """Keep what was read; None if there is no such record. Called by the job."""
        self._under_way.discard(record_id)
        if record_id in self._stale:
            self._stale.discard(record_id)
        elif part is None:
            self.failed.emit(record_id, tr("This record is no longer in the database."))
        else:
            self._parts[record_id] = part
            self._make_room()
            self.loaded.emit(record_id)
        self._go_on()

    def give_up(self, record_id: str, sentence: str) -> None:
        """Say that a part could not be read. Called by the job."""
        self._under_way.discard(record_id)
        self._stale.discard(record_id)
        # The next ones would most likely fail too; they are wanted again with the next part.
        if self._wanted and self._wanted[0] == record_id:
            self._wanted = ()
        self.failed.emit(record_id, sentence)

    def _make_room(self) -> None:
        """Forget the parts that were not looked at for longest."""
        held = sum(part.picture.bytes_held for part in self._parts.values() if part.picture)
        first = self._wanted[0] if self._wanted else ""
        for record_id in list(self._parts)[:-1]:
            if held <= _MOST_BYTES and len(self._parts) <= _MOST_PARTS:
                return
            if record_id == first:
                continue
            gone = self._parts.pop(record_id)
            held -= gone.picture.bytes_held if gone.picture else 0


class _Kinds:
    """The kinds of defects per recipe; read once, on pool threads."""

    def __init__(self, desk: QaDesk) -> None:
        self._desk = desk
        self._known: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        with self._lock:
            self._known.clear()

    def of(self, record: InspectionRecord) -> tuple[str, ...]:
        """Return the recipe's names, else those of the model's classes. Blocks."""
        with self._lock:
            known = self._known.get(record.recipe)
        if known is None:
            known = self._read(record.recipe)
            with self._lock:
                self._known[record.recipe] = known
        return known or kinds_of(record.class_probabilities)[:9]

    def _read(self, recipe: str) -> tuple[str, ...]:
        try:
            return self._desk.recipes.load(recipe).defect_kinds
        except StoreError:
            raise
        except ExpectedError as error:
            # Records outlive their recipe; they can be reviewed all the same.
            log.ui.info("no defect kinds of recipe %s: %s", recipe, error)
            return ()


class _Load:
    """One reading of a part, on a pool thread."""

    def __init__(self, desk: QaDesk, kinds: _Kinds, record_id: str, loader: PartLoader) -> None:
        self._desk = desk
        self._kinds = kinds
        self._record_id = record_id
        self._loader = loader

    def read(self) -> LoadedPart | None:
        """Return the part; None if the record is gone."""
        dossier = load_dossier(self._desk.store, self._record_id)
        if dossier is None:
            return None
        picture, problem = self._picture(dossier.record)
        return LoadedPart(dossier, picture, problem, self._kinds.of(dossier.record))

    def done(self, part: LoadedPart | None) -> None:
        """Hand it on unless the screen is gone."""
        if not sip.isdeleted(self._loader):
            self._loader.take(self._record_id, part)

    def failed(self, error: Exception) -> None:
        """Say why; a bug is logged."""
        if sip.isdeleted(self._loader):
            return
        if isinstance(error, ExpectedError):
            self._loader.give_up(self._record_id, str(error))
        else:
            log.ui.error("part %s cannot be loaded", self._record_id, exc_info=error)
            self._loader.give_up(self._record_id, tr("The part cannot be shown; see the log."))

    def _picture(self, record: InspectionRecord) -> tuple[ZoomPicture | None, str]:
        evidence = self._desk.evidence
        try:
            return stored_picture(record, evidence), ""
        except StoreError as error:
            problem = str(error)
        try:
            bare = stored_bare_picture(record, evidence)
        except StoreError:
            return None, problem
        return bare, tr("The heatmap of this part is gone or damaged; the picture is right.")
