"""Where everything stands on the models screen."""

from __future__ import annotations

from PyQt5.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.widgets.checkpoint_bar import InForceBar
from app.ui.widgets.checkpoint_list import CheckpointList
from app.ui.widgets.compare_panel import ComparePanel
from app.ui.widgets.shadow_panel import ShadowPanel
from app.ui.widgets.training_panel import TrainingPanel

LIST, CANDIDATE, SHADOW, TRAINING = range(4)


class ModelsLayout:
    """Builds the widgets of the models screen into a page and holds them.

    Args:
        page: The page.
        training: What the tab of the training shows.
    """

    def __init__(self, page: QWidget, training: TrainingPanel) -> None:
        self.bar, self.tabs = InForceBar(), QTabWidget()
        self.list, self.candidate, self.shadow = CheckpointList(), ComparePanel(), ShadowPanel()
        self.training = training
        whole = QVBoxLayout(page)
        whole.setContentsMargins(8, 8, 8, 8)
        whole.setSpacing(8)
        whole.addWidget(self.bar)
        for tab in (self.list, self.candidate, self.shadow, self.training):
            self.tabs.addTab(tab, "")
        self.tabs.setDocumentMode(True)
        whole.addWidget(self.tabs, 1)
        self.retranslate()

    def set_scale(self, scale: float) -> None:
        """Fit the sizes that no style sheet knows."""
        for tab in (self.list, self.candidate, self.shadow, self.training):
            tab.set_scale(scale)

    def retranslate(self) -> None:
        """Set the texts of the layout itself anew; the parts of the screen set the rest."""
        self.tabs.setTabText(LIST, tr("Checkpoints"))
        self.tabs.setTabText(CANDIDATE, tr("Candidate"))
        self.tabs.setTabText(TRAINING, tr("Training"))
        self.list.retranslate()
        self.candidate.retranslate()
        self.shadow.retranslate()
