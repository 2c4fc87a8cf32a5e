"""Threads that give way to the line's."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from app.station.low_priority import NICER, gently


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone counts niceness by thread")
def test_the_job_is_nicer_and_its_caller_is_not() -> None:
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    found = gently(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert found == max(NICER, before)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_what_the_job_raises_arrives() -> None:
    def job() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        gently(job)
