"""The models screen in the real window, with real checkpoint files and parts judged by paint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PyQt5.QtCore import QCoreApplication, QEvent
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import paths
from app.candidates.entry import Entry
from app.paths import Home
from app.settings.keeper import SettingsKeeper
from app.settings.recipes import RecipeBook
from app.settings.station import StationSettings
from app.station import tasks
from app.station.event_log import EventLog
from app.station.station import Station
from app.store.database import Database, open_store
from app.store.evidence import EvidenceStore
from app.ui.language import Language
from app.ui.main_window import MainWindow
from app.ui.qa_desk import QaDesk
from app.ui.screens.models import ModelsPage
from app.ui.screens.models_layout import ModelsLayout
from model import checkpoint
from model.backbone import TINY
from tests.model.tiny_clip import LIMITS, backbone, zero_shot
from tests.ui.conftest import LONG_MS
from tests.ui.rig import CALIBRATION, PaintPredictor, Scene, make_station

CANDIDATE_LIMIT = 0.3
"""NG limit of every candidate: parts that are REVIEW by the one in force are NG by it."""


class NamedPaint(PaintPredictor):
    """Judges paint under the name, hash and limits of a real checkpoint file."""

    def __init__(self, file: Path) -> None:
        self.calibration = replace(CALIBRATION, limit=CANDIDATE_LIMIT)
        self.info = replace(checkpoint.inspect(file), calibration=self.calibration)


def load(name: str) -> PaintPredictor:
    """Load what the station asks for: a file, or the paint predictor."""
    return NamedPaint(Path(name)) if Path(name).is_file() else PaintPredictor()


def write_checkpoint(folder: Path, name: str, **changes: object) -> Path:
    """Write a real tiny checkpoint and return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    given = {"calibration": LIMITS, "extra": {"data": f"{name} pictures"}} | changes
    checkpoint.save(
        path, zero_shot(), name=name, backbone_name=TINY, backbone_sha256=backbone().sha256,
        **given,  # type: ignore[arg-type]
    )  # fmt: skip
    return path


@dataclass
class Bench:
    """The window on its models screen."""

    window: MainWindow
    station: Station
    scene: Scene
    language: Language
    store: Database
    home: Home
    qa: QaDesk
    bot: QtBot

    @property
    def page(self) -> ModelsPage:
        page = self.window.pages.page
        assert isinstance(page, ModelsPage)
        return page

    @property
    def layout(self) -> ModelsLayout:
        return self.page.layout_

    def wait(self, condition: Callable[[], object]) -> None:
        self.bot.waitUntil(lambda: bool(condition()), timeout=LONG_MS)

    def write(self, *names: str, **changes: object) -> list[Path]:
        return [write_checkpoint(self.home.checkpoints, name, **changes) for name in names]

    def enter(self) -> ModelsPage:
        """Show the screen and wait until every file is listed with its hash."""
        self.window.pages.show_page("models")
        self.read()
        return self.page

    def read(self) -> None:
        self.wait(
            lambda: self.page.shelf.found is not None and self.layout.list.read_button.isEnabled()
        )
        self.page.shelf.found = None
        self.page.entered()
        self.settle()

    def settle(self) -> None:
        """Wait until the list is read to the end."""
        self.wait(lambda: self.layout.list.read_button.isEnabled() and self._is_hashed())

    def _is_hashed(self) -> bool:
        found = self.page.shelf.found
        return found is not None and all(
            one.info is None or one.info.sha256 for one in found.entries
        )

    def own(self) -> list[Entry]:
        """Return the listed checkpoints of the station's own folder."""
        found = self.page.shelf.found
        assert found is not None
        return [one for one in found.entries if one.path.parent == self.home.checkpoints]

    def names(self) -> list[str]:
        """Return what the first column says, from top to bottom."""
        shown = self.layout.list.shown
        return [str(shown.index(row, 0).data()) for row in range(shown.rowCount())]

    def choose(self, path: Path) -> None:
        assert self.layout.list.choose(path)

    def judge(self, part: str, count: int = 1) -> None:
        """Let the line judge parts until so many more of this kind are stored."""
        tally = {"ok": "ok", "ng": "ng", "review": "review"}[part]
        before = getattr(self.station.status().tally, tally)
        self.scene.part = part
        if self.station.status().phase.value != "running":
            self.station.start()
        self.wait(lambda: getattr(self.station.status().tally, tally) >= before + count)


@pytest.fixture
def bench(app: QApplication, qtbot: QtBot, own_home: Path) -> Iterator[Bench]:
    home, scene = paths.home(own_home), Scene()
    # A slow disk under other load must not hold the line up.
    scene.fps = 10.0
    station, end = make_station(home, scene, load)
    language, store = Language(app), open_store(home.database_url)
    events = EventLog(station, store.events, home.root)
    events.start()
    keeper = SettingsKeeper(home.settings)
    keeper.change(reviewer="Kim")
    evidence = EvidenceStore(home.evidence)
    qa = QaDesk(store, evidence, RecipeBook(store), keeper, home, station)
    window = MainWindow(station, StationSettings(), home, qa)
    window.language_wanted.connect(language.use)
    station.begin(start=False)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_may_close", True))
    window.show()
    qtbot.waitExposed(window)
    try:
        qtbot.waitUntil(lambda: station.status().checkpoint is not None, timeout=LONG_MS)
        yield Bench(window, station, scene, language, store, home, qa, qtbot)
    finally:
        window.close_for_good()
        end()
        events.close()
        tasks.wait_all()
        store.close()
        language.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
