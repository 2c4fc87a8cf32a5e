"""Golden samples that cannot be judged: production waits, and the screen says why."""

from __future__ import annotations

import pytest

from app.station.golden_status import GoldenState
from app.station.status import StationState
from app.store.database import Database
from tests.app.station.conftest import RECIPE, MakeRig
from tests.app.station.golden_line import guarded, listen, state


@pytest.mark.logs_expected
def test_without_samples_a_recipe_that_wants_them_blocks(make_rig: MakeRig) -> None:
    rig = guarded(make_rig, samples=False)
    rig.station.begin(start=True)
    rig.until(lambda: rig.finished == 1)
    assert "Recipe grey has no golden sample" in rig.station.status().fault
    assert rig.rows() == []
    # A recipe that does not want them goes on at once.
    rig.station.acknowledge()
    rig.station.use_recipe(RECIPE)
    rig.until(lambda: state(rig) is GoldenState.NONE)
    rig.station.start()
    rig.until(lambda: len(rig.inspected) > 1)
    rig.stop()


@pytest.mark.logs_expected
def test_a_changed_file_blocks_and_is_named(make_rig: MakeRig) -> None:
    rig = guarded(make_rig)
    rig.begin()
    rig.until(lambda: state(rig) is GoldenState.PASSED)
    plain = rig.store.golden.samples("grey")[0]
    (rig.home / "golden" / plain.image).write_bytes(b"somebody saved over it")
    rig.station.golden.check()
    rig.until(lambda: state(rig) is GoldenState.MOVED)
    assert "“plain”: The picture was changed since it was added." in rig.station.status().fault


@pytest.mark.logs_expected
def test_without_the_database_the_known_samples_are_judged(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = guarded(make_rig)
    events = listen(rig)
    rig.begin()
    rig.until(lambda: state(rig) is GoldenState.PASSED)
    rig.store.close()
    _break(rig.store, monkeypatch)
    rig.station.set_context("", shift="B")
    rig.until(lambda: len(events) == 2)
    assert state(rig) is GoldenState.PASSED
    assert len(events[-1].details["samples"]) == 2


@pytest.mark.logs_expected
def test_a_set_that_was_never_read_blocks(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = guarded(make_rig)
    _break(rig.store, monkeypatch)
    rig.station.begin(start=True)
    rig.until(lambda: state(rig) is GoldenState.MOVED)
    assert "could not be judged" in rig.station.status().fault
    rig.until(lambda: rig.station.status().phase is StationState.IDLE)


def _break(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.errors import StoreError

    def fail(recipe: str) -> None:
        raise StoreError("The database server cannot be reached.")

    monkeypatch.setattr(store.golden, "samples", fail)
