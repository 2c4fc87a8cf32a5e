"""A candidate beside a line without a window."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import UsageError
from app.headless import HeadlessLine, begin_shadow, shadow_summary
from app.station.preparing import prepare
from app.station.shadow_status import ShadowState, ShadowStatus
from tests.app.station.conftest import RECIPE, MakeRig, Rig
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import BAD, GOOD, GreyDetector


def ready(make_rig: MakeRig) -> Rig:
    camera = GreyCamera((GOOD, BAD) * 30, live=False, endless=False, fps=200)
    rig = make_rig(camera, GreyDetector(), GreyDetector("other", limit=0.9))
    prepared = prepare(RECIPE, None, lambda name: rig.detectors[name], camera.source)
    rig.station.begin(start=False, ready=prepared)
    return rig


def test_the_line_starts_when_the_candidate_is_warm(
    make_rig: MakeRig, capsys: pytest.CaptureFixture[str]
) -> None:
    rig = ready(make_rig)
    begin_shadow(rig.station, Path("other"))
    assert rig.station.shadow.status.state is ShadowState.WATCHING
    rig.until(lambda: rig.finished == 1)
    assert rig.station.shadow.status.judged > 0
    # Not earlier: it would end the event loop of all tests with the line.
    line = HeadlessLine(rig.station, as_json=False, out=io.StringIO())
    line.summarise()
    line._tick.stop()
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("candidate other: ")
    assert f"of {rig.station.shadow.status.judged} parts judged alike" in said


def test_a_candidate_that_cannot_be_used_starts_nothing(make_rig: MakeRig) -> None:
    rig = ready(make_rig)
    with pytest.raises(UsageError, match="no checkpoint 'nowhere'"):
        begin_shadow(rig.station, Path("nowhere"))
    assert rig.camera.opened == 0


def test_the_summary_says_how_sure_it_is() -> None:
    status = ShadowStatus(
        ShadowState.ENDED, GreyDetector("other").info, judged=100, agreed=90, skipped=7,
        model_ms=12.4, sentence="The shadow was ended.",
    )  # fmt: skip
    assert shadow_summary(status) == (
        "candidate other: 90 of 100 parts judged alike, 90.0 % (95 %: 82.4 to 95.1 %); "
        "7 parts went by; 12 ms a part. The shadow was ended."
    )
    assert shadow_summary(replace(status, judged=0, agreed=0)) == (
        "candidate other: the line left it no time; 7 parts went by"
    )
