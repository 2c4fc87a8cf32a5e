"""The screens one behind the other, with the bar that leads to them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import QShortcut, QStackedWidget, QVBoxLayout, QWidget

from app.ui.pages import LIVE, pages_for
from app.ui.qa_desk import QaDesk
from app.ui.screens.page import Page
from app.ui.widgets.page_bar import PageBar


class PageStack(QWidget):
    """Holds the live screen, if there is one, and the pages; builds a page when first shown.

    Signals:
        shown: Another screen is shown. arg: its key.
    """

    shown = pyqtSignal(str)

    def __init__(self, desk: QaDesk | None, live: QWidget | None, parent: QWidget) -> None:
        """Build the stack.

        Args:
            desk: What the pages work with; None for the live screen alone, without a bar.
            live: The live screen; None on an office PC.
            parent: Window that it belongs to.
        """
        super().__init__(parent)
        self._desk = desk
        self._scale = 1.0
        self._pages: dict[str, Page] = {}
        self._live = live
        self._infos = pages_for(has_station=live is not None)
        self._stack = QStackedWidget()
        self.bar = PageBar(self._names())
        self.bar.setVisible(desk is not None)
        self.bar.chosen.connect(self.show_page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._stack, 1)
        self.key = ""
        if live is not None:
            self._stack.addWidget(live)
            self.key = LIVE[0]
            self.bar.show_page(self.key)
        if desk is not None:
            self._add_shortcuts()

    @property
    def page(self) -> Page | None:
        """The page that is shown; None while the live screen is."""
        return self._pages.get(self.key)

    @pyqtSlot(str)
    def show_page(self, key: str) -> None:
        """Show a screen; its first time it is built.

        Args:
            key: "live", or the key of one of `app.ui.pages.PAGES`.
        """
        if key == self.key:
            return
        if self.page is not None:
            self.page.left()
        self.key = key
        shown = self._live if key == LIVE[0] else self._built(key)
        if shown is None:
            return
        self._stack.setCurrentWidget(shown)
        self.bar.show_page(key)
        shown.setFocus()
        self.shown.emit(key)
        if isinstance(shown, Page):
            shown.entered()

    def set_scale(self, scale: float) -> None:
        """Fit letters and targets of all pages to the window's size."""
        self._scale = scale
        for page in self._pages.values():
            page.set_scale(scale)

    def leave(self) -> None:
        """Let the page that is shown rest; for the end of the program."""
        if self.page is not None:
            self.page.left()

    def _built(self, key: str) -> Page | None:
        if key not in self._pages and self._desk is not None:
            build = next(info.build for info in self._infos if info.key == key)
            page = build(self._desk, self)
            page.set_scale(self._scale)
            page.parts_wanted.connect(self._on_parts_wanted)
            self._pages[key] = page
            self._stack.addWidget(page)
        return self._pages.get(key)

    @pyqtSlot(object)
    def _on_parts_wanted(self, record_ids: Sequence[str]) -> None:
        self.show_page("review")
        if self.page is not None:
            self.page.show_parts(record_ids)

    def _names(self) -> list[tuple[str, str, str]]:
        names = [(page.key, page.text, page.shortcut) for page in self._infos]
        return [LIVE, *names] if self._live is not None else names

    def _add_shortcuts(self) -> None:
        for key, _, shortcut in self._names():
            QShortcut(shortcut, self).activated.connect(partial(self.show_page, key))
