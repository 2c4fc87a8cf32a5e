"""What the real station does, read back from the store as a report would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.golden.set import GoldenSet
from app.inspection.event import Event
from app.inspection.record import Context
from app.quality.uptime import uptime
from app.station.event_log import EventLog
from app.station.faults import Cause
from app.station.status import StationState
from tests.app.station.conftest import RECIPE, MakeRig, Rig
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import GOOD, GreyDetector

MakeLog = Callable[[Rig], EventLog]


@pytest.fixture
def make_log() -> Iterator[MakeLog]:
    logs: list[EventLog] = []

    def make(rig: Rig) -> EventLog:
        logs.append(EventLog(rig.station, rig.store.events, rig.home, retry_s=0.05))
        logs[-1].start()
        return logs[-1]

    yield make
    for each in logs:
        assert each.close()


def events(rig: Rig) -> list[Event]:
    return list(reversed(rig.store.events.find()))


def kinds(rig: Rig) -> list[str]:
    return [event.kind for event in events(rig)]


def test_a_run_from_start_to_stop(make_rig: MakeRig, make_log: MakeLog) -> None:
    rig = make_rig(context=Context("line-4", "L-1", "A", "kim"))
    make_log(rig)
    rig.run(2)
    rig.station.pause()
    rig.station.start()
    rig.until_state(StationState.RUNNING)
    rig.stop()
    rig.until(lambda: len(events(rig)) == 6)
    assert kinds(rig) == ["recipe", "checkpoint", "started", "paused", "started", "stopped"]
    recipe, checkpoint, started = events(rig)[:3]
    assert recipe.details == {
        "name": "grey",
        "version": 1,
        "checkpoint": "grey",
        "checkpoint_sha256": GreyDetector().info.sha256,
    }
    assert checkpoint.details["sha256"] == GreyDetector().info.sha256
    assert (started.station, started.recipe, started.by) == ("line-4", "grey", "kim")
    assert started.details == {"lot": "L-1", "shift": "A", "recipe_version": 1}
    assert started.text == "Parts are judged."


def test_another_recipe_and_checkpoint_are_told_once(make_rig: MakeRig, make_log: MakeLog) -> None:
    rig = make_rig(GreyCamera(), GreyDetector(), GreyDetector("other"))
    make_log(rig)
    rig.run(1)
    rig.station.use_recipe(RECIPE.model_copy(update={"version": 2, "ng_limit": 0.3}))
    rig.until(lambda: rig.station.status().recipe.version == 2)
    rig.station.use_checkpoint("other")  # type: ignore[arg-type]
    rig.until(lambda: rig.inspected[-1].checkpoint == "other")
    rig.stop()
    rig.until(lambda: kinds(rig)[-1:] == ["stopped"])
    told = [e for e in events(rig) if e.kind in ("recipe", "checkpoint")]
    assert [e.details.get("version", e.details["name"]) for e in told] == [1, "grey", 2, "other"]


@pytest.mark.logs_expected
def test_faults_and_their_ends(make_rig: MakeRig, make_log: MakeLog) -> None:
    rig = make_rig()
    make_log(rig)
    rig.run(1)
    board = rig.station.faults
    board.put(Cause.STORE, "The disk is full.", lasts=True)
    board.put(Cause.STORE, "The disk is still full.", lasts=True)
    board.put(Cause.OVERFLOW, "3 parts came too fast.")
    rig.station.acknowledge()
    board.heal(Cause.STORE)
    board.heal(Cause.STORE)
    rig.stop()
    rig.until(lambda: kinds(rig)[-1:] == ["stopped"])
    told = [e for e in events(rig) if e.kind in ("fault", "healed")]
    assert [(e.kind, e.details["cause"]) for e in told] == [
        ("fault", "store"),
        ("fault", "overflow"),
        ("healed", "overflow"),
        ("healed", "store"),
    ]
    assert told[0].text == "The disk is full."


@pytest.mark.logs_expected
def test_a_fault_that_heals_unread_is_over_all_the_same(
    make_rig: MakeRig, make_log: MakeLog
) -> None:
    rig = make_rig()
    make_log(rig)
    rig.begin()
    board = rig.station.faults
    board.put(Cause.STORE, "The disk is full.", lasts=True)
    board.heal(Cause.STORE)
    assert rig.station.status().fault == "The disk is full."
    board.put(Cause.STORE, "The disk is full again.", lasts=True)
    rig.until(lambda: kinds(rig).count("fault") == 2)
    assert kinds(rig)[-3:] == ["fault", "healed", "fault"]


@pytest.mark.logs_expected
def test_a_lost_camera_is_a_fault_until_it_is_back(make_rig: MakeRig, make_log: MakeLog) -> None:
    rig = make_rig()
    make_log(rig)
    rig.run(1)
    rig.camera.is_lost = True
    rig.until(lambda: "fault" in kinds(rig))
    rig.camera.is_lost = False
    rig.until(lambda: "healed" in kinds(rig))
    fault = next(e for e in events(rig) if e.kind == "fault")
    assert fault.details == {"cause": "camera-lost"}
    assert fault.text
    rig.stop()


@pytest.mark.logs_expected
def test_golden_checks_and_overrides_are_kept(make_rig: MakeRig, make_log: MakeLog) -> None:
    recipe = RECIPE.model_copy(update={"golden_required": True})
    rig = make_rig(GreyCamera(), GreyDetector(reference=GOOD + 20), recipe=recipe)
    golden = GoldenSet(rig.store.golden, rig.home / "golden")
    golden.add(np.full((48, 64, 3), GOOD, np.uint8), "plain", recipe, GreyDetector())
    make_log(rig)
    rig.begin()
    rig.until(lambda: rig.station.status().golden.can_be_overridden)
    assert rig.station.golden.override("lee", "lamp replaced, parts checked by hand")
    rig.until(lambda: "healed" in kinds(rig))
    by_kind = {event.kind: event for event in events(rig)}
    assert by_kind["golden"].details["samples"][0]["problem"] == "score"
    assert by_kind["override"].by == "lee"
    assert by_kind["fault"].details == {"cause": "golden"}


@pytest.mark.logs_expected
def test_a_crash_is_found_out_at_the_next_start(make_rig: MakeRig, make_log: MakeLog) -> None:
    rig = make_rig()
    began = datetime.now(UTC) - timedelta(minutes=1)
    log = make_log(rig)
    rig.run(1)
    rig.station.faults.put(Cause.STORE, "The disk is full.", lasts=True)
    alive = rig.home / "alive.json"
    rig.until(lambda: alive.exists() and '"running": true' in alive.read_text(encoding="utf-8"))
    rig.until(lambda: "store" in alive.read_text(encoding="utf-8"))
    kept = alive.read_text(encoding="utf-8")
    rig.stop()
    assert log.close()
    # As if the power had gone while it ran: what was said afterwards never was.
    alive.write_text(kept, encoding="utf-8")
    second = make_rig()
    make_log(second)
    second.until(lambda: any(e.details.get("crash") for e in events(second)))
    stopped = [e for e in events(second) if e.details.get("crash") and e.kind == "stopped"]
    assert stopped[0].text == "The program ended unexpectedly."
    history = [e for e in events(second) if not (e.kind == "stopped" and "crash" not in e.details)]
    found = uptime(history, began, datetime.now(UTC))
    assert found.crashes == 1
    assert found.running_s < 60
    assert [span.cause for span in found.faults] == ["store"]
    assert found.faults[0].ended is not None


def test_closing_the_program_ends_the_run(make_rig: MakeRig, make_log: MakeLog) -> None:
    rig = make_rig()
    log = make_log(rig)
    rig.run(1)
    rig.station.close()
    assert log.close()
    last = events(rig)[-1]
    assert (last.kind, last.details["closed"]) == ("stopped", True)
    assert not (rig.home / "alive.json").exists()


@pytest.mark.logs_expected
def test_the_line_runs_without_the_database_of_the_events(
    make_rig: MakeRig, make_log: MakeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.errors import StoreError

    rig = make_rig()
    add = rig.store.events.add

    def fail(event: Event) -> None:
        raise StoreError("The database is locked by another program.")

    monkeypatch.setattr(rig.store.events, "add", fail)
    log = make_log(rig)
    rig.run(3)
    rig.station.pause()
    rig.until(lambda: log.has_pending)
    assert events(rig) == []
    assert rig.faults == []
    monkeypatch.setattr(rig.store.events, "add", add)
    rig.until(lambda: not log.has_pending)
    assert kinds(rig) == ["recipe", "checkpoint", "started", "paused"]
    rig.stop()
