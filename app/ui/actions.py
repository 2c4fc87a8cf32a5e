"""What a person can do in the window: one table; buttons and shortcuts are built from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QAction, QWidget

from app.i18n import N_, tr
from app.station.machine import NEXT, Request
from app.station.status import StationState, StationStatus
from app.ui import icons


class Commands(Protocol):
    """What the actions ask for; the main window does it."""

    def start(self) -> None:
        """Judge parts."""

    def pause(self) -> None:
        """Judge no more parts, keep the camera open."""

    def stop(self) -> None:
        """Judge no more parts, close the camera."""

    def single_shot(self) -> None:
        """Judge one part."""

    def acknowledge(self) -> None:
        """Say that the fault was seen."""

    def false_call(self) -> None:
        """Say that the newest NG part is good."""

    def show_overlay(self, visible: bool) -> None:
        """Show or hide the heatmap."""

    def show_contours(self, visible: bool) -> None:
        """Show or hide the outlines."""

    def show_full_screen(self, full: bool) -> None:
        """Fill the screen or go back to a window."""

    def change_language(self) -> None:
        """Go on to the next language."""

    def reset_counters(self) -> None:
        """Count from zero."""


@dataclass(frozen=True, slots=True)
class ActionInfo:
    """One action.

    Attributes:
        key: Name in code; also the name of the icon.
        text: On the button, English source text.
        tip: What it does, English source text.
        shortcut: Key sequence.
        run: Does it. args: the commands, whether it is switched on.
        checkable: It stays switched on.
        checked: It starts switched on.
        everywhere: Its shortcut works on every screen; others belong to the live screen.
    """

    key: str
    text: str
    tip: str
    shortcut: str
    run: Callable[[Commands, bool], None]
    checkable: bool = False
    checked: bool = False
    everywhere: bool = False


ACTIONS: tuple[ActionInfo, ...] = (
    ActionInfo(
        "start", N_("Start"), N_("Judge every part"), "F5", lambda c, _: c.start(), everywhere=True
    ),
    ActionInfo(
        "pause",
        N_("Pause"),
        N_("Stop judging, keep the camera"),
        "F6",
        lambda c, _: c.pause(),
        everywhere=True,
    ),
    ActionInfo(
        "stop",
        N_("Stop"),
        N_("Stop judging, close the camera"),
        "F7",
        lambda c, _: c.stop(),
        everywhere=True,
    ),
    ActionInfo(
        "single_shot",
        N_("Single part"),
        N_("Judge the part that is before the camera now"),
        "Space",
        lambda c, _: c.single_shot(),
    ),
    ActionInfo(
        "acknowledge",
        N_("Acknowledge"),
        N_("I have read the fault"),
        "F8",
        lambda c, _: c.acknowledge(),
        everywhere=True,
    ),
    ActionInfo(
        "false_call",
        N_("False call"),
        N_("The newest NG part is good: mark its verdict as wrong"),
        "F9",
        lambda c, _: c.false_call(),
    ),
    ActionInfo(
        "overlay",
        N_("Heatmap"),
        N_("Show where the part differs; nothing is drawn on a typical part"),
        "F2",
        lambda c, on: c.show_overlay(on),
        checkable=True,
        checked=True,
    ),
    ActionInfo(
        "contours",
        N_("Outlines"),
        N_("Show the outline of each defect region"),
        "F3",
        lambda c, on: c.show_contours(on),
        checkable=True,
        checked=True,
    ),
    ActionInfo(
        "full_screen",
        N_("Full screen"),
        N_("Fill the screen"),
        "F11",
        lambda c, on: c.show_full_screen(on),
        checkable=True,
        everywhere=True,
    ),
    ActionInfo(
        "language",
        N_("한국어"),
        N_("Change the language"),
        "Ctrl+L",
        lambda c, _: c.change_language(),
        everywhere=True,
    ),
    ActionInfo(
        "reset",
        N_("Reset counters"),
        N_("Count from zero; stored verdicts stay"),
        "Ctrl+R",
        lambda c, _: c.reset_counters(),
    ),
)

_REQUESTS = {
    "start": Request.START,
    "pause": Request.PAUSE,
    "stop": Request.STOP,
    "single_shot": Request.SINGLE_SHOT,
}


def is_enabled(key: str, status: StationStatus, has_ng: bool = False) -> bool:
    """Return whether an action leads anywhere now.

    Args:
        key: Of the action.
        status: State of the station.
        has_ng: There is an NG part that can be marked.
    """
    if key == "false_call":
        return has_ng
    fault = status.state is StationState.FAULT
    if key == "acknowledge":
        return fault
    request = _REQUESTS.get(key)
    if request is None:
        return True
    if fault and request in (Request.START, Request.SINGLE_SHOT):
        return False
    return (status.phase, request) in NEXT


def build(parent: QWidget, commands: Commands) -> dict[str, QAction]:
    """Return the actions by key, with texts, icons and shortcuts, all working in `parent`."""
    built: dict[str, QAction] = {}
    for info in ACTIONS:
        action = QAction(icons.icon(info.key), "", parent)
        action.setObjectName(info.key)
        action.setShortcut(info.shortcut)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setAutoRepeat(False)
        action.setCheckable(info.checkable)
        action.setChecked(info.checked)
        action.triggered.connect(partial(_run, info, commands))
        parent.addAction(action)
        built[info.key] = action
    retranslate(built)
    return built


def keep_to(live: QWidget, actions: dict[str, QAction], window: QWidget) -> None:
    """Let the shortcuts of the live screen work there alone; the others stay the window's."""
    for info in ACTIONS:
        if not info.everywhere:
            action = actions[info.key]
            window.removeAction(action)
            live.addAction(action)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)


def retranslate(actions: dict[str, QAction]) -> None:
    """Set all texts anew."""
    for info in ACTIONS:
        action = actions[info.key]
        action.setText(tr(info.text))
        action.setToolTip(f"{tr(info.tip)} ({info.shortcut})")


def _run(info: ActionInfo, commands: Commands, checked: bool = False) -> None:
    info.run(commands, checked)
