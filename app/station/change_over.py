"""Another recipe for the running line: every step right, or the old one stays in force."""

from __future__ import annotations

from functools import partial

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal, pyqtSlot

from app import log
from app.errors import AppError
from app.i18n import tr
from app.settings.keeper import SettingsKeeper
from app.settings.recipe_approval import Approvals
from app.station import tasks
from app.station.change_steps import STEPS, Change, Step, Tools
from app.station.messages import sentence_of
from app.station.station import Station
from app.station.status import StationState
from app.station.taking_over import WAIT_S, TakingOver
from app.store.database import Database


class ChangeOver(QObject):
    """Changes the station over to another recipe, all or nothing.

    The steps of `change_steps.STEPS` are done one after the other, those that take time on a
    pool thread while the line judges on. If one fails the recipe in force stays; if the new one
    had taken over already the old one is put back, its camera opened again.

    Signals:
        progressed: A step begins. args: its text, its number from 1, how many there are.
        done: The recipe is in force. arg: the Recipe.
        failed: It is not, the old one stays in force. arg: why, one sentence.

    Args:
        station: The running line.
        store: Recipes and events.
        keeper: The settings: name of the station, whether approvals are required.
        steps: What has to be right, in this order; one has the key "applied".
        wait_s: The line must have a picture of the new camera within this time, seconds.
    """

    progressed = pyqtSignal(str, int, int)
    done = pyqtSignal(object)
    failed = pyqtSignal(str)

    def __init__(
        self,
        station: Station,
        store: Database,
        keeper: SettingsKeeper,
        parent: QObject | None = None,
        *,
        steps: tuple[Step, ...] = STEPS,
        wait_s: float = WAIT_S,
    ) -> None:
        super().__init__(parent)
        self.approvals = Approvals(store, lambda: keeper.settings)
        self._station, self._store, self._keeper = station, store, keeper
        self._steps = steps
        self._change: Change | None = None
        self._number = 0
        self._was_applied = False
        self._sentence = ""
        self._taking = TakingOver(station, wait_s, self)
        self._taking.done.connect(self._next)
        self._taking.failed.connect(self._on_not_taken)
        self._taking.back.connect(self._on_back)

    @property
    def station(self) -> Station:
        """The line that is changed over."""
        return self._station

    @property
    def is_busy(self) -> bool:
        """True while a change is under way."""
        return self._change is not None

    @property
    def wanted(self) -> str:
        """Name of the recipe that is on its way; "" if none is."""
        return self._change.name if self._change else ""

    def begin(self, recipe: str, by: str, how: str = "button", version: int | None = None) -> bool:
        """Begin; returns at once, False if one is under way already.

        Args:
            recipe: Name of the recipe.
            by: Who wants it, "" if nobody gave a name.
            how: "button", "scan" or "command"; it is kept with the event.
            version: Which version; None for the newest that may be used.
        """
        if self._change is not None:
            return False
        station, status = self._station, self._station.status()
        change = Change(
            recipe,
            version,
            by.strip(),
            how,
            status.recipe,
            station.ready,
            station.latest_frame(),
            station.options.every,
        )
        self._change, self._number, self._was_applied, self._sentence = change, 0, False, ""
        if status.phase is StationState.STOPPING:
            self._fail(tr("The line is being stopped; try again in a moment."))
        elif station.swapping.status.is_busy:
            self._fail(tr("A change of checkpoint is under way; wait until it has ended."))
        else:
            log.station.info("change-over to recipe %s begins (%s)", recipe, how)
            self._next()
        return True

    def rest(self) -> None:
        """Forget what is under way; for the exit."""
        self._taking.rest()
        self._change = None

    @pyqtSlot()
    def _next(self) -> None:
        change = self._change
        if change is None:
            return
        if self._number == len(self._steps):
            self._succeed(change)
            return
        step = self._steps[self._number]
        self._number += 1
        self.progressed.emit(tr(step.text), self._number, len(self._steps))
        if step.work is None:
            self._apply(change)
            return
        tools = self._tools()
        tasks.run(
            partial(step.work, tools, change),
            partial(self._on_step_done, change),
            partial(self._on_step_failed, change),
        )

    def _apply(self, change: Change) -> None:
        if self._station.status().recipe is not change.used:
            self._fail(tr("Another recipe or checkpoint was put in force meanwhile; try again."))
            return
        try:
            prepared = change.prepared(self._station.services.make_source)
        except AppError as error:
            self._fail(sentence_of(error))
            return
        self._was_applied = True
        self._taking.begin(change, prepared)

    def _on_step_done(self, change: Change, _: None) -> None:
        if not sip.isdeleted(self) and change is self._change:
            self._next()

    def _on_step_failed(self, change: Change, error: Exception) -> None:
        if sip.isdeleted(self) or change is not self._change:
            return
        if getattr(error, "code", "") == "in-force":
            self._change = None
            self.done.emit(change.used)
            return
        self._fail(sentence_of(error))

    @pyqtSlot(str)
    def _on_not_taken(self, sentence: str) -> None:
        self._fail(sentence)

    def _fail(self, sentence: str) -> None:
        """Say why; first the old recipe gets its camera back if the new one had it already."""
        self._sentence = sentence
        if self._was_applied:
            self._was_applied = False
            self._taking.go_back()
        else:
            self._on_back()

    @pyqtSlot()
    def _on_back(self) -> None:
        change = self._change
        if change is None:
            return
        self._change = None
        kept = tr("Recipe {name} stays in use.").format(name=change.used.name)
        sentence = f"{self._sentence} {kept}"
        log.station.warning("no change-over to recipe %s: %s", change.name, sentence)
        self.failed.emit(sentence)

    def _succeed(self, change: Change) -> None:
        self._change = None
        recipe = change.wanted()
        text = tr("Recipe {name}, version {version}, is in force.")
        self._station.messages.info(text.format(name=recipe.name, version=recipe.version))
        self.done.emit(recipe)

    def _tools(self) -> Tools:
        return Tools(
            self._station.services,
            self._store,
            self.approvals,
            self._keeper.settings.station,
            lambda name, version: self._keeper.change(recipe=name, recipe_version=version),
        )
