"""Pictures of judged parts for the lists of this screen: small ones, and one large with facts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PyQt5 import sip
from PyQt5.QtCore import QObject, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QImage
from PyQt5.QtWidgets import QWidget

from app import log
from app.errors import StoreError
from app.i18n import tr
from app.station import tasks
from app.station.messages import sentence_of
from app.ui.facts import facts_of
from app.ui.ng_history import picture_of
from app.ui.qa_desk import QaDesk
from app.ui.screens.limits_loading import StoredPart, load_part, load_thumbnail
from app.ui.widgets.fact_list import Facts
from app.ui.widgets.image_view import Picture
from app.ui.widgets.record_dialog import RecordDialog

_KEPT = 300
_SMALL = QSize(220, 180)


class PartPictures(QObject):
    """Reads pictures on pool threads and keeps the small ones for a while.

    Signals:
        read: A small picture is there or will not come. args: key, `QImage` or None, and why
            there is none.
    """

    read = pyqtSignal(str, object, str)

    def __init__(self, desk: QaDesk, page: QWidget) -> None:
        super().__init__(page)
        self._desk = desk
        self._page = page
        self._known: OrderedDict[str, tuple[QImage | None, str]] = OrderedDict()
        self._waiting: set[str] = set()

    def forget_problems(self) -> None:
        """Try again what gave no picture; why it gave none is said in the language in use."""
        known = self._known
        self._known = OrderedDict((key, one) for key, one in known.items() if one[0] is not None)

    def want_part(self, record_id: str, key: str = "") -> None:
        """Read the small picture of a stored part with its heat; `read` follows.

        Args:
            record_id: Which part.
            key: By which `read` tells it; the record's id if left out.
        """
        self._want(key or record_id, partial(load_thumbnail, self._desk, record_id))

    def want_file(self, key: str, file: str) -> None:
        """Read a small picture of an image file; `read` follows."""
        self._want(key, partial(_small_of, file))

    def open_part(self, record_id: str, more: Facts = ()) -> None:
        """Show a stored part large, with further facts above its own."""
        tasks.run(
            partial(load_part, self._desk, record_id),
            partial(self._on_part, tuple(more)),
            self._on_open_failed,
        )

    def open_file(self, file: str, facts: Facts) -> None:
        """Show an image file large."""
        tasks.run(
            partial(_image_of, file), partial(self._on_file, tuple(facts)), self._on_open_failed
        )

    def _want(self, key: str, job: Callable[[], QImage | None]) -> None:
        if key in self._known:
            self.read.emit(key, *self._known[key])
        elif key not in self._waiting:
            self._waiting.add(key)
            tasks.run(job, partial(self._on_read, key), partial(self._on_failed, key))

    def _on_read(self, key: str, image: QImage | None) -> None:
        self._keep(key, image, "" if image is not None else tr("No picture kept"))

    def _on_failed(self, key: str, error: Exception) -> None:
        log.ui.info("no picture of %s: %s", key, error)
        self._keep(key, None, sentence_of(error))

    def _keep(self, key: str, image: QImage | None, problem: str) -> None:
        if sip.isdeleted(self):
            return
        self._waiting.discard(key)
        self._known[key] = (image, problem)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        self.read.emit(key, image, problem)

    def _on_part(self, more: Facts, part: StoredPart | None) -> None:
        if part is None:
            self._on_open_failed(StoreError(tr("This record is no longer in the database.")))
            return
        picture = None if part.preview is None else picture_of(part.preview)
        self._show((*more, *facts_of(part.record)), picture)

    def _on_file(self, facts: Facts, image: QImage) -> None:
        self._show(facts, Picture(image))

    def _on_open_failed(self, error: Exception) -> None:
        self._show((("", sentence_of(error)),), None)

    def _show(self, facts: Facts, picture: Picture | None) -> None:
        if sip.isdeleted(self) or sip.isdeleted(self._page):
            return
        dialog = RecordDialog(facts, picture, self._page)
        window = self._page.window()
        dialog.resize((window or self._page).size() * 0.85)
        dialog.open()


def _image_of(file: str) -> QImage:
    """Read an image file. Blocks.

    Raises:
        StoreError: It is gone or damaged.
    """
    image = QImage(file)
    if image.isNull():
        raise StoreError(tr("The picture {file} cannot be read.").format(file=Path(file).name))
    return image


def _small_of(file: str) -> QImage:
    aspect, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    return _image_of(file).scaled(_SMALL, aspect, smooth)
