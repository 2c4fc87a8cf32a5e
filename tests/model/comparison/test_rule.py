"""The rule picks by F1-max among the fast ones, and says how sure that is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model.comparison.disagreement import disputed
from model.comparison.figures import results_of
from model.comparison.rule import choose, in_words
from tests.model.comparison.made import record, results, split_of

TRUTH = [False] * 20 + [True] * 20
SHARP = [i / 100 for i in range(20)] + [0.5 + i / 100 for i in range(20)]
NOISE = np.random.default_rng(7).random(40).tolist()


def test_the_best_of_the_fast_ones_is_picked() -> None:
    found = results(TRUTH, {"slow": SHARP, "fast": NOISE}, {"slow": 2.0, "fast": 30.0})
    assert choose(found, split_of(TRUTH), 0).name == "slow"
    choice = choose(found, split_of(TRUTH), 5)
    assert choice.name == "fast"
    assert choice.too_slow == ("slow",)
    said = " ".join(in_words(choice))
    assert "at least 5 images/s one by one" in said
    assert "Too slow for the rule: slow." in said


def test_equals_are_named_and_the_beaten_are_not() -> None:
    nearly = [*SHARP[:19], 0.505, *SHARP[20:]]
    found = results(TRUTH, {"sharp": SHARP, "nearly": nearly, "noise": NOISE})
    choice = choose(found, split_of(TRUTH), 0)
    assert choice.name == "sharp"
    assert choice.equals == ("nearly",)
    low = choice.ahead["noise"].low
    assert low is not None
    assert low > 0.1
    assert not choice.is_trivial


def test_of_equal_ones_the_faster_is_picked() -> None:
    found = results(TRUTH, {"a": SHARP, "b": SHARP}, {"a": 3.0, "b": 4.0})
    choice = choose(found, split_of(TRUTH), 0)
    assert choice.name == "b"
    assert choice.ahead["a"].value == 0
    assert choice.equals == ("a",)


def test_none_fast_enough_is_said() -> None:
    choice = choose(results(TRUTH, {"a": SHARP}, {"a": 3.0}), split_of(TRUTH), 9)
    assert choice.name == ""
    assert in_words(choice)[-1] == "None is fast enough: the fastest, a, judges 3 images/s."
    assert "No detector was judged" in in_words(choose((), split_of(TRUTH), 9))[-1]


def test_what_is_no_better_than_calling_everything_is_said() -> None:
    choice = choose(results(TRUTH, {"noise": NOISE}), split_of(TRUTH), 0)
    assert choice.trivial == pytest.approx(2 / 3)
    assert choice.is_trivial
    assert "gives F1 66.7 % on this test" in " ".join(in_words(choice))


def test_figures_at_both_limits() -> None:
    (one,) = results(TRUTH, {"sharp": SHARP})
    assert one.figures["image_auroc"].value == one.f1_max == 1
    assert one.figures["image_auroc"].low == 1
    assert (one.best.false_calls, one.best.escapes) == (0, 0)
    assert one.own is not None
    assert (one.own.false_calls, one.own.escapes) == (0, 0)
    assert one.by_kind == {"dent": 1.0, "spot": 1.0}
    assert one.figures["aupro"].value is not None


def test_the_most_divided_pictures_come_first() -> None:
    wrong_twice = [*SHARP[:38], 0.0, 0.0]
    wrong_once = [*SHARP[:39], 0.0]
    found = results(TRUTH, {"a": SHARP, "b": wrong_twice, "c": wrong_once, "d": SHARP})
    some = disputed(found, split_of(TRUTH).test)
    assert [one.number for one in some] == [39, 38]
    assert some[0].right == (True, False, False, True)
    assert some[0].ranks == (1.0, 0.0, 0.0, 1.0)
    assert disputed(found, split_of(TRUTH).test, most=1) == some[:1]
    assert disputed(found[:1], split_of(TRUTH).test) == ()


def test_a_map_that_explains_has_no_pixel_figures() -> None:
    truth = [False, True, False, True]
    measured = record("one", [0.1, 0.9, 0.2, 0.8], truth)
    assert measured.judging is not None
    explained = replace(measured, judging=replace(measured.judging, explains=True))
    shown, hidden = results_of([measured, explained], split_of(truth), seed=0, resamples=200)
    assert shown.figures["pixel_auroc"].value is not None
    assert {hidden.figures[name].value for name in ("pixel_auroc", "aupro")} == {None}
    assert hidden.figures["image_auroc"] == shown.figures["image_auroc"]
