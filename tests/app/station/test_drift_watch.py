from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.errors import StoreError
from app.inspection.record import InspectionRecord, Optics
from app.inspection.verdict import Decision, Verdict
from app.quality.drift import Alarm
from app.station import recipe_baseline, tasks
from app.station.drift_watch import DriftWatch
from app.station.recipe_baseline import Key
from app.station.status import StationState
from app.store.base import Query
from tests.app.station.conftest import MakeRig, Rig
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import GOOD
from tests.rigs.records import LIMITS, a_record

BEGIN = datetime(2026, 5, 4, 6, tzinfo=UTC)


class Parts:
    """Parts of one line, a second apart; `darker` is what their pictures lose."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._rng = np.random.default_rng(3)
        self._number = 0

    def next(self, darker: float = 0.0, score: float | None = None) -> InspectionRecord:
        draw = self._rng.normal(size=7)
        self._number += 1
        optics = Optics(100 + 2 * draw[1] - darker, 300 + 9 * draw[2], *(3 * draw[3:]))
        return replace(
            a_record(Verdict.OK),
            taken_utc=BEGIN + timedelta(seconds=self._number),
            score=0.2 + 0.02 * draw[0] if score is None else score,
            optics=optics,
        )

    def come(self, count: int, darker: float = 0.0) -> None:
        """Let parts be stored and announced, and wait for what they set off."""
        parts = [self.next(darker) for _ in range(count)]
        self._rig.store.add_many(parts)
        for part in parts:
            self._rig.station.inspected.emit(part)
        self.settle()

    def settle(self) -> None:
        # A job's end may begin the next job.
        for _ in range(4):
            assert tasks.wait_all(20)
            self._rig.qtbot.wait(5)


class Watched:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.parts = Parts(rig)
        self.watch = DriftWatch(rig.station, rig.store)
        self.alarms: list[Alarm] = []
        self.marks: list[tuple[str, ...]] = []
        self.messages: list[str] = []
        self.watch.alarmed.connect(self.alarms.append)
        self.watch.changed.connect(self.marks.append)
        rig.station.messages.listen(lambda message: self.messages.append(message.text))

    @property
    def key(self) -> Key:
        return Key.of(self.parts.next())


@pytest.fixture
def watched(make_rig: MakeRig) -> Watched:
    return Watched(make_rig())


def test_the_first_parts_make_a_baseline_and_more_a_better_one(watched: Watched) -> None:
    key = watched.key
    watched.parts.come(150)
    assert recipe_baseline.stored(watched.rig.store, key) is None
    watched.parts.come(80)
    first = recipe_baseline.stored(watched.rig.store, key)
    assert first is not None
    assert (first.parts, first.by) == (230, "")
    watched.parts.come(800)
    second = recipe_baseline.stored(watched.rig.store, key)
    assert second is not None
    assert second.parts == recipe_baseline.FULL_PARTS
    assert second.first == first.first
    assert (watched.alarms, watched.marks) == ([], [])


@pytest.mark.logs_expected
def test_drift_is_told_written_down_and_marked_until_it_is_over(watched: Watched) -> None:
    watched.parts.come(300)
    watched.parts.come(60, darker=6)
    (alarm,) = watched.alarms
    assert (alarm.figure, alarm.direction) == ("brightness", "down")
    sentence = "The pictures are getting darker: check the light."
    ((mark,),) = watched.marks
    assert mark.startswith(f"{sentence} Drifting since ")
    assert watched.watch.sentences == (mark,)
    assert watched.messages == [mark]
    (event,) = watched.rig.store.events.find(kinds=("alarm",))
    assert (event.text, event.recipe, event.by) == (mark, "bolt", "")
    assert event.details["figure"] == "brightness"
    assert event.details["value"] < event.details["low"] < event.details["baseline"]
    assert event.at == datetime.fromtimestamp(alarm.at, UTC)
    watched.parts.come(400)
    assert watched.marks[1:] == [()]
    assert watched.watch.alarms == ()
    assert len(watched.rig.store.events.find(kinds=("alarm",))) == 1


@pytest.mark.logs_expected
def test_a_stored_baseline_holds_from_the_first_part(watched: Watched) -> None:
    watched.parts.come(300)
    restarted: list[Alarm] = []
    again = DriftWatch(watched.rig.station, watched.rig.store)
    again.alarmed.connect(restarted.append)
    watched.parts.come(60, darker=6)
    assert [alarm.figure for alarm in restarted] == ["brightness"]


def test_another_baseline_is_taken_over(watched: Watched) -> None:
    watched.parts.come(300)
    store, key = watched.rig.store, watched.key
    columns = store.figures.columns(Query(limit=0), recipe_baseline.COLUMNS)
    darker = recipe_baseline.watched(columns, None)
    darker["brightness"] = darker["brightness"] - 6
    chosen = recipe_baseline.make_baseline(darker, *key, by="kim")
    assert chosen is not None
    recipe_baseline.keep(store, chosen)
    watched.watch.look_again()
    watched.parts.settle()
    watched.parts.come(300, darker=6)
    assert watched.alarms == []


def test_every_recipe_checkpoint_and_region_has_its_own(watched: Watched) -> None:
    watched.parts.come(300)
    changes = [
        {"recipe": "nut"},
        {"checkpoint_sha256": "b" * 64},
        {"region_of_interest": (0, 0, 10, 10)},
    ]
    for change in changes:
        part = replace(watched.parts.next(darker=50), **change)
        for _ in range(60):
            watched.rig.station.inspected.emit(part)
        watched.parts.settle()
    assert watched.alarms == []
    assert recipe_baseline.stored(watched.rig.store, watched.key) is not None


def test_which_scores_count(watched: Watched) -> None:
    optics = Optics(1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    record = a_record(Verdict.NG, optics=optics, score=0.6)
    assert set(recipe_baseline.figures_of(record, None)) == set(recipe_baseline.FIGURES[1:])
    ok = a_record(Verdict.OK)
    assert recipe_baseline.figures_of(ok, None) == {"score": 0.25}
    # the limit was 0.7 when the baseline was made, and has been lowered
    assert recipe_baseline.figures_of(record, 0.7)["score"] == 0.6
    assert recipe_baseline.figures_of(ok, 0.2) == {}
    error = a_record(Verdict.ERROR, score=0.25)
    assert recipe_baseline.figures_of(error, 0.7) == {}
    watched.rig.station.inspected.emit(replace(ok, checkpoint_sha256=""))
    watched.parts.settle()
    assert watched.watch.alarms == ()


def test_a_lowered_limit_is_no_drift(watched: Watched) -> None:
    """Half of the good parts are NG all at once; their scores are what they were."""
    watched.parts.come(400)
    lowered = replace(LIMITS, ng=0.2)
    for _ in range(300):
        part = replace(watched.parts.next(), limits=lowered)
        if part.score is not None and part.score >= 0.2:
            part = replace(part, decision=Decision(Verdict.NG, ("score-above-limit",)))
        watched.rig.station.inspected.emit(part)
    watched.parts.settle()
    assert watched.alarms == []


@pytest.mark.logs_expected
def test_a_store_that_fails_is_told_once(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StoreError("The database is gone.")

    monkeypatch.setattr(recipe_baseline, "stored", fail)
    for _ in range(3):
        watched.rig.station.inspected.emit(watched.parts.next())
        watched.parts.settle()
    assert watched.messages == ["The database is gone."]


@pytest.mark.logs_expected
def test_a_damaged_baseline_is_made_anew(watched: Watched) -> None:
    key = watched.key
    watched.rig.store.baselines.save(key.recipe, key.checkpoint_sha256, "{}", "kim")
    watched.parts.come(250)
    found = recipe_baseline.stored(watched.rig.store, key)
    assert found is not None
    assert found.parts == 250


@pytest.mark.logs_expected
def test_a_fault_of_the_charts_does_not_stop_the_line(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("no figures")

    watched.parts.come(250)
    monkeypatch.setattr(recipe_baseline, "figures_of", fail)
    for _ in range(3):
        watched.rig.station.inspected.emit(watched.parts.next())
    watched.parts.settle()
    assert watched.messages == ["The program has a fault: no figures. See the log."]
    assert watched.rig.faults == []


@pytest.mark.logs_expected
def test_a_lamp_that_fades_is_told_by_the_running_station(make_rig: MakeRig) -> None:
    camera = GreyCamera(live=False, fps=0)
    rig = make_rig(camera)
    watch = DriftWatch(rig.station, rig.store)
    rig.run(parts=200)
    rig.until(
        lambda: rig.store.baselines.newest("grey", rig.inspected[0].checkpoint_sha256) is not None
    )
    assert watch.alarms == ()
    camera.greys = (GOOD - 3,)
    rig.until(lambda: any(alarm.figure == "brightness" for alarm in watch.alarms))
    alarm = next(alarm for alarm in watch.alarms if alarm.figure == "brightness")
    assert (alarm.direction, round(alarm.baseline)) == ("down", GOOD)
    # production goes on
    assert rig.station.status().state is StationState.RUNNING
    assert rig.faults == []
    rig.stop()
    assert tasks.wait_all(20)
    assert any(event.details["figure"] == "brightness" for event in rig.store.events.find())
