"""The screens of the quality staff: one table; a screen is built when it is first shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PyQt5.QtWidgets import QWidget

from app.i18n import N_
from app.ui.qa_desk import QaDesk
from app.ui.screens.page import Page


@dataclass(frozen=True, slots=True)
class PageInfo:
    """One screen.

    Attributes:
        key: Name in code and on the command line.
        text: On the bar, English source text.
        shortcut: Key sequence that leads there.
        build: Makes it. args: desk, parent. Imports the screen late: plots take half a second
            that the start of the line should not wait for.
    """

    key: str
    text: str
    shortcut: str
    build: Callable[[QaDesk, QWidget], Page]


def _review(desk: QaDesk, parent: QWidget) -> Page:
    from app.ui.screens.review import ReviewPage

    return ReviewPage(desk, parent)


def _limits(desk: QaDesk, parent: QWidget) -> Page:
    from app.ui.screens.limits import LimitsPage

    return LimitsPage(desk, parent)


def _health(desk: QaDesk, parent: QWidget) -> Page:
    from app.ui.screens.health import HealthPage

    return HealthPage(desk, parent)


def _reports(desk: QaDesk, parent: QWidget) -> Page:
    from app.ui.screens.reports import ReportsPage

    return ReportsPage(desk, parent)


LIVE = ("live", N_("Live"), "Ctrl+1")

PAGES: tuple[PageInfo, ...] = (
    PageInfo("review", N_("Review"), "Ctrl+2", _review),
    PageInfo("limits", N_("Limits"), "Ctrl+3", _limits),
    PageInfo("health", N_("Machine health"), "Ctrl+4", _health),
    PageInfo("reports", N_("Reports"), "Ctrl+5", _reports),
)
