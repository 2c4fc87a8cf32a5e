"""Fifth step: collect good parts from the live line with one key, and defective ones if any."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PyQt5.QtCore import Qt, pyqtSlot
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QShortcut,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.camera.frame import Frame
from app.i18n import tr
from app.inspection.review import Polygon
from app.station import tasks
from app.station.messages import sentence_of
from app.ui import images
from app.ui.screens.teach_pictures import Collected, PictureDesk
from app.ui.screens.teach_seeking import Sought, seek
from app.ui.screens.teach_state import TeachState
from app.ui.screens.teach_step import TeachStep
from app.ui.widgets.key_button import KeyButton
from app.ui.widgets.mask_editor import MaskEditor
from app.ui.widgets.panel import panel
from app.ui.widgets.teach_coverage import TeachCoverage
from app.ui.widgets.teach_gallery import TeachGallery
from app.ui.widgets.teach_outlines import DrawnLayer
from app.ui.widgets.zoom_view import ZoomPicture, ZoomView


class CollectStep(TeachStep):
    """The live picture with one key at the left, what was seen so far at the right."""

    needs_frames = True

    def __init__(self, state: TeachState, parent: QWidget | None = None) -> None:
        super().__init__(state, parent)
        self.pictures = PictureDesk(self)
        self.live, self.canvas_view, self.views = ZoomView(), ZoomView(), QStackedWidget()
        self.drawn = DrawnLayer()
        self.live.add_layer(self.drawn)
        self.editor = MaskEditor(self.canvas_view)
        self.answer = QLabel()
        self.good_button, self.defective_button = KeyButton("Space"), KeyButton("D")
        self.coverage, self.tabs = TeachCoverage(), QTabWidget()
        self.good, self.defective = TeachGallery(), TeachGallery()
        self.remove_button, self.clear_button = QPushButton(), QPushButton()
        self._newest: Frame | None = None
        self._collected: Collected | None = None
        self._masked: Path | None = None
        self._seeking = False
        self._build()
        self._connect()
        self.retranslate()

    def heading(self) -> str:
        """Return what is to be done here."""
        if self.editor.is_active:
            return tr("Paint over the defect, then use the mask.")
        return tr("Put one good part after the other under the camera and press Space.")

    def lack(self) -> str:
        """Return why one cannot go on yet."""
        return tr("Finish the mask first.") if self.editor.is_active else ""

    def entered(self) -> None:
        """Read what lies on the disk and watch the camera."""
        self._newest = None
        self.answer.setText(tr("Space keeps the picture that you see."))
        self.drawn.show(self.state.recipe)
        self.live.show_picture(None, tr("Waiting for a picture of the camera …"))
        self.pictures.load(self.state.place, self.state.recipe, self.state.reference)
        self.state.feed.arrived.connect(self._on_arrived)
        self.state.feed.failed.connect(self.said)
        self.setFocus()

    def left(self) -> None:
        """Watch no longer."""
        self.editor.cancel()
        self.state.feed.arrived.disconnect(self._on_arrived)
        self.state.feed.failed.disconnect(self.said)

    def set_scale(self, scale: float) -> None:
        """Fit lists and drawing to the window's size."""
        self._side.setFixedWidth(round(400 * scale))
        for part in (self.coverage, self.good, self.defective):
            part.set_scale(scale)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.good_button.set_label(tr("Good part"), tr("Keep this picture as a good part"))
        self.defective_button.set_label(
            tr("Defective part"), tr("Keep this picture as a defective part and paint its defect")
        )
        self.remove_button.setText(tr("Remove"))
        self.remove_button.setToolTip(tr("Remove the selected picture (Delete)"))
        self.coverage.retranslate()
        self._show_lists()

    # -- frames --------------------------------------------------------------------------

    @pyqtSlot()
    def _on_arrived(self) -> None:
        frame = self.state.feed.take()
        if frame is None:
            return
        anchor, image = self.state.recipe.anchor, frame.image
        if self.editor.is_active or self._seeking:
            return
        if anchor is None:
            self._show_live(frame)
            return
        self._seeking = True
        tasks.run(
            lambda: seek(image, anchor), partial(self._on_sought, frame), self._on_seeking_failed
        )

    def _on_sought(self, frame: Frame, found: Sought) -> None:
        """Show the frame with the drawing where the part lies; without it where it is lost."""
        self._seeking = False
        recipe = self.state.recipe if found.placement is not None else None
        self.drawn.show(recipe, found.to_frame)
        self._show_live(frame)

    def _on_seeking_failed(self, error: Exception) -> None:
        self._seeking = False
        self.said.emit(sentence_of(error))

    def _show_live(self, frame: Frame) -> None:
        """Show a frame; it is the one that a key keeps."""
        self._newest = frame
        self.live.show_picture(ZoomPicture((images.base_image(frame.image),)))
        self._show_keys()

    @pyqtSlot()
    def take_good(self) -> None:
        """Keep the newest frame as a good part."""
        if self.good_button.isEnabled() and self._newest is not None:
            self.pictures.take_good(self._newest.image)

    @pyqtSlot()
    def take_defective(self) -> None:
        """Keep the newest frame as a defective part."""
        if self.defective_button.isEnabled() and self._newest is not None:
            self.pictures.take_defective(self._newest.image)

    # -- pictures ------------------------------------------------------------------------

    @pyqtSlot(object)
    def _on_changed(self, found: Collected) -> None:
        self._collected = found
        self.answer.setText(_with_sign(found))
        self.answer.setAccessibleName(found.message)
        self.coverage.show_coverage(found.coverage)
        marked = sum(one.is_marked for one in found.defective)
        self.state.set_counts(len(found.good), len(found.defective), marked)
        self._show_lists()
        if found.mask_wanted is not None and found.picture is not None:
            self._begin_mask(found)

    def _begin_mask(self, found: Collected) -> None:
        assert found.mask_wanted is not None
        assert found.picture is not None
        self._masked = found.mask_wanted.file
        self.tabs.setCurrentIndex(1)
        self.canvas_view.show_picture(ZoomPicture((images.base_image(found.picture),)))
        self.canvas_view.fit()
        self.views.setCurrentWidget(self._mask_page)
        height, width = found.picture.shape[:2]
        self.editor.begin_on(width, height, found.mask_wanted.mask)
        self.editor.act("brush")
        self._show_keys()
        self.lacking.emit()

    @pyqtSlot(object)
    def _on_mask_done(self, mask: tuple[Polygon, ...]) -> None:
        if self._masked is not None and mask:
            self.pictures.set_mask(self._masked, mask)
        self._end_mask()

    @pyqtSlot()
    def _end_mask(self) -> None:
        self._masked = None
        self.views.setCurrentWidget(self.live)
        self.setFocus()
        self._show_keys()
        self.lacking.emit()

    @pyqtSlot()
    def _on_remove(self) -> None:
        gallery = self.good if self.tabs.currentIndex() == 0 else self.defective
        if gallery.file is not None and not self.editor.is_active:
            self.pictures.remove(gallery.file)

    @pyqtSlot(object)
    def _on_defective_picked(self, file: Path) -> None:
        if not self.editor.is_active:
            self.pictures.open_mask(file)

    # -- the rest ------------------------------------------------------------------------

    def _build(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.answer.setProperty("role", "large")
        self.answer.setWordWrap(True)
        self.answer.setMinimumHeight(44)
        for name in ("machine", "nothing"):
            self.editor.buttons[name].hide()
        self._mask_page = QWidget()
        mask = QVBoxLayout(self._mask_page)
        mask.setContentsMargins(0, 0, 0, 0)
        mask.addWidget(self.editor)
        mask.addWidget(self.canvas_view, 1)
        self.views.addWidget(self.live)
        self.views.addWidget(self._mask_page)
        keys = QHBoxLayout()
        for button in (self.good_button, self.defective_button):
            button.setProperty("target", "large")
            keys.addWidget(button, 1)
        left = QVBoxLayout()
        left.addWidget(self.answer)
        left.addWidget(self.views, 1)
        left.addLayout(keys)
        self._side = QWidget()
        self._build_side()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(left, 1)
        row.addWidget(self._side)

    def _build_side(self) -> None:
        for gallery in (self.good, self.defective):
            self.tabs.addTab(gallery, "")
        self.clear_button.setAutoDefault(False)
        self.remove_button.setAutoDefault(False)
        row = QHBoxLayout()
        row.addWidget(self.remove_button)
        row.addWidget(self.clear_button, 1)
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel(self.coverage))
        column.addWidget(self.tabs, 1)
        column.addLayout(row)

    def _connect(self) -> None:
        self.pictures.changed.connect(self._on_changed)
        self.pictures.failed.connect(self.said)
        self.pictures.busy_changed.connect(self._show_keys)
        self.good_button.clicked.connect(self.take_good)
        self.defective_button.clicked.connect(self.take_defective)
        self.remove_button.clicked.connect(self._on_remove)
        self.clear_button.clicked.connect(self.pictures.remove_unusable)
        self.defective.picked.connect(self._on_defective_picked)
        self.editor.done.connect(self._on_mask_done)
        self.editor.cancelled.connect(self._end_mask)
        self._shortcuts = []
        for key, slot in (
            (Qt.Key.Key_Space, self.take_good),
            (Qt.Key.Key_D, self.take_defective),
            (Qt.Key.Key_Delete, self._on_remove),
        ):
            shortcut = QShortcut(key, self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(slot)
            self._shortcuts.append(shortcut)

    @pyqtSlot()
    def _show_keys(self) -> None:
        # a press that could not be taken now must not be lost without a sign
        free = not self.editor.is_active and not self.pictures.is_busy
        ready = self._newest is not None and free
        for button in (self.good_button, self.defective_button):
            button.setEnabled(ready)
        for shortcut in self._shortcuts:
            shortcut.setEnabled(not self.editor.is_active)

    def _show_lists(self) -> None:
        found = self._collected
        good, defective = (found.good, found.defective) if found else ((), ())
        self.tabs.setTabText(0, tr("Good ({count})").format(count=len(good)))
        self.tabs.setTabText(1, tr("Defective ({count})").format(count=len(defective)))
        self.good.show_pictures([(one.file, one.image, str(n)) for n, one in enumerate(good, 1)])
        self.defective.show_pictures(
            [
                (one.file, one.image, f"{n} · {tr('marked') if one.is_marked else tr('no mask')}")
                for n, one in enumerate(defective, 1)
            ]
        )
        unusable = len(found.unusable) if found else 0
        text = tr("{count} do not fit the drawing any more: remove them")
        self.clear_button.setText(text.format(count=unusable))
        self.clear_button.setVisible(bool(unusable))


def _with_sign(found: Collected) -> str:
    if not found.message:
        return ""
    return f"✗ {found.message}" if found.was_refused else f"✓ {found.message}"
