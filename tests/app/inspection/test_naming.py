from __future__ import annotations

import pytest

from app.inspection.naming import name_defect
from app.inspection.verdict import Verdict

KINDS = (("good", 0.6), ("scratch", 0.1), ("dent", 0.3))


@pytest.mark.parametrize("verdict", [Verdict.NG, Verdict.REVIEW])
def test_the_likeliest_kind_that_is_not_good(verdict: Verdict) -> None:
    assert name_defect(verdict, KINDS) == "dent"


@pytest.mark.parametrize("verdict", [Verdict.OK, Verdict.ERROR])
def test_what_has_no_defect_gets_no_name(verdict: Verdict) -> None:
    assert name_defect(verdict, KINDS) == ""


@pytest.mark.parametrize("normal", ["good", "Normal", "OK"])
def test_normal_classes_are_known_by_any_spelling(normal: str) -> None:
    assert name_defect(Verdict.NG, ((normal, 0.9), ("hole", 0.1))) == "hole"
    assert name_defect(Verdict.NG, ((normal, 1.0),)) == ""


def test_names_of_products_are_not_kinds() -> None:
    products = (("bottle", 0.8), ("cable", 0.2))
    assert name_defect(Verdict.NG, products) == ""
    assert name_defect(Verdict.NG, (("scratch", 0.2), ("dent", 0.8)), ("Scratch",)) == "dent"


def test_a_model_without_names() -> None:
    assert name_defect(Verdict.NG, ()) == ""
