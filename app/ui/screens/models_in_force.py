"""What judges now: since when, by whom and why; and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import QWidget

from app.i18n import tr
from app.inspection.event import Event
from app.station import tasks
from app.station.messages import sentence_of
from app.station.shadow_status import ShadowState
from app.station.status import StationState, StationStatus
from app.station.swap_status import Swapped, SwapStatus, SwapStep
from app.ui.qa_desk import QaDesk
from app.ui.screens import models_words as words
from app.ui.widgets.checkpoint_bar import InForceBar
from app.ui.widgets.checkpoint_sign_dialog import SignDialog
from app.ui.widgets.checkpoint_table import Roles, short_name

_EVENTS = 200


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the checkpoint in force came from.

    Attributes:
        sha256: Its hash.
        since: Since when it is in force without a break.
        by: Who put it in force, "" if it came with a recipe.
        why: Why.
    """

    sha256: str
    since: datetime
    by: str = ""
    why: str = ""


class InForcePart(QObject):
    """Keeps the line at the top true.

    Signals:
        roles_changed: Another checkpoint is in force, before it, or in shadow. arg: `Roles`.
    """

    roles_changed = pyqtSignal(object)

    def __init__(self, desk: QaDesk, bar: InForceBar, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._bar, self._page = desk, bar, page
        self.origin: Origin | None = None
        self._told: Origin | None = None
        self._roles = Roles()
        self._read_for = ""
        self._problem = ""
        bar.back_button.clicked.connect(self._on_back)
        station = desk.station
        if station is not None:
            station.status_changed.connect(self._on_status_changed)
            station.swapping.changed.connect(self.show)
            station.swapping.refused.connect(self._on_refused)
            station.swapping.done.connect(self._on_done)
            station.shadow.changed.connect(self._show_roles)

    @property
    def roles(self) -> Roles:
        """Which checkpoints have a part on the station now."""
        station = self._desk.station
        if station is None:
            return Roles()
        shadow = station.shadow.status
        watching = shadow.state in (ShadowState.WATCHING, ShadowState.PROMOTING)
        candidate = shadow.candidate if watching else None
        return Roles(station.status().checkpoint, station.previous, candidate)

    def read(self) -> None:
        """Read anew who put the checkpoint in force."""
        self._read_for = ""
        self.show()

    @pyqtSlot()
    def show(self) -> None:
        """Show all anew, in the language in use."""
        station = self._desk.station
        if station is None:
            self._bar.show_sentence(tr("This is an office PC; no line judges here."), "")
            self._bar.back_button.hide()
            return
        status = station.status()
        sha256 = "" if status.checkpoint is None else status.checkpoint.sha256
        # What was heard comes first: it takes a moment until an event is stored.
        heard = (one for one in (self._told, self.origin) if one is not None)
        known = next((one for one in heard if one.sha256 == sha256), None)
        self._bar.show_sentence(
            in_force_words(status), self._problem or origin_words(known, status)
        )
        self._bar.show_news(*swap_words(station.swapping.status, status))
        previous = station.previous
        self._bar.show_previous("" if previous is None else previous.name)
        self._show_roles()
        if sha256 and sha256 != self._read_for:
            self._read_for = sha256
            tasks.run(
                partial(read_origin, self._desk, sha256, status.context.station),
                self._on_read,
                self._on_not_read,
            )

    def ask_roll_back(self) -> SignDialog | None:
        """Ask who takes the checkpoint back and why; None if there is nothing to go back to."""
        station = self._desk.station
        previous = None if station is None else station.previous
        if station is None or previous is None:
            return None
        current = station.status().checkpoint
        facts = words.roll_back_facts(previous.name, "" if current is None else current.name)
        title = tr("Roll back to {name}").format(name=short_name(previous.name))
        dialog = SignDialog(
            title, facts, words.roll_back_reasons(), self._desk.reviewer, self._page
        )
        dialog.signed.connect(station.roll_back)
        dialog.open()
        return dialog

    def _on_back(self) -> None:
        self.ask_roll_back()

    def _show_roles(self) -> None:
        roles = self.roles
        if roles != self._roles:
            self._roles = roles
            self.roles_changed.emit(roles)

    @pyqtSlot(object)
    def _on_status_changed(self, _: StationStatus) -> None:
        # The station tells five times a second; only a screen that is seen has to follow.
        if self._page.isVisible():
            self.show()

    @pyqtSlot(str)
    def _on_refused(self, sentence: str) -> None:
        self._bar.show_news(sentence, alarm=True)

    @pyqtSlot(object)
    def _on_done(self, swapped: Swapped) -> None:
        self._told = Origin(swapped.after.sha256, datetime.now(UTC), swapped.by, swapped.why)
        self.show()

    def _on_read(self, origin: Origin | None) -> None:
        if not sip.isdeleted(self):
            self._problem = ""
            self.origin = origin
            self.show()

    def _on_not_read(self, error: Exception) -> None:
        if not sip.isdeleted(self):
            self._problem = sentence_of(error)
            self.show()


def read_origin(desk: QaDesk, sha256: str, station: str) -> Origin | None:
    """Return since when a checkpoint is in force and who put it there. Blocks.

    Raises:
        StoreError: The database fails.
    """
    events = desk.store.events.find(kinds=("checkpoint",), station=station, limit=_EVENTS)
    return origin_of(events, sha256)


def origin_of(events: Sequence[Event], sha256: str) -> Origin | None:
    """Return where a checkpoint came from.

    Args:
        events: Of the kind "checkpoint", the newest first. One is also told at every start of
            the program; those have no name of a person.
        sha256: Of the checkpoint in force.
    """
    run = []
    for event in events:
        if event.details.get("sha256") != sha256:
            break
        run.append(event)
    if not run:
        return None
    signed = next((event for event in run if event.by), None)
    if signed is None:
        return Origin(sha256, run[-1].at)
    return Origin(sha256, signed.at, signed.by, str(signed.details.get("why", "")))


def in_force_words(status: StationStatus) -> str:
    """Return what judges now, in a sentence."""
    name = "" if status.checkpoint is None else status.checkpoint.name
    if not name:
        if status.fault:
            return tr("▲ Nothing is judged: {fault}").format(fault=status.fault)
        if status.phase is StationState.STARTING:
            return tr("◌ The checkpoint is being loaded; nothing is judged yet.")
        return tr("▲ No checkpoint is loaded: nothing is judged.")
    if status.fault and not status.fault_acknowledged and status.phase is not StationState.RUNNING:
        return tr("▲ {name} is in force, but the line has a fault: {fault}").format(
            name=name, fault=status.fault
        )
    if status.phase is StationState.RUNNING:
        return tr("● {name} judges now").format(name=name)
    return tr("◌ {name} is in force; the line does not judge now").format(name=name)


def origin_words(origin: Origin | None, status: StationStatus) -> str:
    """Return since when, by whom and why."""
    if status.checkpoint is None:
        return ""
    place = tr("Recipe {name}, version {version}.").format(
        name=status.recipe.name, version=status.recipe.version
    )
    if origin is None:
        return place
    since = origin.since.astimezone().strftime("%Y-%m-%d %H:%M")
    if not origin.by:
        return tr("In force since {since} with the recipe.").format(since=since) + " " + place
    text = tr("Put in force by {by} on {since}: {why}.").format(
        by=origin.by, since=since, why=origin.why.rstrip(".") or "–"
    )
    return f"{text} {place}"


def swap_words(swap: SwapStatus, status: StationStatus) -> tuple[str, bool]:
    """Return how a change of checkpoint goes or went, and whether it went wrong."""
    current = "–" if status.checkpoint is None else status.checkpoint.name
    if swap.step is SwapStep.PREPARING:
        text = tr("{name} is loaded and warmed up; {current} judges on …")
    elif swap.step is SwapStep.GOLDEN:
        text = tr("{name} judges the golden samples; {current} judges on …")
    elif swap.step is SwapStep.KEEPING:
        text = tr("{name} is right; the recipe is kept, then it takes over …")
    else:
        return swap.sentence, swap.step is SwapStep.REFUSED
    return text.format(name=swap.name, current=current), False
