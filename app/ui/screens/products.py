"""Products: the recipes, their versions, and the way to a new one."""

from __future__ import annotations

from app.i18n import tr
from app.ui.screens.page import Page


class ProductsPage(Page):
    """What is inspected here, and how."""

    def title(self) -> str:
        """Return its name on the bar."""
        return tr("Products")
