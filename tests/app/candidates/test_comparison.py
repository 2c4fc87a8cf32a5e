from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.camera.frame import Image
from app.candidates.comparing import Contender, compare
from app.candidates.comparison import Comparison, Pair, Seen, Side, in_order
from app.candidates.errors import CandidateError, CheckCancelled
from app.candidates.sources import Source, folder_pictures
from app.candidates.weighing import weight_bytes
from app.errors import StoreError
from app.inspection.recipe import Recipe
from app.inspection.verdict import Verdict
from model.images import write_image
from tests.model.tiny_clip import picture, predictor

numbers = st.floats(-1e6, 1e6)
seen = st.builds(
    Seen,
    verdict=st.sampled_from(Verdict),
    score=st.none() | numbers,
    share=st.none() | numbers,
    model_ms=st.floats(0, 1e4),
    reasons=st.lists(st.text(max_size=5), max_size=2).map(tuple),
)
pairs = st.builds(
    Pair,
    kind=st.sampled_from(["part", "golden", "picture"]),
    id=st.text(max_size=5),
    name=st.text(max_size=5),
    picture=st.text(max_size=5),
    expected=st.none() | st.sampled_from([Verdict.OK, Verdict.NG]),
    current=seen,
    candidate=seen,
    taken_utc=st.just("2026-05-04T06:00:00+00:00"),
)
SIDE = Side("a", "a.safetensors", "0" * 64, "sowa", None, 1.0, 0.5, 20.0, 50.0)


def comparison(found: list[Pair]) -> Comparison:
    return Comparison("bolt", 3, SIDE, SIDE, in_order(found), 0, "cpu", "2026-05-04T06:00:00")


@given(st.lists(pairs, min_size=1, max_size=6))
def test_json_both_ways(found: list[Pair]) -> None:
    made = comparison(found)
    assert Comparison.from_json(json.loads(json.dumps(made.to_json()))) == made


@given(st.lists(pairs, min_size=1, max_size=9))
def test_differing_ones_come_first(found: list[Pair]) -> None:
    made = comparison(found)
    flags = [pair.differs for pair in made.pairs]
    assert flags == sorted(flags, reverse=True)
    assert len(made.differing) == sum(flags)
    assert (len(flags) - sum(flags)) / len(flags) in made.agreement


def test_what_is_wrong_depends_on_what_is_known() -> None:
    review, ok = Seen(Verdict.REVIEW, 1.0, 0.9, 5.0), Seen(Verdict.OK, 0.5, 0.2, 5.0)
    part = Pair("part", "1", "a", "", Verdict.NG, review, ok)
    golden = Pair("golden", "2", "b", "", Verdict.NG, review, ok)
    nobody_knows = Pair("part", "3", "c", "", None, review, ok)
    made = comparison([part, golden, nobody_knows])
    assert made.wrong("current", "part") == ()
    assert made.wrong("candidate", "part") == (part,)
    assert made.wrong("current", "golden") == (golden,)
    assert len(made.changed(Verdict.REVIEW, Verdict.OK)) == 3


def test_values_that_are_no_comparison() -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Comparison.from_json({"recipe": "bolt"})


@pytest.fixture(scope="module")
def two() -> tuple[Contender, Contender]:
    recipe = Recipe(name="bolt", checkpoint="a")
    return (
        Contender(predictor("few_shot_clip"), recipe, 0.1),
        Contender(predictor("anomaly_clip"), recipe.with_checkpoint("b"), 0.2),
    )


def source(number: int, image: Image | None = None) -> Source:
    made = picture(number) if image is None else image
    return Source("part", str(number), f"part {number}", Path("p.png"), lambda: made)


def gone() -> Image:
    raise StoreError("The picture is gone.")


def test_both_judge_the_same_pictures(two: tuple[Contender, Contender]) -> None:
    told: list[tuple[str, int, int]] = []
    sources = [source(1), source(2), Source("part", "3", "c", Path("c"), gone)]
    found = compare(*two, sources, lambda *step: told.append(step))
    assert told == [("judge", number, 3) for number in range(4)]
    assert (len(found.pairs), found.skipped) == (2, 1)
    by_id = {pair.id: pair for pair in found.pairs}
    for number in (1, 2):
        for which, one in zip(("current", "candidate"), two, strict=True):
            judged: Seen = getattr(by_id[str(number)], which)
            score = one.predictor.predict(picture(number)).score
            limits = one.predictor.calibration
            assert judged.score == pytest.approx(score)
            assert judged.share == pytest.approx(
                (score - limits.typical) / (limits.limit - limits.typical)
            )
            assert judged.verdict is (Verdict.NG if score >= limits.limit else Verdict.OK)
    assert found.candidate.detector == "anomaly_clip"
    assert found.current.memory_mb * 1e6 == weight_bytes(two[0].predictor)
    assert found.current.memory_mb > found.candidate.memory_mb > 20


def test_it_can_be_stopped_and_needs_pictures(two: tuple[Contender, Contender]) -> None:
    with pytest.raises(CheckCancelled, match="nothing has changed"):
        compare(*two, [source(1)], cancelled=lambda: True)
    with pytest.raises(CandidateError, match="no pictures to compare"):
        compare(*two, [Source("part", "3", "c", Path("c"), gone)])


def test_pictures_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(CandidateError, match="no pictures"):
        folder_pictures(tmp_path, 5)
    for number in range(3):
        write_image(tmp_path / f"{number}.png", np.full((40, 40, 3), number, np.uint8))
    found = folder_pictures(tmp_path, 2)
    assert len(found) == 2
    assert int(found[-1].load()[0, 0, 0]) == int(found[-1].file.stem)
