"""From limits in hand to a new recipe version, and on to the line."""

from __future__ import annotations

import logging
from functools import partial

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import QWidget

from app.i18n import tr
from app.inspection.recipe import Recipe
from app.settings.limit_change import LimitChange, save_limits
from app.settings.limit_data import LimitData
from app.station import tasks
from app.station.messages import Message, sentence_of
from app.station.status import StationStatus
from app.ui.qa_desk import QaDesk
from app.ui.screens import limits_words as words
from app.ui.screens.limits_layout import LimitsLayout
from app.ui.widgets.save_limits_dialog import SaveLimitsDialog


class LimitSaver(QObject):
    """Asks for name and reason, saves on a pool thread, offers the new version to the line.

    Signals:
        saved: A new version is in the database.
    """

    saved = pyqtSignal()

    def __init__(self, desk: QaDesk, layout: LimitsLayout, page: QWidget) -> None:
        super().__init__(page)
        self._desk = desk
        self._layout = layout
        self._page = page
        self._recipe: Recipe | None = None
        self._is_taken = False
        if desk.station is not None:
            desk.station.status_changed.connect(self._on_status)
            desk.station.messages.posted.connect(self._on_message)
        if desk.change_over is not None:
            desk.change_over.failed.connect(self._on_not_taken)
        layout.use.clicked.connect(self._on_use)

    def ask(
        self, data: LimitData, limit: float, review: float | None, promise: str
    ) -> SaveLimitsDialog:
        """Open the dialog; accepting it saves.

        Args:
            data: The records that the limits were set from.
            limit: NG limit, raw unit.
            review: Review limit; None for no band.
            promise: What is promised of the limit, "" for nothing.
        """
        before = (data.limit, data.review_limit)
        summary = words.change_summary(before, (limit, review), promise)
        dialog = SaveLimitsDialog(summary, self._desk.reviewer, self._page)
        costs = self._layout.costs.costs

        def save() -> None:
            change = LimitChange(
                data.recipe,
                data.checkpoint_sha256,
                limit,
                review,
                dialog.author.text(),
                dialog.reason.text(),
                promise,
                None if costs is None else costs.false_call,
                None if costs is None else costs.escape,
            )
            self._save(change)

        dialog.accepted.connect(save)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def forget(self) -> None:
        """Say nothing more of what was saved: other records are looked at."""
        self._recipe = None

    def show_saved(self) -> None:
        """Show what was saved last, if anything, in the language in use."""
        saved = self._recipe
        if saved is None:
            self._layout.show_saved("", can_use=False)
            return
        running = None if self._desk.station is None else self._desk.station.status().recipe
        on_line = running is not None and running.name == saved.name
        if running is not None and on_line and running.version >= saved.version:
            text = tr("The line judges with version {version} now.")
        elif self._is_taken:
            text = tr("The line takes over version {version} between two parts.")
        else:
            text = tr("Saved as version {version} of recipe {name}.")
        is_open = on_line and running is not None and running.version < saved.version
        self._layout.show_saved(
            text.format(version=saved.version, name=saved.name),
            can_use=is_open and not self._is_taken,
        )

    def _save(self, change: LimitChange) -> None:
        self._layout.save.setEnabled(False)
        tasks.run(
            partial(save_limits, self._desk.store, change, self._desk.keeper.settings.station),
            self._on_saved,
            self._on_failed,
        )

    def _on_saved(self, recipe: Recipe) -> None:
        if not sip.isdeleted(self):
            self._layout.save.setEnabled(True)
            self._recipe, self._is_taken = recipe, False
            self.show_saved()
            self.saved.emit()

    def _on_failed(self, error: Exception) -> None:
        if not sip.isdeleted(self):
            self._layout.save.setEnabled(True)
            self._layout.show_saved(sentence_of(error), can_use=False)

    @pyqtSlot(object)
    def _on_status(self, status: StationStatus) -> None:
        """Say when the line has taken the new version over."""
        saved = self._recipe
        if self._is_taken and saved is not None and status.recipe.version >= saved.version:
            self._is_taken = False
            self.show_saved()

    @pyqtSlot(object)
    def _on_message(self, message: Message) -> None:
        """Say why the line has not taken the new version over."""
        if self._is_taken and message.level >= logging.ERROR:
            self._is_taken = False
            self._layout.show_saved(message.text, can_use=True)

    @pyqtSlot(str)
    def _on_not_taken(self, sentence: str) -> None:
        if self._is_taken:
            self._is_taken = False
            self._layout.show_saved(sentence, can_use=True)

    def _on_use(self) -> None:
        station, saved = self._desk.station, self._recipe
        if station is None or saved is None:
            return
        change = self._desk.change_over
        if change is not None:
            if change.begin(saved.name, self._desk.reviewer, "button", saved.version):
                self._is_taken = True
                self.show_saved()
            return
        # The line may run on another camera than the recipe names, for this run alone.
        camera = station.status().recipe.camera
        station.use_recipe(saved.model_copy(update={"camera": camera}))
        self._is_taken = True
        self.show_saved()
