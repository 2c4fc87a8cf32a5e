"""What the screens of the quality staff work with."""

from __future__ import annotations

from dataclasses import dataclass

from app.paths import Home
from app.review.why import Why
from app.settings.keeper import SettingsKeeper
from app.settings.recipes import RecipeBook
from app.station.change_over import ChangeOver
from app.station.drift_watch import DriftWatch
from app.station.job_queue import JobQueue
from app.station.station import Station
from app.store.database import Database
from app.store.evidence import EvidenceStore


@dataclass(frozen=True, slots=True, eq=False)
class QaDesk:
    """The records with their pictures, the recipes, and the station if there is one.

    Attributes:
        store: Records, reviews, events; every call blocks, so not on the GUI thread.
        evidence: Pictures and maps; every call blocks.
        recipes: Recipe versions; every call blocks.
        keeper: The settings and their file.
        home: Folders of the station.
        station: The running line; None on an office PC.
        why: Explains stored parts, see `app.ui.widgets.why_panel`; None where nothing can.
        drift: Charts the running line; None on an office PC.
        jobs: The queue of trainings beside the line; None where nothing is trained.
        change_over: Changes the running line over to another recipe; None on an office PC.
    """

    store: Database
    evidence: EvidenceStore
    recipes: RecipeBook
    keeper: SettingsKeeper
    home: Home
    station: Station | None = None
    why: Why | None = None
    drift: DriftWatch | None = None
    jobs: JobQueue | None = None
    change_over: ChangeOver | None = None

    @property
    def reviewer(self) -> str:
        """Name of the person at this desk, "" if nobody gave one."""
        return self.keeper.settings.reviewer
