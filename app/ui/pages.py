"""The screens behind the live one: one table; a screen is built when it is first shown."""

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
        needs_station: It is of no use on an office PC.
    """

    key: str
    text: str
    shortcut: str
    build: Callable[[QaDesk, QWidget], Page]
    needs_station: bool = False


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


def _products(desk: QaDesk, parent: QWidget) -> Page:
    from app.ui.screens.products import ProductsPage

    return ProductsPage(desk, parent)


def _models(desk: QaDesk, parent: QWidget) -> Page:
    from app.ui.screens.models import ModelsPage

    return ModelsPage(desk, parent)


LIVE = ("live", N_("Live"), "Ctrl+1")

PAGES: tuple[PageInfo, ...] = (
    PageInfo("review", N_("Review"), "Ctrl+2", _review),
    PageInfo("limits", N_("Limits"), "Ctrl+3", _limits),
    PageInfo("health", N_("Machine health"), "Ctrl+4", _health),
    PageInfo("reports", N_("Reports"), "Ctrl+5", _reports),
    PageInfo("products", N_("Products"), "Ctrl+6", _products, needs_station=True),
    PageInfo("models", N_("Models"), "Ctrl+7", _models, needs_station=True),
)


def pages_for(*, has_station: bool) -> tuple[PageInfo, ...]:
    """Return the screens of a station, or of an office PC."""
    return tuple(page for page in PAGES if has_station or not page.needs_station)
