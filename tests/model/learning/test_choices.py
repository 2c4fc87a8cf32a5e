from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.learning.choices import ChoiceError, choice, choices_of, listed, parse_spec


@dataclass(frozen=True, slots=True)
class Choices:
    steps: int = choice(20, "steps of the training", low=1, high=1000)
    rate: float = choice(1e-3, "learning rate", low=0.0)
    deep: bool = choice(False, "more layers")
    kind: str = choice("a", "form", options=("a", "b"))
    file: Path | None = choice(None, "weights")


@given(st.integers(1, 1000), st.floats(0, 10), st.booleans(), st.sampled_from("ab"))
def test_what_is_listed_can_be_typed(steps: int, rate: float, deep: bool, kind: str) -> None:
    given_ = {"steps": str(steps), "rate": repr(rate), "deep": "yes" if deep else "no"}
    made = choices_of(Choices, {**given_, "kind": kind})
    assert made == Choices(steps, rate, deep, kind)


def test_usual_values_and_texts_are_listed_in_order() -> None:
    told = {one.name: one.default for one in listed(Choices)}
    assert told == {"steps": "20", "rate": "0.001", "deep": "no", "kind": "a", "file": ""}
    assert choices_of(Choices, {"file": "a/b"}).file == Path("a/b")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"step": "1"}, "did you mean steps"),
        ({"steps": "x"}, "must be a whole number"),
        ({"steps": "0"}, "must be 1 to 1000"),
        ({"rate": "-1"}, "must be at least 0"),
        ({"rate": "nan"}, "must be at least 0"),
        ({"deep": "maybe"}, "must be yes or no"),
        ({"kind": "c"}, "must be one of a, b"),
    ],
)
def test_what_cannot_be_taken_is_one_sentence(typed: dict[str, str], said: str) -> None:
    with pytest.raises(ChoiceError, match=said):
        choices_of(Choices, typed)


def test_a_detector_is_named_with_its_choices() -> None:
    assert parse_spec("flow") == ("flow", {})
    assert parse_spec(" flow : steps = 5, file=a=b ") == ("flow", {"steps": "5", "file": "a=b"})
    for wrong in (":steps=5", "flow:steps", "flow:=5", "flow:a=1,a=2"):
        with pytest.raises(ChoiceError):
            parse_spec(wrong)
