from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.datasets.tile_scale import Scale, coarsest
from model.errors import DatasetError

UNITS = st.sampled_from(("mm", "px"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.05mm", Scale(0.05, "mm")),
        (" .5 MM ", Scale(0.5, "mm")),
        ("12.5px", Scale(12.5, "px")),
        ("8 px/hole", Scale(8, "px")),
        ("0.1mm/px", Scale(0.1, "mm")),
    ],
)
def test_what_a_person_writes_is_read(text: str, expected: Scale) -> None:
    assert Scale.parse(text) == expected


@given(st.integers(1, 10**6).map(lambda n: n / 1000), UNITS)
@settings(deadline=None)
def test_a_scale_is_read_as_it_is_written(value: float, unit: str) -> None:
    scale = Scale.parse(f"{value:.6f}{unit}")
    assert Scale.parse(str(scale)).factor_to(scale) == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("text", ["", "5", "mm", "0mm", "-1mm", "1cm", "nanpx", "infmm", "1e3px"])
def test_anything_else_is_one_sentence(text: str) -> None:
    with pytest.raises(DatasetError, match=r"is no scale; write 0\.05mm"):
        Scale.parse(text)


def test_a_finer_picture_is_made_smaller() -> None:
    assert Scale(0.05, "mm").factor_to(Scale(0.1, "mm")) == pytest.approx(0.5)
    assert Scale(20, "px").factor_to(Scale(10, "px")) == pytest.approx(0.5)


def test_units_do_not_mix_and_absurd_factors_are_refused() -> None:
    with pytest.raises(DatasetError, match=r"give all in millimetres per pixel or all in pixels"):
        Scale(1, "mm").factor_to(Scale(1, "px"))
    with pytest.raises(DatasetError, match=r"made 1000 times as large; one of the two"):
        Scale(10, "mm").factor_to(Scale(0.01, "mm"))


@given(st.lists(st.floats(0.5, 4), min_size=1, max_size=6), UNITS)
@settings(deadline=None)
def test_at_the_coarsest_scale_no_picture_is_enlarged(values: list[float], unit: str) -> None:
    scales = [Scale(value, unit) for value in values]  # type: ignore[arg-type]
    target = coarsest(scales)
    assert target in scales
    assert all(scale.factor_to(target) <= 1 for scale in scales)
