from __future__ import annotations

from typing import get_args

from app.learner_words import LEARNER_WORDS
from app.teaching.draft import Way
from app.teaching.ways import WAYS, problem_of
from model.learners import LEARNERS


def test_every_way_of_learning_has_its_words() -> None:
    assert list(LEARNER_WORDS) == list(LEARNERS)
    for name, words in LEARNER_WORDS.items():
        assert words.needs_defects == LEARNERS[name].load().needs_defects


def test_every_way_of_learning_is_offered_in_the_window() -> None:
    assert [info.way for info in WAYS] == list(get_args(Way))
    assert {info.learner for info in WAYS if info.learner} == set(LEARNERS)


def test_what_learns_from_defects_asks_for_them() -> None:
    for info in WAYS:
        asks = bool(problem_of(info.way, 10, 2))
        assert asks == info.needs_defects
        assert problem_of(info.way, 10, 5) == ""
        assert "good pictures" in problem_of(info.way, 3, 9)
