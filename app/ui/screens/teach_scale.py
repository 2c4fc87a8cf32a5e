"""Fourth step, which may be left out: how large a pixel is."""

from __future__ import annotations

from PyQt5.QtCore import QSignalBlocker
from PyQt5.QtWidgets import QCheckBox, QDoubleSpinBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.screens.teach_drawing import DrawingStep
from app.ui.screens.teach_state import TeachState
from app.ui.widgets.frame_editor import Tool

_TILE_MM = 20.0


class ScaleStep(DrawingStep):
    """A line of known length; tiles of one size for large parts and webs."""

    def __init__(self, state: TeachState, parent: QWidget | None = None) -> None:
        super().__init__(state, (Tool.LOOK, Tool.SCALE), Tool.SCALE, parent)
        self.summary, self.tiles, self.tile_mm = QLabel(), QCheckBox(), QDoubleSpinBox()
        self.summary.setWordWrap(True)
        self.tile_mm.setRange(0.1, 10_000)
        self.tile_mm.setDecimals(1)
        self.tile_mm.setValue(_TILE_MM)
        self.tile_mm.setSuffix(" mm")
        self.tile_mm.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.tile_mm.setFixedWidth(110)
        self.tiles.toggled.connect(self._on_tiles)
        self.tile_mm.editingFinished.connect(self._on_tiles)
        state.changed.connect(self._show_summary)
        row = QHBoxLayout()
        row.addWidget(self.summary, 1)
        row.addWidget(self.tiles)
        row.addWidget(self.tile_mm)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.editor, 1)
        rows.addLayout(row)
        self.setFocusProxy(self.editor)
        self.retranslate()

    def heading(self) -> str:
        """Return what is to be done here."""
        return tr(
            "Draw a line along something of known length, so that sizes are told in millimetres."
        )

    def entered(self) -> None:
        """Show what is known."""
        super().entered()
        self._show_summary()

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.tiles.setText(tr("Large part or web: judge in tiles of"))
        self.tiles.setToolTip(
            tr("A hole then has the same size in every tile; small parts do not need it.")
        )
        self.tile_mm.setAccessibleName(tr("Side of a tile, mm"))
        self._show_summary()

    def _on_tiles(self) -> None:
        recipe = self.state.recipe
        on = self.tiles.isChecked() and recipe.mm_per_px is not None
        tile = self.tile_mm.value() if on else None
        self.state.change_recipe(recipe.model_copy(update={"tile_mm": tile}))

    def _show_summary(self) -> None:
        recipe, scale = self.state.recipe, self.state.recipe.mm_per_px
        with QSignalBlocker(self.tiles), QSignalBlocker(self.tile_mm):
            self.tiles.setChecked(recipe.tile_mm is not None)
            if recipe.tile_mm is not None:
                self.tile_mm.setValue(recipe.tile_mm)
        self.tiles.setEnabled(scale is not None)
        self.tile_mm.setEnabled(recipe.tile_mm is not None)
        if scale is None:
            self.summary.setText(tr("Without a scale, sizes are told in pixels."))
            return
        text = tr("One pixel shows {scale} mm.").format(scale=f"{scale:.4g}")
        if self.state.reference is not None:
            height, width = self.state.reference.shape[:2]
            size = tr("The picture is {width} × {height} mm.")
            text += " " + size.format(width=f"{width * scale:.4g}", height=f"{height * scale:.4g}")
        self.summary.setText(text)
