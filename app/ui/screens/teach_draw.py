"""Second step: what is judged and what is not."""

from __future__ import annotations

from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.camera.frame import Frame
from app.i18n import tr, trn
from app.ui.screens.teach_drawing import DrawingStep
from app.ui.screens.teach_state import TeachState
from app.ui.widgets.frame_editor import Tool

_TOOLS = (Tool.LOOK, Tool.RECTANGLE, Tool.POLYGON, Tool.EXCLUSION, Tool.BRUSH)


class DrawStep(DrawingStep):
    """Regions and exclusions on one picture of the camera."""

    def __init__(self, state: TeachState, parent: QWidget | None = None) -> None:
        super().__init__(state, _TOOLS, Tool.RECTANGLE, parent)
        self.picture_button, self.summary = QPushButton(), QLabel()
        self.picture_button.setAutoDefault(False)
        self.summary.setWordWrap(True)
        self.picture_button.clicked.connect(self.take_reference)
        self.picture_button.setEnabled(False)
        state.changed.connect(self._show_summary)
        row = QHBoxLayout()
        row.addWidget(self.picture_button)
        row.addWidget(self.summary, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.editor, 1)
        rows.addLayout(row)
        self.setFocusProxy(self.editor)
        self.retranslate()

    def heading(self) -> str:
        """Return what is to be done here."""
        return tr("Draw around what is to be judged; leave out what varies and does not matter.")

    def came(self, frame: Frame) -> None:
        """Offer the newer picture."""
        self.picture_button.setEnabled(True)

    def left(self) -> None:
        """Watch no longer."""
        super().left()
        self.picture_button.setEnabled(False)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.picture_button.setText(tr("Draw on a newer picture"))
        self._show_summary()

    def _show_summary(self) -> None:
        recipe = self.state.recipe
        count = len(recipe.regions) or int(recipe.region_of_interest is not None)
        if not count:
            text = tr("No region: the whole picture is judged.")
        elif count == 1:
            text = tr("One region is judged.")
        else:
            text = tr("{count} regions are judged, the part by the worst of them.")
        parts = [text.format(count=count)]
        left_out = len(recipe.exclusions)
        if left_out:
            parts.append(
                trn("{count} area is left out.", "{count} areas are left out.", left_out).format(
                    count=left_out
                )
            )
        self.summary.setText(" ".join(parts))
