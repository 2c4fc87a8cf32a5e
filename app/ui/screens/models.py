"""Models: the checkpoints, a candidate beside the one in force, and training."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import pyqtSlot
from PyQt5.QtGui import QShowEvent
from PyQt5.QtWidgets import QWidget

from app.i18n import tr
from app.ui.qa_desk import QaDesk
from app.ui.screens.models_candidate import Candidate
from app.ui.screens.models_in_force import InForcePart
from app.ui.screens.models_layout import CANDIDATE, LIST, SHADOW, ModelsLayout
from app.ui.screens.models_pictures import PartPictures
from app.ui.screens.models_shadow import ShadowPart
from app.ui.screens.models_shelf import ShelfDesk
from app.ui.screens.page import Page
from app.ui.widgets.checkpoint_table import Roles, shown_name
from app.ui.widgets.training_panel import TrainingPanel


class ModelsPage(Page):
    """What judges the parts, and what could: from the list over a check to the line and back."""

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        layout = self.layout_ = ModelsLayout(self, TrainingPanel(desk, self))
        self.pictures = PartPictures(desk, self)
        self.in_force = InForcePart(desk, layout.bar, self)
        self.shelf = ShelfDesk(desk, layout.list, self)
        self.candidate = Candidate(desk, layout.candidate, self.pictures, self)
        self.shadow = ShadowPart(desk, layout.shadow, self.pictures, self)
        self._connect()
        self.in_force.show()
        self.shadow.show()

    def title(self) -> str:
        """Return its name on the bar."""
        return tr("Models")

    def entered(self) -> None:
        """Read folders and events anew."""
        self.layout_.list.table.setFocus()
        self.in_force.read()
        self.shelf.begin()
        self.shadow.read()

    def left(self) -> None:
        """Wait for nothing; a check or comparison under way goes on."""
        self.shelf.rest()

    def set_scale(self, scale: float) -> None:
        """Fit tables and charts to the window's size."""
        self.layout_.set_scale(scale)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.layout_.retranslate()
        self.pictures.forget_problems()
        self.in_force.show()
        self.shelf.retranslate()
        self.candidate.show()
        self.layout_.shadow.model.forget_problems()
        self.shadow.read()

    def try_candidate(self, path: Path, name: str) -> None:
        """Check a checkpoint and compare it with the one in force on the newest parts."""
        self.layout_.tabs.setCurrentIndex(CANDIDATE)
        self.candidate.begin(path, name)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Take up what has changed while the screen was not seen."""
        super().showEvent(event)
        self.in_force.show()
        self.shadow.show()

    def _connect(self) -> None:
        layout = self.layout_
        layout.list.details.candidate_wanted.connect(self._on_candidate_wanted)
        layout.list.table.doubleClicked.connect(self._on_candidate_wanted)
        layout.candidate.choose_button.clicked.connect(self._on_choose)
        layout.shadow.choose_button.clicked.connect(self._on_choose)
        layout.training.epoch_chosen.connect(self._on_epoch_chosen)
        self.in_force.roles_changed.connect(self._on_roles_changed)
        self.candidate.written.connect(self._on_written)
        self.candidate.shadow_wanted.connect(self._on_shadow_wanted)
        self.candidate.activation_wanted.connect(self._on_activation_wanted)
        self.shadow.titled.connect(self._on_shadow_titled)
        self.shadow.review_wanted.connect(self.parts_wanted)
        if self.desk.station is not None:
            self.desk.station.checkpoint_swapped.connect(self._on_swapped)

    @pyqtSlot()
    def _on_candidate_wanted(self) -> None:
        entry = self.layout_.list.entry
        if entry is not None and entry.info is not None:
            self.try_candidate(entry.path, shown_name(entry))

    @pyqtSlot()
    def _on_choose(self) -> None:
        self.layout_.tabs.setCurrentIndex(LIST)
        self.layout_.list.table.setFocus()

    @pyqtSlot(object)
    def _on_epoch_chosen(self, path: Path) -> None:
        self.try_candidate(path, path.stem)

    @pyqtSlot(object)
    def _on_written(self, path: Path) -> None:
        self.shelf.begin(path)

    @pyqtSlot(object)
    def _on_roles_changed(self, roles: Roles) -> None:
        self.shelf.show_roles(roles)

    @pyqtSlot(object)
    def _on_shadow_wanted(self, path: Path) -> None:
        self.shadow.start(path)
        self.layout_.tabs.setCurrentIndex(SHADOW)

    @pyqtSlot(object, str, str)
    def _on_activation_wanted(self, path: Path, by: str, why: str) -> None:
        if self.desk.station is not None:
            self.desk.station.activate(path, by, why)

    @pyqtSlot(str)
    def _on_shadow_titled(self, title: str) -> None:
        self.layout_.tabs.setTabText(SHADOW, title)

    @pyqtSlot(object)
    def _on_swapped(self, _: object) -> None:
        if self.isVisible():
            self.in_force.read()
