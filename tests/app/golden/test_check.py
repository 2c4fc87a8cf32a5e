from __future__ import annotations

import json

import pytest

from app import i18n
from app.golden import wording
from app.golden.check import GoldenCheck, check, unread
from app.golden.details import as_details, from_details
from app.golden.set import GoldenSet
from app.inspection.recipe import Recipe
from app.inspection.verdict import Verdict
from tests.app.golden.conftest import RECIPE, picture
from tests.rigs.grey_detector import BAD, GOOD, GreyDetector


@pytest.fixture
def filled(golden: GoldenSet) -> GoldenSet:
    golden.add(picture(GOOD), "plain", RECIPE, GreyDetector())
    golden.add(picture(BAD), "scratch", RECIPE, GreyDetector())
    return golden


def checked(golden: GoldenSet, detector: GreyDetector, recipe: Recipe = RECIPE) -> GoldenCheck:
    return check(golden.samples(recipe.name), golden.load, detector, recipe, "station-1")


def test_the_same_machine_passes(filled: GoldenSet) -> None:
    seen: list[tuple[int, int]] = []
    done = check(
        filled.samples("grey"), filled.load, GreyDetector(), RECIPE,
        progress=lambda *step: seen.append(step),
    )  # fmt: skip
    assert done.passed
    assert [(s.name, s.found, s.passed) for s in done.samples] == [
        ("plain", Verdict.OK, True),
        ("scratch", Verdict.NG, True),
    ]
    assert [s.moved for s in done.samples] == [0.0, 0.0]
    assert (done.checkpoint, done.recipe_version) == ("grey", 1)
    assert seen == [(1, 2), (2, 2)]
    assert wording.sentence(done) == "All 2 golden samples came out as they must."


def test_a_score_that_moved_too_far_is_named_with_the_amount(filled: GoldenSet) -> None:
    # The same checkpoint by its hash, but 20 grey values off: a library or driver changed.
    done = checked(filled, GreyDetector(reference=GOOD + 20))
    assert not done.passed
    plain, scratch = done.failed
    assert (plain.name, plain.problem, plain.found) == ("plain", "score", Verdict.OK)
    assert plain.moved == pytest.approx(20 / 255)
    assert scratch.moved == pytest.approx(-20 / 255)
    assert wording.sentence(done) == (
        "Golden sample “plain”: score 0.07843 instead of 0: moved by +0.0784, allowed 0.05. "
        "And 1 more sample."
    )


def test_a_score_within_its_tolerance_passes(filled: GoldenSet) -> None:
    done = checked(filled, GreyDetector(reference=GOOD + 5))
    assert done.passed
    assert done.samples[0].moved == pytest.approx(5 / 255)


def test_another_checkpoint_is_compared_by_verdict_alone(filled: GoldenSet) -> None:
    assert checked(filled, GreyDetector("other", reference=GOOD + 20)).passed
    done = checked(filled, GreyDetector("other", reference=GOOD + 70))
    plain = done.failed[0]
    assert (plain.problem, plain.expected, plain.found) == ("verdict", Verdict.OK, Verdict.NG)
    assert plain.moved is None
    assert wording.sentence(done) == (
        "Golden sample “plain”: must be OK, is NG; score 0.2745, limit 0.25. And 1 more sample."
    )


def test_limits_of_the_recipe_count(filled: GoldenSet) -> None:
    done = checked(filled, GreyDetector(), RECIPE.model_copy(update={"ng_limit": 0.9}))
    assert [s.name for s in done.failed] == ["scratch"]


def test_wrong_verdicts_are_told_before_moved_scores(filled: GoldenSet) -> None:
    filled.add(picture(190), "dark", RECIPE, GreyDetector())
    done = checked(filled, GreyDetector(reference=GOOD - 15))
    assert [s.name for s in done.failed] == ["dark", "plain", "scratch"]
    assert "Golden sample “dark”:" in wording.sentence(done)
    assert wording.sentence(done).endswith("And 2 more samples.")


def test_a_missing_or_changed_file_fails_and_says_so(filled: GoldenSet) -> None:
    plain, scratch = filled.samples("grey")
    (filled.folder / plain.image).unlink()
    (filled.folder / scratch.image).write_bytes(b"not a picture")
    done = checked(filled, GreyDetector())
    assert [(s.problem, s.found) for s in done.samples] == [("file", None), ("file", None)]
    assert "plain”: The picture is not in the golden folder." in wording.sentence(done)
    assert wording.what(done.samples[1]) == "The picture was changed since it was added."


@pytest.mark.logs_expected
def test_a_model_that_fails_is_no_pass(filled: GoldenSet) -> None:
    done = checked(filled, GreyDetector(fails_at=(GOOD,)))
    assert done.samples[0].problem == "error"
    assert done.samples[0].found is Verdict.ERROR
    assert "no judgement. The model failed" in wording.sentence(done)
    nan = checked(filled, GreyDetector(nan_at=(GOOD,)))
    assert nan.samples[0].problem == "error"
    wrong = RECIPE.model_copy(update={"checkpoint_sha256": "f" * 64})
    assert not checked(filled, GreyDetector(), wrong).passed


def test_an_empty_set_never_passes(golden: GoldenSet) -> None:
    done = checked(golden, GreyDetector())
    assert not done.passed
    assert "has no golden sample" in wording.sentence(done)
    gone = unread("The database is locked.", GreyDetector(), RECIPE)
    assert not gone.passed
    assert "The database is locked." in wording.sentence(gone)


def test_details_of_the_event_say_it_all_again(filled: GoldenSet) -> None:
    (filled.folder / filled.samples("grey")[1].image).unlink()
    for detector in (GreyDetector(), GreyDetector("other", reference=GOOD + 70)):
        done = checked(filled, detector)
        told = json.loads(json.dumps(as_details(done, "shift"), allow_nan=False))
        assert (told["why"], told["passed"]) == ("shift", False)
        assert from_details("grey", done.at, told) == done
    assert from_details("grey", done.at, {}).passed is False


def test_the_words_follow_the_language(filled: GoldenSet) -> None:
    i18n.set_language("ko")
    done = checked(filled, GreyDetector(reference=GOOD + 20))
    assert "골든 샘플" in wording.sentence(done)
