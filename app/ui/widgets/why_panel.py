"""Why: the suspicious place beside the nearest normal one."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QRectF, QSize, Qt, QTimer
from PyQt5.QtGui import QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PyQt5.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app import log
from app.errors import ExpectedError
from app.i18n import N_, tr
from app.inspection.record import InspectionRecord
from app.station import tasks
from app.ui import images, theme
from app.ui.qa_desk import QaDesk
from model.errors import ModelError
from model.types import NearestNormal

_PAUSE_MS = 150
_SMALLEST = 96
_CAPTION_PX = 28

LOOKING = N_("Looking for the nearest normal place …")
NO_PART = N_("No part is chosen.")
NO_REGION = N_("The machine marked nothing on this part.")
NO_PICTURE = N_("No picture of this part was kept.")
NO_BANK = N_("This checkpoint holds no normal pictures to compare with.")


class PatchPicture(QWidget):
    """A cut-out with a frame around the patch that was compared, and its caption below."""

    def __init__(self) -> None:
        super().__init__()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setSizePolicy(policy)
        # Small, so that one above the other never keeps a window from becoming lower.
        self.setMinimumSize(_SMALLEST, _SMALLEST // 3)
        self._image: QImage | None = None
        self._spot = QRectF()
        self._side = 200

    @property
    def is_empty(self) -> bool:
        """Whether nothing is shown."""
        return self._image is None

    def show_patch(self, image: QImage | None, spot: tuple[int, int, int, int]) -> None:
        """Show a square cut-out; `spot` is (x, y, width, height) pixels of it."""
        self._image, self._spot = image, QRectF(*spot)
        self.update()

    def sizeHint(self) -> QSize:
        """Prefer the side that there is room for."""
        return QSize(_SMALLEST, self._side)

    def set_side(self, side: int) -> None:
        """Prefer to be so high, pixels; it can always be made smaller."""
        if side != self._side:
            self._side = side
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the cut-out as large as fits, with the frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        side = min(self.width(), self.height())
        target = QRectF((self.width() - side) / 2, 0, side, side)
        painter.fillRect(target, theme.colour("ground"))
        if self._image is not None:
            painter.drawImage(target, self._image)
            factor = side / self._image.width()
            spot = QRectF(
                target.left() + self._spot.left() * factor,
                target.top() + self._spot.top() * factor,
                self._spot.width() * factor,
                self._spot.height() * factor,
            )
            for ink, width in ((Qt.GlobalColor.black, 4.0), (Qt.GlobalColor.white, 1.8)):
                painter.setPen(QPen(ink, width))
                painter.drawRect(spot)
        painter.end()


class WhyPanel(QWidget):
    """Shows a region of a part beside what the nearest normal part looks like there.

    Nothing is computed while it is hidden, nor for parts that are passed over quickly.

    Args:
        desk: Its `why` explains; its evidence has the pictures.
        parent: Window that it belongs to.
    """

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._record: InspectionRecord | None = None
        self._region = 0
        self._found: NearestNormal | None = None
        self._text = NO_PART  # a source text
        self._problem = ""  # a sentence in the language in use
        self._asked, self._is_busy = 0, False
        self.suspicious, self.normal = PatchPicture(), PatchPicture()
        self._captions = (QLabel(), QLabel())
        self._pictures = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self._build()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self.retranslate()

    @property
    def regions(self) -> int:
        """Regions of the part that is shown."""
        return 0 if self._record is None else len(self._record.decision.regions)

    def show_record(self, record: InspectionRecord | None, region: int = 0) -> None:
        """Explain a region of a part, the largest unless another number is given."""
        self._record, self._region, self._found = record, region, None
        self._asked += 1
        self._problem = ""
        self._pause.stop()
        self._text = self._obstacle(record)
        if not self._text:
            self._text = LOOKING
            if self.isVisible():
                self._pause.start()
        self.retranslate()

    def show_next_region(self) -> None:
        """Explain the next region of the same part."""
        if self.regions > 1:
            self.show_record(self._record, (self._region + 1) % self.regions)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self._captions[0].setText(tr("Suspicious"))
        self._captions[1].setText(tr("Nearest normal"))
        found = self._found
        self.sentence.setText(self._problem or (_told(found) if found else tr(self._text)))
        for picture in (self.suspicious, self.normal):
            picture.show_patch(None, (0, 0, 0, 0))
        if found is not None:
            self.suspicious.show_patch(images.base_image(found.suspicious), found.suspicious_spot)
            self.normal.show_patch(images.base_image(found.normal), found.normal_spot)

    def event(self, event: QEvent | None) -> bool:
        """Begin to look when the panel comes into sight."""
        if event is not None and event.type() == QEvent.Type.Show and self._text == LOOKING:
            self._pause.start()
        return bool(super().event(event))

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Put the pictures side by side, or one above the other where that makes them larger."""
        super().resizeEvent(event)
        words = self.sentence.heightForWidth(self.width()) + 2 * _CAPTION_PX
        beside = min((self.width() - 8) // 2, self.height() - words)
        above = min(self.width(), (self.height() - words - _CAPTION_PX) // 2)
        directions = QBoxLayout.Direction
        is_tall = above > beside
        self._pictures.setDirection(directions.TopToBottom if is_tall else directions.LeftToRight)
        side = max(_SMALLEST, above if is_tall else beside)
        for picture in (self.suspicious, self.normal):
            picture.set_side(side)

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _obstacle(self, record: InspectionRecord | None) -> str:
        """Return why nothing can be shown, as a source text; "" if it can."""
        if record is None:
            return NO_PART
        if not self._region < len(record.decision.regions):
            return NO_REGION
        if record.evidence is None:
            return NO_PICTURE
        return "" if self._desk.why is not None else NO_BANK

    def _look(self) -> None:
        """Ask for the newest part; while an answer is awaited nothing else is asked."""
        record, why, evidence = self._record, self._desk.why, self._desk.evidence
        if self._is_busy or record is None or why is None or record.evidence is None:
            return
        kept, region, asked = record.evidence, self._region, self._asked
        self._is_busy = True
        tasks.run(
            lambda: why.explain(record, evidence.load_image(kept), region),
            lambda found: self._on_found(asked, found),
            lambda error: self._on_failed(asked, error),
        )

    def _on_found(self, asked: int, found: NearestNormal | None) -> None:
        if self._is_current(asked):
            self._found, self._text = found, "" if found else NO_BANK
            self.retranslate()

    def _on_failed(self, asked: int, error: Exception) -> None:
        if not isinstance(error, ExpectedError | ModelError):
            log.ui.error("why a part is suspicious cannot be told", exc_info=error)
            error = ExpectedError(tr("It failed because of a fault of the program; see the log."))
        if self._is_current(asked):
            self._problem, self._text = str(error), ""
            self.retranslate()

    def _is_current(self, asked: int) -> bool:
        """Tell whether an answer is still wanted; if not, ask for what is."""
        self._is_busy = False
        if asked == self._asked:
            return True
        if self._text == LOOKING and self.isVisible():
            self._pause.start()
        return False

    def _build(self) -> None:
        self._pictures.setSpacing(8)
        for picture, caption in zip((self.suspicious, self.normal), self._captions, strict=True):
            column = QVBoxLayout()
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            caption.setProperty("role", "faint")
            column.addWidget(caption)
            column.addWidget(picture)
            self._pictures.addLayout(column, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addLayout(self._pictures)
        rows.addWidget(self.sentence)
        rows.addStretch(1)


def _told(found: NearestNormal) -> str:
    """Return what the comparison says, in one sentence."""
    if found.typical > 0:
        return tr(
            "{times} times as far from normal as good parts usually are at this place; nearest "
            "is normal picture {number} ({name})."
        ).format(
            times=f"{found.distance / found.typical:.1f}", number=found.number, name=found.name
        )
    return tr("Nearest is normal picture {number} ({name}).").format(
        number=found.number, name=found.name
    )
