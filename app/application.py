"""The composition root: makes every part, joins them, and ends them in reverse order."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app import checkpoints, headless, i18n, log, paths
from app.camera.source import FrameSource
from app.camera.uri import source_for
from app.candidates.check_report import CheckReport
from app.candidates.checking import check_in_process
from app.cli_codes import FAULT
from app.errors import StoreError, UsageError
from app.golden.set import GoldenSet
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.jobs.book import JobBook
from app.paths import Home
from app.review.judged_pieces import stored_recipe
from app.review.why import Why
from app.settings.keeper import SettingsKeeper
from app.settings.recipe_approval import Approvals
from app.settings.recipe_start import recipe_to_begin
from app.settings.recipes import RecipeBook
from app.station import crash
from app.station.change_over import ChangeOver
from app.station.command_port import CommandPort
from app.station.drift_watch import DriftWatch
from app.station.event_log import EventLog
from app.station.job_queue import JobQueue
from app.station.preparing import Prepared, prepare
from app.station.remembering import Remembering
from app.station.services import Options, Services
from app.station.shift_clock import ShiftClock, shifts_of
from app.station.station import Station
from app.store.database import Database, open_store
from app.store.evidence import EvidenceStore
from app.store.writer import RecordWriter
from app.ui import display
from model import checkpoint
from model.predictor import Predictor


def run_station(options: argparse.Namespace) -> int:
    """Run the station, in a window or without one.

    Raises:
        ExpectedError: A setting, recipe, camera address or the database cannot be used.
        ModelError: The checkpoint cannot be used (without a window; the window shows it).
    """
    if options.shadow is not None and not options.headless:
        raise UsageError("--shadow needs --headless; in the window the screen Models starts one.")
    home = paths.home(options.home)
    _make_folder(home.root)
    log.set_up(home.logs, logging.DEBUG if options.verbose else logging.INFO, _console(options))
    keeper = SettingsKeeper(home.settings)
    settings = keeper.settings
    i18n.set_language(options.language or settings.language or i18n.system_language())
    if options.office:
        return _run_office(options, home, keeper)
    without_window = options.headless
    if not without_window and (problem := display.problem()):
        without_window = True
        text = i18n.tr("The line runs without a window; Ctrl-C ends it.")
        sys.stderr.write(f"{problem}\n{text}\n")
    with ExitStack() as stack:
        store = open_store(_database_url(options, keeper, home))
        stack.callback(store.close)
        run = Run(options, home, keeper, store)
        return run.without_window() if without_window else run.in_window()


def _run_office(options: argparse.Namespace, home: Home, keeper: SettingsKeeper) -> int:
    """Show the screens of the quality staff on the plant's records, without a camera.

    Raises:
        ExpectedError: There is no display, or the database cannot be used.
    """
    # Widgets are loaded only where there is a display: not every machine has their libraries.
    if problem := display.problem():
        raise UsageError(problem)
    from app.ui import start
    from app.ui.qa_desk import QaDesk

    app = start.application()
    with ExitStack() as stack:
        store = open_store(_database_url(options, keeper, home))
        stack.callback(store.close)
        evidence = EvidenceStore(_evidence_folder(options, keeper, home))
        stack.enter_context(crash.installed(home.logs, log.ui.error))
        book, why = RecipeBook(store), _why(keeper, home, store)
        desk = QaDesk(store, evidence, book, keeper, home, why=why)
        code = start.run_office(desk, options.quit_after, options.screenshot, options.page or "")
    # Qt takes every timer down with the application object: it has to outlive the window.
    del app
    return code


def _database_url(options: argparse.Namespace, keeper: SettingsKeeper, home: Home) -> str:
    return str(options.database or keeper.settings.database_url or home.database_url)


def _evidence_folder(options: argparse.Namespace, keeper: SettingsKeeper, home: Home) -> Path:
    named = options.evidence or keeper.settings.evidence_folder
    return Path(named).expanduser() if named else home.evidence


def _why(keeper: SettingsKeeper, home: Home, store: Database) -> Why:
    """Return what explains stored parts by the checkpoint that judged them."""

    def load(path: str) -> Predictor:
        return checkpoints.load_predictor(path, home, keeper.settings.device)

    folders = (home.checkpoints, paths.shipped_checkpoints())
    return Why(folders, load, partial(stored_recipe, store))


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the station.

    Attributes:
        options: The command line.
        home: The station's folders.
        keeper: Its settings.
        store: Its open database; closed by the caller.
    """

    options: argparse.Namespace
    home: Home
    keeper: SettingsKeeper
    store: Database

    def without_window(self) -> int:
        """Print one line per part until the frames have run out; return the exit code."""
        recipe = self._recipe()
        prepared = self._prepared(recipe)
        options = Options(picture_side=0, quota=self.options.count or 0, every=True)
        # Qt takes every timer down with the application object: it has to outlive the station.
        app = headless.application()
        with self._station(recipe, options) as station:
            change = ChangeOver(station, self.store, self.keeper, station)
            port = CommandPort(self.home.root, change, station)
            port.listen()
            shadow = self.options.shadow
            station.begin(start=shadow is None, ready=prepared)
            if shadow is not None:
                headless.begin_shadow(station, checkpoints.resolve(shadow, self.home))
            code = headless.run(app, station, as_json=self.options.json)
            port.close()
            change.rest()
            return code

    def in_window(self) -> int:
        """Show the window until it is closed; return the exit code."""
        # Widgets are loaded only where there is a display: not every machine has their
        # libraries.
        from app.ui import start
        from app.ui.qa_desk import QaDesk

        settings = self.keeper.settings
        options = Options(
            picture_side=settings.preview_side_px,
            quota=self.options.count or 0,
            tally_since=settings.tally_since,
        )
        app = start.application()
        with self._station(self._recipe(), options) as station:
            remembering = Remembering(station, self.keeper.change)
            station.begin(start=settings.start_judging)
            change = ChangeOver(station, self.store, self.keeper, station)
            jobs = JobQueue(JobBook(self.home.jobs), self._database_url(), station, parent=station)
            jobs.set_limit(settings.slowdown_limit)
            desk = QaDesk(
                self.store,
                EvidenceStore(self._evidence_folder()),
                RecipeBook(self.store),
                self.keeper,
                self.home,
                station,
                _why(self.keeper, self.home, self.store),
                DriftWatch(station, self.store),
                jobs,
                change,
            )
            port = CommandPort(self.home.root, change, station)
            port.listen()
            jobs.start()
            code = start.run(
                station,
                self.keeper,
                self.home,
                quit_after_s=self.options.quit_after,
                screenshot=self.options.screenshot,
                desk=desk,
                page=self.options.page or "",
            )
            jobs.close()
            port.close()
            change.rest()
            remembering.save()
        # Qt takes every timer down with the application object: it has to outlive the station.
        del app
        return code

    def _database_url(self) -> str:
        return _database_url(self.options, self.keeper, self.home)

    def _evidence_folder(self) -> Path:
        return _evidence_folder(self.options, self.keeper, self.home)

    def _recipe(self) -> Recipe:
        """Return the recipe to begin with, with the camera of the command line if it has one.

        Raises:
            RecipeError: The command line names a recipe that does not exist.
            UsageError: The camera address is unknown.
        """
        book, settings = RecipeBook(self.store), self.keeper.settings
        recipe = recipe_to_begin(book, self._approvals(), settings, self.options.recipe or "")
        if self.options.source is not None:
            source_for(self.options.source)
            if self.options.recipe:
                return recipe.model_copy(update={"camera": self.options.source})
            return book.with_camera(recipe, self.options.source)
        return recipe

    def _prepared(self, recipe: Recipe) -> Prepared:
        """Load the model and look whether files and folders are there, before anything runs."""
        source = source_for(recipe.source_uri)
        if not source.is_live:
            _open_once(source)
        return prepare(recipe, None, self._load, source_for, every=True)

    def _approvals(self) -> Approvals:
        return Approvals(self.store, lambda: self.keeper.settings)

    def _check(self, path: Path, cancelled: Callable[[], bool]) -> CheckReport:
        return check_in_process(path, self.home, self.keeper.settings.device, cancelled)

    def _load(self, name: str) -> Predictor:
        settings = self.keeper.settings
        return checkpoints.load_for_line(name, self.home, settings.device, settings.runtime)

    @contextmanager
    def _station(self, recipe: Recipe, options: Options) -> Iterator[Station]:
        """Make the station; afterwards end its threads, the writer last."""
        settings = self.keeper.settings
        quota = int(settings.evidence_quota_gb * 1e9)
        evidence = EvidenceStore(self._evidence_folder(), quota)
        services = Services(
            store=self.store,
            # the journal stays on this machine though the pictures may lie on another
            make_writer=lambda on_stored, on_fault: RecordWriter(
                self.store, evidence, on_stored, on_fault, journal=self.home.root / "pending.jsonl"
            ),
            load=self._load,
            make_source=source_for,
            golden=GoldenSet(self.store.golden, self.home.golden),
            check=self._check,
            allow=self._approvals().require,
            spare_mb=lambda: checkpoints.spare_memory_mb(settings.device),
            read_info=lambda name: checkpoint.inspect(checkpoints.resolve(name, self.home)),
            name_of=lambda path: checkpoints.name_of(path, self.home),
        )
        context = Context(settings.station, settings.lot, settings.shift)
        station = Station(recipe, context, services, options)
        events = EventLog(station, self.store.events, self.home.root)
        events.start()
        clock = ShiftClock(station, shifts_of(settings.shifts))
        clock.start()
        with crash.installed(self.home.logs, station.report_bug):
            try:
                yield station
            finally:
                clock.stop()
                closed = station.close()
                # After the station: what ends the line is told last.
                events.close()
                if not closed:
                    _leave_at_once()


def _open_once(source: FrameSource) -> None:
    try:
        source.open()
    finally:
        source.close()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The station's folder {folder} cannot be made: {error.strerror or error}; "
            "choose another one with --home."
        ) from error


def _console(options: argparse.Namespace) -> int:
    return logging.DEBUG if options.verbose else logging.WARNING


def _leave_at_once() -> None:
    """End the process though a thread hangs; Qt would abort if it were taken down with it."""
    log.station.critical("a thread does not end; the process is left without waiting for it")
    logging.shutdown()
    os._exit(FAULT)
