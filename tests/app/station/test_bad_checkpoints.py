"""A running station is given hundreds of bad checkpoints; it judges on, and says why of each."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import QEventLoop, QTimer
from PyQt5.QtWidgets import QApplication

from app import checkpoints, paths
from app.candidates.checking import CheckProcess, CheckReport
from app.inspection.event import Event
from app.inspection.recipe import Recipe
from app.inspection.record import Context, InspectionRecord
from app.inspection.verdict import Verdict
from app.settings.recipes import RecipeBook
from app.station.services import Options, Services
from app.station.station import Station
from app.station.status import StationState, StationStatus
from app.store.database import open_store
from app.store.evidence import EvidenceStore
from app.store.writer import RecordWriter
from tests.rigs.bad_checkpoints import Corpus, corpus
from tests.rigs.bad_pickles import payloads
from tests.ui.rig import Scene, SceneCamera

PATIENCE_MS = 300_000
_DAMAGED = {"damaged", "foreign"}
# a letter of the header that has turned over can name something else
_FLIPPED = _DAMAGED | {"misfit", "newer"}
_ODD = {"misfit", "foreign", "code", "values"}
# what may be said of the files of a group
CODES = {
    "code": {"code", "foreign"}, "pickle": _DAMAGED, "bomb": _DAMAGED, "foreign": _DAMAGED,
    "cut": _DAMAGED, "cut-taught": _DAMAGED, "flip": _FLIPPED, "flip-taught": _FLIPPED,
    "table": _DAMAGED, "values": {"values", "dumb"}, "shapes": {"misfit"},
    "settings": {"misfit", "damaged", "newer", "backbone", "model", "memory", "unusable"},
    "prompts": _ODD, "noted": {"misfit", "damaged", "backbone", "model"},
}  # fmt: skip


@dataclass
class Run:
    """What came of giving a station every file of a corpus.

    Attributes:
        files: The corpus.
        reports: What the throw-away process said of each.
        refused: What the station said of each.
        parts: What it judged meanwhile.
        states: In which states it was.
        events: Changes of checkpoint.
    """

    files: Corpus
    reports: dict[Path, CheckReport] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    parts: list[InspectionRecord] = field(default_factory=list)
    states: set[StationState] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    taken: list[object] = field(default_factory=list)
    judged_at: list[int] = field(default_factory=list)


@pytest.fixture(scope="module")
def run(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("corpus")
    files = corpus(folder / "files")
    home = paths.home(folder / "home")
    home.weights.mkdir(parents=True)
    shutil.copy(next(files.weights.glob("adclip-tiny*")), home.weights)
    found = Run(files)
    store = open_store(home.database_url)
    evidence = EvidenceStore(home.evidence, min_free_bytes=0)
    with CheckProcess(home, "cpu") as process:

        def check(path: Path, cancelled: object) -> CheckReport:
            found.reports[path] = process.check(path)
            return found.reports[path]

        services = Services(
            store=store,
            make_writer=lambda stored, fault: RecordWriter(store, evidence, stored, fault),
            load=lambda name: checkpoints.load_predictor(name, home, "cpu"),
            make_source=lambda _: SceneCamera(scene),
            check=check,
        )
        scene = Scene()
        scene.fps = 5.0
        taught = str(files.good.taught)
        recipe = Recipe(name="plate", camera="scene:", checkpoint=taught, ng_limit=1e6)
        RecipeBook(store).save(recipe)
        station = Station(recipe, Context(), services, Options(picture_side=400))
        try:
            _give_all(station, found)
        finally:
            assert station.close()
            store.close()
    yield found
    shutil.rmtree(folder, ignore_errors=True)


def _give_all(station: Station, found: Run) -> None:
    """Start the line and activate one file after the other, each once the last was refused."""
    loop, waiting = QEventLoop(), list(reversed(found.files.bad))

    def give() -> None:
        found.judged_at.append(len(found.parts))
        if waiting:
            station.activate(waiting.pop(), "Kim", "try it")
        else:
            loop.quit()

    def on_refused(sentence: str) -> None:
        found.refused.append(sentence)
        QTimer.singleShot(0, give)

    def on_done(swapped: object) -> None:
        found.taken.append(swapped)
        loop.quit()

    def on_inspected(record: InspectionRecord) -> None:
        found.parts.append(record)
        if len(found.parts) == 1:
            give()

    def on_status(status: StationStatus) -> None:
        if found.parts:
            found.states.add(status.state)

    station.inspected.connect(on_inspected)
    station.status_changed.connect(on_status)
    station.swapping.refused.connect(on_refused)
    station.swapping.done.connect(on_done)
    station.swapping.happened.connect(found.events.append)
    QTimer.singleShot(PATIENCE_MS, loop.quit)
    station.begin(start=True)
    loop.exec()
    station.status_changed.disconnect(on_status)


def test_there_are_hundreds_and_none_is_accepted(run: Run) -> None:
    assert len(run.files.bad) >= 200
    assert {path for path, report in run.reports.items() if report.ok} == set()
    assert list(run.reports) == list(run.files.bad)
    assert run.taken == []
    assert run.events == []


def test_nothing_in_them_was_run(run: Run, tmp_path: Path) -> None:
    assert not run.files.marker.exists()
    proof = tmp_path / "proof"
    for name, payload in payloads(proof).items():
        # a payload that could do no harm would prove nothing
        with suppress(AttributeError):
            _close(pickle.loads(payload))
        assert proof.exists(), name
        proof.rmdir() if proof.is_dir() else proof.unlink()


def _close(made: Any) -> None:
    for value in made.values() if isinstance(made, dict) else ():
        _close(value)
    if hasattr(made, "close"):
        made.close()


def test_each_gets_one_sentence(run: Run) -> None:
    assert len(run.refused) == len(run.files.bad)
    for path, said in zip(run.files.bad, run.refused, strict=True):
        assert said == run.reports[path].sentence
        assert path.stem in said, said
        assert "\n" not in said
        assert said.endswith(".")
        words = said.replace(str(path), "FILE").replace(str(path.with_suffix(".json")), "FILE")
        assert words[0].isupper()
        assert "Traceback" not in words
        assert "Error" not in words, words


def test_the_reason_is_the_right_one(run: Run) -> None:
    for group, files in run.files.groups.items():
        for path in files:
            report = run.reports[path]
            assert report.problem in CODES[group], (path.name, report)
            assert report.headline


def test_the_line_judged_throughout(run: Run) -> None:
    assert run.states <= {StationState.RUNNING}
    assert {part.checkpoint for part in run.parts} == {"taught"}
    assert {part.verdict for part in run.parts} == {Verdict.OK}
    # parts came in every third of the run
    third = len(run.judged_at) // 3
    counts = [run.judged_at[0], run.judged_at[third], run.judged_at[2 * third], run.judged_at[-1]]
    assert counts == sorted(set(counts))
