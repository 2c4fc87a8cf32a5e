"""Models: the checkpoints, a candidate beside the one in force, and training."""

from __future__ import annotations

from app.i18n import tr
from app.ui.screens.page import Page


class ModelsPage(Page):
    """What judges the parts, and what could."""

    def title(self) -> str:
        """Return its name on the bar."""
        return tr("Models")
