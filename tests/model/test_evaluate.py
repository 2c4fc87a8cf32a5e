from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from model.data import Sample, read_test_set
from model.errors import DatasetError, ModelError
from model.evaluate import EvaluationCancelled, evaluate, evaluate_samples, judge
from model.figures import figures_of
from model.images import read_image, write_image
from model.metrics import auroc
from model.predictor import Predictor
from model.types import Calibration
from tests.model.test_teach import part, taught
from tests.model.tiny_clip import predictor


@pytest.fixture(scope="module")
def taught_judge() -> Predictor:
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


def test_figures_of_a_set_with_and_without_masks(taught_judge: Predictor, root: Path) -> None:
    calls: list[tuple[int, int]] = []
    report = evaluate(taught_judge, root, lambda done, total: calls.append((done, total)))
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
    assert report.checkpoint == taught_judge.info.sha256
    assert report.images_per_second > 0
    assert calls == [(done, 10) for done in range(1, 11)]
    json.dumps(dataclasses.asdict(report), allow_nan=False)


def test_the_image_figure_is_that_of_the_scores(root: Path) -> None:
    plain = predictor()
    report = evaluate(plain, root)
    scores = [plain.predict(part(100 + i)).score for i in range(4)]
    scores += [plain.predict(part(200 + i, hole=True)).score for i in range(4)]
    scores += [plain.predict(part(300 + i, hole=True)).score for i in range(2)]
    assert report.image_auroc == pytest.approx(auroc(np.repeat([0, 1], [4, 6]), np.array(scores)))


def test_without_masks_there_are_no_pixel_figures(taught_judge: Predictor, root: Path) -> None:
    shutil.rmtree(root / "ground_truth")
    report = evaluate(taught_judge, root)
    assert report.pixel_auroc is None
    assert report.aupro is None
    assert report.image_auroc == 1


def test_one_class_only_is_none_not_nan(taught_judge: Predictor, root: Path) -> None:
    shutil.rmtree(root / "test" / "good")
    report = evaluate(taught_judge, root)
    assert (report.n_good, report.image_auroc, report.f1_max) == (0, None, None)
    json.dumps(dataclasses.asdict(report), allow_nan=False)


def test_without_limits_nothing_is_counted_against_them(
    taught_judge: Predictor, root: Path
) -> None:
    bare = Predictor(taught_judge.detector, Calibration(), taught_judge.info)
    report = evaluate(bare, root)
    assert report.false_calls is None
    assert report.escapes is None


def test_a_damaged_image_is_named(taught_judge: Predictor, root: Path) -> None:
    (root / "test" / "good" / "9.png").write_bytes(b"broken")
    with pytest.raises(DatasetError, match=r"9\.png"):
        evaluate(taught_judge, root)


def of_products(root: Path) -> list[Sample]:
    """The same images twice: as product "b", and with the good ones only half as "a"."""
    samples = read_test_set(root)
    first = [dataclasses.replace(one, product="b") for one in samples]
    second = [dataclasses.replace(one, product="a") for one in samples[1:]]
    return [one for pair in zip(first, second, strict=False) for one in pair]


def test_products_are_judged_apart_and_averaged(root: Path) -> None:
    plain = predictor()
    samples = of_products(root)
    evaluation = evaluate_samples(plain, samples)
    report = evaluation.report
    assert list(report.per_product) == ["b", "a"]
    assert [one.sample for one in evaluation.judged] == samples
    for name, figures in report.per_product.items():
        alone = evaluate_samples(plain, [one for one in samples if one.product == name]).report
        assert alone.per_product[name] == figures
        assert figures == figures_of(
            judge(plain, [one for one in samples if one.product == name]),
            plain.calibration.limit,
        )
    values = [one.image_auroc for one in report.per_product.values()]
    assert report.image_auroc == pytest.approx(np.mean([v for v in values if v is not None]))
    assert set(report.per_kind) == {"a/hole", "a/unmarked", "b/hole", "b/unmarked"}
    assert report.n_good == sum(one.n_good for one in report.per_product.values())
    json.dumps(dataclasses.asdict(report), allow_nan=False)


def test_the_same_figures_again(root: Path) -> None:
    plain = predictor()
    first, again = (dataclasses.asdict(evaluate(plain, root)) for _ in range(2))
    for report in (first, again):
        del report["images_per_second"]
    assert first == again


def test_maps_for_pictures_are_kept_small(root: Path) -> None:
    large = predictor(size=240)
    evaluation = evaluate_samples(large, read_test_set(root)[:2])
    for one in evaluation.judged:
        assert one.anomaly_map is not None
        assert one.anomaly_map.shape == (160, 160)
        assert one.mask is None


def test_image_level_needs_no_mask(root: Path) -> None:
    for mask in (root / "ground_truth" / "hole").iterdir():
        mask.write_bytes(b"broken")
    report = evaluate(predictor(), root, metrics="image-level")
    assert report.pixel_auroc is None
    assert report.image_auroc is not None
    with pytest.raises(DatasetError, match=r"_mask\.png"):
        evaluate(predictor(), root)


def test_unknown_metrics_and_no_image_are_refused(root: Path) -> None:
    with pytest.raises(ModelError, match="image-pixel-level, image-level, pixel-level"):
        evaluate(predictor(), root, metrics="all")
    with pytest.raises(DatasetError, match="no image to test"):
        evaluate_samples(predictor(), [])


def test_a_test_can_be_stopped(root: Path) -> None:
    calls: list[int] = []
    with pytest.raises(EvaluationCancelled, match="stopped"):
        evaluate_samples(
            predictor(),
            read_test_set(root),
            lambda done, _: calls.append(done),
            cancelled=lambda: len(calls) == 3,
        )
    assert calls == [1, 2, 3]


def test_a_picture_seen_whole_keeps_the_very_map_of_the_network(root: Path) -> None:
    plain = predictor()
    samples = read_test_set(root)[:1]
    (seen,) = judge(plain, samples)
    inputs = plain.detector.preprocess(read_image(samples[0].path))
    with torch.inference_mode():
        expected = plain.detector(inputs).anomaly_map[0, 0].numpy()
    assert np.array_equal(seen.anomaly_map, expected)


def test_a_long_picture_is_judged_in_tiles_and_its_whole_map_compared(tmp_path: Path) -> None:
    write_image(tmp_path / "long.png", np.hstack([part(seed) for seed in range(4)]))
    plain = predictor()
    (seen,) = judge(plain, [Sample(tmp_path / "long.png", "good", False)])
    whole = plain.predict(read_image(tmp_path / "long.png"))
    assert seen.score == whole.score
    side = plain.detector.preprocess.size
    assert seen.anomaly_map is not None
    assert seen.anomaly_map.shape == (side, side)
    assert seen.anomaly_map.mean() == pytest.approx(whole.anomaly_map.mean(), rel=0.02)
