from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from model.errors import DatasetError
from model.evaluate import evaluate
from model.images import write_image
from model.metrics import auroc
from model.predictor import Predictor
from model.types import Calibration
from tests.model.test_teach import part, taught
from tests.model.tiny_clip import predictor


@pytest.fixture(scope="module")
def judge() -> Predictor:
    return taught(6)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("test/good", "test/hole", "test/unmarked", "ground_truth/hole"):
        (tmp_path / folder).mkdir(parents=True)
    mask = np.zeros((96, 96), np.uint8)
    mask[40:56, 40:56] = 255
    for index in range(4):
        write_image(tmp_path / "test" / "good" / f"{index}.png", part(100 + index))
        write_image(tmp_path / "test" / "hole" / f"{index}.png", part(200 + index, hole=True))
        write_image(tmp_path / "ground_truth" / "hole" / f"{index}_mask.png", mask)
    for index in range(2):
        write_image(tmp_path / "test" / "unmarked" / f"{index}.png", part(300 + index, hole=True))
    return tmp_path


def test_figures_of_a_set_with_and_without_masks(judge: Predictor, root: Path) -> None:
    calls: list[tuple[int, int]] = []
    report = evaluate(judge, root, lambda done, total: calls.append((done, total)))
    assert (report.n_good, report.n_defective) == (4, 6)
    assert report.image_auroc == report.image_ap == report.f1_max == 1
    assert report.pixel_auroc is not None
    assert report.pixel_auroc > 0.9
    assert report.aupro is not None
    assert (report.false_calls, report.escapes) == (0, 0)
    assert list(report.per_kind) == ["hole", "unmarked"]
    assert report.per_kind["hole"]["n"] == 4
    assert report.per_kind["unmarked"]["image_auroc"] == 1
    assert report.per_kind["unmarked"]["aupro"] is None
    assert report.checkpoint == judge.info.sha256
    assert report.images_per_second > 0
    assert calls == [(done, 10) for done in range(1, 11)]
    json.dumps(dataclasses.asdict(report), allow_nan=False)


def test_the_image_figure_is_that_of_the_scores(root: Path) -> None:
    judge = predictor()
    report = evaluate(judge, root)
    scores = [judge.predict(part(100 + i)).score for i in range(4)]
    scores += [judge.predict(part(200 + i, hole=True)).score for i in range(4)]
    scores += [judge.predict(part(300 + i, hole=True)).score for i in range(2)]
    assert report.image_auroc == pytest.approx(auroc(np.repeat([0, 1], [4, 6]), np.array(scores)))


def test_without_masks_there_are_no_pixel_figures(judge: Predictor, root: Path) -> None:
    shutil.rmtree(root / "ground_truth")
    report = evaluate(judge, root)
    assert report.pixel_auroc is None
    assert report.aupro is None
    assert report.image_auroc == 1


def test_one_class_only_is_none_not_nan(judge: Predictor, root: Path) -> None:
    shutil.rmtree(root / "test" / "good")
    report = evaluate(judge, root)
    assert (report.n_good, report.image_auroc, report.f1_max) == (0, None, None)
    json.dumps(dataclasses.asdict(report), allow_nan=False)


def test_without_limits_nothing_is_counted_against_them(judge: Predictor, root: Path) -> None:
    bare = Predictor(judge.detector, Calibration(), judge.info)
    report = evaluate(bare, root)
    assert report.false_calls is None
    assert report.escapes is None


def test_a_damaged_image_is_named(judge: Predictor, root: Path) -> None:
    (root / "test" / "good" / "9.png").write_bytes(b"broken")
    with pytest.raises(DatasetError, match=r"9\.png"):
        evaluate(judge, root)
