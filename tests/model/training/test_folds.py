"""Mean and spread over folds, and what each fold trains on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from model.datasets.collection import read_collection
from model.evaluate import Report
from model.training.folds import fold_plan, fold_splits, fold_table, mean_and_spread
from model.training.material import split_of
from tests.model.training.test_run import plan_for
from tests.rigs.product_set import make_product_set


def report(**figures: float | None) -> Report:
    blank = dict.fromkeys((field for field in Report.__dataclass_fields__), None)
    return Report(**(blank | figures))  # type: ignore[arg-type]


def test_mean_and_spread() -> None:
    found = mean_and_spread(
        [
            report(image_auroc=0.8, pixel_auroc=None),
            report(image_auroc=0.9, pixel_auroc=0.7),
            report(image_auroc=1.0, pixel_auroc=None),
        ]
    )
    assert set(found) == {"image_auroc", "pixel_auroc"}
    assert found["image_auroc"].mean == pytest.approx(0.9)
    assert found["image_auroc"].spread == pytest.approx(0.1)
    assert found["pixel_auroc"].values == (0.7,)
    assert found["pixel_auroc"].spread == 0
    assert fold_table(found)[0].rows[0] == ["image_auroc", 3, "0.900", "0.100"]
    assert mean_and_spread([]) == {}
    assert fold_table({}) == ()


def test_a_fold_is_judged_on_what_it_has_not_seen(tmp_path: Path) -> None:
    product = make_product_set(tmp_path / "set", train=12)
    plan = replace(plan_for(product, tmp_path / "run"), folds=4)
    collection = read_collection(product)
    parts = split_of(plan, collection)
    splits = fold_splits(plan, collection, parts)
    shots = {*parts.train, *parts.validation}
    assert len(splits) == 4
    assert {one for part in splits for one in part.test} == shots
    for part in splits:
        assert {*part.train, *part.validation, *part.test} == shots
        assert not {*part.train, *part.validation} & set(part.test)
        assert not set(part.train) & set(part.validation)
        assert any(one.is_defective for one in part.test)
        # the true test pictures stay out of it
        assert not set(part.test) & set(parts.test)


def test_each_fold_writes_into_a_folder_of_its_own(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, tmp_path / "run", folds=2)
    assert fold_plan(plan, 2).loop.folder == tmp_path / "run" / "fold_2"
    assert not fold_plan(plan, 1).loop.keep_epochs
