from __future__ import annotations

import pytest

from app.bench.model import measure_model
from model import checkpoint
from tests.rigs.learned import learned_file, weights


@pytest.mark.parametrize(
    ("name", "baseline"),
    [
        ("few_shot_clip", "open_clip encode_image"),
        ("patchcore", "open_clip encode_image"),
        ("efficient_ad", ""),
    ],
)
def test_every_kind_is_measured_beside_the_network_it_looks_through(
    name: str, baseline: str
) -> None:
    predictor = checkpoint.load(learned_file(name), device="cpu", weight_folders=[weights()])
    rows = {row.name: row for row in measure_model(predictor, repeats=1)}
    assert list(rows) == ["model_ms", "predict_ms", "predict_p99_ms"]
    assert all(row.value > 0 for row in rows.values())
    assert {row.baseline_name for row in rows.values()} == {baseline}
    assert all((row.ratio is None) == (not baseline) for row in rows.values())
