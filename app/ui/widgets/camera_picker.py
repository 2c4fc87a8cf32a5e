"""Choose where pictures come from, see them live and set the camera."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QTimer, pyqtSignal, pyqtSlot
from PyQt5.QtGui import QHideEvent, QShowEvent
from PyQt5.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.camera.probing import find_cameras
from app.i18n import N_, tr
from app.inspection.preview import pyramid
from app.inspection.recipe_parts import CameraSettings
from app.station.frame_feed import FrameFeed
from app.ui import images
from app.ui.widgets.camera_fields import CameraFields
from app.ui.widgets.camera_sources import (
    SOURCE_NAMES,
    ComputerPage,
    FilePage,
    NetworkPage,
    PlainPage,
    Search,
    SourceKind,
    SourcePage,
    kind_of,
)
from app.ui.widgets.image_view import ImageView, Picture
from app.ui.widgets.panel import panel

_SHOWN_SIDE = 720
_SETTLE_MS = 500
_LINE = N_("The pictures of the line as it runs now ({address}); the line is not disturbed.")
_DEMO = N_("Made-up parts, to try the program out without a camera.")


class CameraPicker(QWidget):
    """Running line, camera of this computer, network, folder, video or demo; with its picture.

    Frames are taken from the feed only while the widget is seen.

    Args:
        feed: Brings the frames; the caller goes on with it when a camera was chosen.
        parent: Window that it belongs to.
        search: Looks for cameras of this computer; blocks, called on a thread of the pool.

    Signals:
        changed: Another address or other settings were chosen, or frames came or stayed away.
    """

    changed = pyqtSignal()

    def __init__(
        self, feed: FrameFeed, parent: QWidget | None = None, search: Search = find_cameras
    ) -> None:
        super().__init__(parent)
        self.feed = feed
        self.kind = SourceKind.LINE if feed.has_line else SourceKind.COMPUTER
        self.buttons = {kind: QPushButton() for kind in SourceKind}
        self.pages: dict[SourceKind, SourcePage] = {
            SourceKind.LINE: PlainPage(_LINE, lambda: feed.line_address),
            SourceKind.COMPUTER: ComputerPage(self._busy, search),
            SourceKind.NETWORK: NetworkPage(),
            SourceKind.FOLDER: FilePage(SourceKind.FOLDER),
            SourceKind.VIDEO: FilePage(SourceKind.VIDEO),
            SourceKind.DEMO: PlainPage(_DEMO, lambda: "sim:"),
        }
        self.fields, self.picture, self.state = CameraFields(), ImageView(), QLabel()
        self._stack = QStackedWidget()
        self._settings_panel = panel(self.fields)
        self._has_picture = False
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLE_MS)
        self._build()
        self.retranslate()

    @property
    def address(self) -> str:
        """Camera address as a recipe keeps it; "" while none is chosen or it is not right."""
        return self.pages[self.kind].address

    @property
    def settings(self) -> CameraSettings:
        """What is to be set at the camera; only one of this computer can be set."""
        if self.kind is SourceKind.LINE:
            return self.feed.line_settings
        return self.fields.settings if self.kind is SourceKind.COMPUTER else CameraSettings()

    @property
    def has_picture(self) -> bool:
        """Whether frames come from what is chosen."""
        return self._has_picture and not self.feed.problem

    def set_camera(self, address: str, settings: CameraSettings | None = None) -> None:
        """Choose an address and settings, as a recipe has them; "" for the running line."""
        self.fields.set_settings(settings or CameraSettings())
        kind = kind_of(address) if address or self.feed.has_line else SourceKind.COMPUTER
        if address:
            self.pages[kind].set_address(address)
        self.choose(kind)

    def choose(self, kind: SourceKind) -> None:
        """Choose a kind of source and look at it if it is named already."""
        self.kind = kind
        self._stack.setCurrentWidget(self.pages[kind])
        self.pages[kind].retranslate()
        if self.isVisible():
            self.pages[kind].entered()
        self._watch()

    def stop(self) -> None:
        """Watch nothing any more; call it when the widget is left."""
        self._settling.stop()
        self.feed.stop()

    # -- events --------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent | None) -> None:
        """Begin to look."""
        super().showEvent(event)
        self.pages[self.kind].entered()
        self._watch()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Leave what comes from now on to others."""
        super().hideEvent(event)
        self._settling.stop()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        for kind, button in self.buttons.items():
            button.setText(tr(SOURCE_NAMES[kind]))
        for page in self.pages.values():
            page.retranslate()
        self.fields.retranslate()
        self._show_state()

    # -- the rest ------------------------------------------------------------------------

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(6)
        offered = [kind for kind in SourceKind if kind is not SourceKind.LINE or self.feed.has_line]
        for kind, button in self.buttons.items():
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _, kind=kind: self.choose(kind))
            if kind in offered:
                place = offered.index(kind)
                grid.addWidget(button, place // 3, place % 3)
            self._stack.addWidget(self.pages[kind])
            self.pages[kind].chosen.connect(self._watch)
        self.state.setWordWrap(True)
        # The list of cameras gives way, not the fields.
        wide, fixed = QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed
        self._settings_panel.setSizePolicy(wide, fixed)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(grid)
        left.addWidget(panel(self._stack), 1)
        left.addWidget(self._settings_panel)
        right = QVBoxLayout()
        right.addWidget(self.picture, 1)
        right.addWidget(self.state)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addLayout(left, 5)
        row.addLayout(right, 7)
        self.fields.changed.connect(self._settling.start)
        self._settling.timeout.connect(self._watch)
        self.feed.arrived.connect(self._on_arrived)
        self.feed.failed.connect(self._on_news)
        self.feed.healed.connect(self._on_news)

    def _busy(self) -> frozenset[int]:
        """Return the number of the camera that the line has, as a set."""
        address = self.feed.line_address
        number = address.partition(":")[2].partition("?")[0].strip()
        is_index = kind_of(address) is SourceKind.COMPUTER and number.isdecimal()
        return frozenset({int(number)}) if is_index else frozenset()

    @pyqtSlot()
    def _watch(self) -> None:
        """Look at what is chosen now."""
        address = self.address
        watched = "" if self.kind is SourceKind.LINE else address
        if not self.isVisible():
            return
        settings = CameraSettings() if self.kind is SourceKind.LINE else self.settings
        if not address:
            self.feed.stop()
            self._has_picture = False
        elif not self.feed.is_watching or self.feed.watched != (watched, settings):
            self._has_picture = False
            self.picture.show_picture(None)
            self.feed.watch(watched, settings)
        self._on_news()

    @pyqtSlot()
    def _on_arrived(self) -> None:
        if not self.isVisible():
            return
        frame = self.feed.take()
        if frame is None:
            return
        height, width = frame.image.shape[:2]
        self.picture.show_picture(Picture(images.base_image(pyramid(frame.image, _SHOWN_SIDE)[-1])))
        size = tr("Live picture, {width} × {height} px").format(width=width, height=height)
        first, self._has_picture = not self._has_picture, True
        if first:
            self._on_news()
        if not self.feed.problem:
            self.state.setText(" · ".join(filter(None, (size, self.feed.refused))))

    @pyqtSlot()
    def _on_news(self) -> None:
        self._show_state()
        self.changed.emit()

    def _show_state(self) -> None:
        for kind, button in self.buttons.items():
            button.setChecked(kind is self.kind)
        on = self.kind is SourceKind.COMPUTER
        self._settings_panel.setVisible(on)
        self.fields.show_answer(self.feed.answers if on and self._has_picture else None)
        problem = self.feed.problem
        self.picture.set_stale(problem if self._has_picture else "")
        if not self.address:
            self.picture.set_placeholder(N_("Choose a camera"))
            self.state.setText("")
        elif problem:
            # A translated sentence stands for itself.
            self.picture.set_placeholder(problem)
            self.state.setText("")
        elif not self._has_picture:
            self.picture.set_placeholder(N_("Opening the camera…"))
            self.state.setText("")
