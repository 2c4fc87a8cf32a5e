from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.inspection import cutting, pipeline, verdict
from app.inspection.reasons import SENTENCES, code_of, describe_regions, details_of, explain
from app.inspection.verdict import Decision, Verdict
from model.types import Region
from tests.rigs.records import REGION, a_record


def region(area_px: float) -> Region:
    return Region((), area_px, 1.0, (0, 0, 1, 1))


@pytest.mark.parametrize(
    ("areas", "mm_per_px", "text"),
    [
        ([], None, ""),
        ([], 0.1, ""),
        ([120.4], None, "1 region, 120 px"),
        ([12, 310], None, "2 regions, largest 310 px"),
        ([12, 310], 0.1, "2 regions, largest 3.1 mm²"),
        ([310], 0.1, "1 region, 3.1 mm²"),
        ([4], 0.01, "1 region, 0.0004 mm²"),
    ],
)
def test_regions_in_words(areas: list[float], mm_per_px: float | None, text: str) -> None:
    assert describe_regions(tuple(region(area) for area in areas), mm_per_px) == text


def test_a_fault_says_what_to_do() -> None:
    failed = a_record(Verdict.ERROR, decision=Decision(Verdict.ERROR, ("no-predictor: x",)))
    assert explain(failed) == "No model is loaded; choose a checkpoint."
    unknown = a_record(Verdict.ERROR, decision=Decision(Verdict.ERROR, ("brand-new",)))
    assert explain(unknown) == "No judgement was possible; inspect the part again."


def test_a_judgement_says_what_was_found() -> None:
    ng = a_record(Verdict.NG, decision=Decision(Verdict.NG, ("score-above-limit",), (REGION,)))
    assert explain(ng) == "1 region, 22 px"
    assert explain(a_record(Verdict.NG)) == "The whole part differs; no single region stands out."
    assert explain(a_record(Verdict.OK)) == "No defect found."


def test_a_judgement_says_in_which_regions() -> None:
    reasons = ("score-above-limit: thread", "score-in-review-band: rim")
    found = a_record(Verdict.NG, decision=Decision(Verdict.NG, reasons, (REGION,)))
    assert explain(found) == "thread, rim: 1 region, 22 px"


def test_codes_and_details() -> None:
    assert code_of("model-failed: CUDA error: 700") == "model-failed"
    assert details_of("model-failed: CUDA error: 700") == "CUDA error: 700"
    assert (code_of("no-predictor"), details_of("no-predictor")) == ("no-predictor", "")


def test_every_code_of_the_pipeline_has_a_sentence() -> None:
    used: set[str] = set()
    for module in (cutting, pipeline, verdict):
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        used |= set(re.findall(r'"([a-z]+(?:-[a-z]+)+)[":]', source))
    used -= {"score-above-limit", "score-in-review-band", "not-placed"}
    assert {"no-predictor", "frame-stale", "model-failed", "limits-invalid"} <= used
    assert used <= set(SENTENCES)
