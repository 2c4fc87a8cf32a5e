"""Every state against every request and happening."""

from __future__ import annotations

from itertools import product

import pytest

from app.station.faults import Cause
from app.station.machine import NEXT, Happening, Machine, Request
from app.station.status import StationState

PHASES = [state for state in StationState if state is not StationState.FAULT]
STEPS = [*Request, *Happening]

# What leads where, written out a second time and by another hand than the table's.
EXPECTED = {
    "idle": {"start": "starting", "single shot": "starting"},
    "starting": {
        "start": "starting",
        "pause": "starting",
        "stop": "stopping",
        "first frame, to be judged": "running",
        "first frame, to be shown only": "paused",
        "no more frames": "stopping",
        "the line could not be set up": "stopping",
    },
    "running": {"pause": "paused", "stop": "stopping", "no more frames": "stopping"},
    "paused": {
        "start": "running",
        "single shot": "paused",
        "stop": "stopping",
        "no more frames": "stopping",
    },
    "stopping": {"everything is closed": "idle"},
}


def machine_in(phase: StationState) -> Machine:
    machine = Machine()
    machine.phase = phase
    return machine


@pytest.mark.parametrize(("phase", "step"), list(product(PHASES, STEPS)))
def test_every_step_in_every_phase(phase: StationState, step: Request | Happening) -> None:
    machine = machine_in(phase)
    expected = EXPECTED[phase.value].get(step.value)
    assert machine.allows(step) is (expected is not None)
    assert machine.take(step) is (expected is not None)
    assert machine.phase.value == (expected or phase.value)
    assert machine.state is machine.phase


@pytest.mark.parametrize(("phase", "step"), list(product(PHASES, STEPS)))
def test_under_a_fault_nothing_new_is_started(
    phase: StationState, step: Request | Happening
) -> None:
    machine = machine_in(phase)
    machine.faults.set(Cause.MODEL, "No model.")
    refused = step in (Request.START, Request.SINGLE_SHOT)
    assert machine.allows(step) is ((phase, step) in NEXT and not refused)
    assert machine.state is StationState.FAULT
    machine.take(step)
    assert machine.state is StationState.FAULT
    machine.faults.acknowledge()
    assert machine.state is machine.phase


def test_stop_always_leads_to_idle() -> None:
    for phase in PHASES:
        machine = machine_in(phase)
        machine.take(Request.STOP)
        machine.take(Happening.CLOSED)
        assert machine.state is StationState.IDLE
