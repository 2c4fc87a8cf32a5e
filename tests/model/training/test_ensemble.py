"""Members that judge together: what each has seen, where the limits come from, what is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model import checkpoint
from model.data import read_test_set
from model.datasets.collection import read_collection
from model.detectors.ad_clip import AdClip
from model.errors import DatasetError, ModelError
from model.images import read_image
from model.training.config import LoopConfig, TrainingProgress
from model.training.ensemble import member_splits
from model.training.material import split_of
from model.training.network import Network
from model.training.plan import TrainPlan, TrainResult
from model.training.recipes import recipe
from model.training.run import train
from model.training.shots import Shots
from tests.model.tiny_clip import backbone
from tests.rigs.product_set import make_product_set

NETWORK = Network(image_size=48, n_ctx=4, t_n_ctx=2, depth=3, features_list=(4, 6))


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_product_set(tmp_path_factory.mktemp("product"))


def plan_for(product: Path, folder: Path, **changes: Any) -> TrainPlan:
    values = recipe("adclip").loop | {"epochs": 1, "turns": 1}
    plan = TrainPlan(
        data=product,
        recipe=recipe("adclip"),
        loop=LoopConfig(folder=folder, seed=3, **values),
        network=NETWORK,
        weight_folders=(backbone().file.parent,),
        shots=Shots(4, 6),
        members=2,
        device="cpu",
    )
    return replace(plan, **changes)


@pytest.fixture(scope="module")
def run(product: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainResult]:
    folder = tmp_path_factory.mktemp("run")
    return folder, train(plan_for(product, folder))


def loaded(file: Path) -> checkpoint.Predictor:
    return checkpoint.load(file, device="cpu", weight_folders=[backbone().file.parent])


def test_every_shot_is_held_out_once(product: Path, tmp_path: Path) -> None:
    plan = plan_for(product, tmp_path)
    collection = read_collection(product)
    parts = split_of(plan, collection)
    splits = member_splits(plan, collection, parts)
    shots = {*parts.train, *parts.validation}
    held = [one for part in splits for one in part.validation]
    assert len(held) == len(shots)
    assert set(held) == shots
    for part in splits:
        assert {*part.train, *part.validation} == shots
        assert not part.test


def test_limits_come_from_all_shots(run: tuple[Path, TrainResult]) -> None:
    _, result = run
    assert (result.calibration.n_normal, result.calibration.n_defective) == (6, 4)
    assert result.calibration.is_usable
    assert result.counts["train_good"] == result.counts["validation_good"] == 6
    assert result.counts["test_defective"] == 4
    assert result.report is not None
    assert result.report.image_auroc is not None


def test_the_checkpoint_holds_all_members(run: tuple[Path, TrainResult]) -> None:
    folder, result = run
    assert result.checkpoint == folder / "best.safetensors"
    predictor = loaded(result.checkpoint)
    detector = predictor.detector
    assert isinstance(detector, AdClip)
    assert len(detector.fellows) == 1
    assert predictor.info.extra["members"] == 2
    # the bank holds the good shots of all
    assert detector.n_shots == 6
    fellow = detector.fellows[0]
    assert isinstance(fellow, AdClip)
    assert fellow.clip is detector.clip
    assert detector.blend == fellow.blend
    own, other = detector.side.state_dict(), fellow.side.state_dict()
    assert any(not torch.equal(own[key], other[key]) for key in own)
    assert "Members" in (folder / "report.html").read_text("utf-8")


@torch.no_grad()
def test_the_members_judge_together(product: Path, run: tuple[Path, TrainResult]) -> None:
    _, result = run
    assert result.checkpoint is not None
    predictor = loaded(result.checkpoint)
    detector = predictor.detector
    assert isinstance(detector, AdClip)
    picture = read_image(read_test_set(product)[0].path)
    together = predictor.predict(picture)
    fellow = detector.fellows[0]
    assert isinstance(fellow, AdClip)
    inputs = detector.preprocess(picture)
    assert detector.taught is not None
    features = detector.base.features(inputs, detector.taught.fusion.layers)
    each = [one.trained(inputs, features) for one in (detector, fellow)]
    few = detector.taught(inputs)
    share = detector.blend.trained
    mean = torch.stack([one.image_score for one in each]).mean(0)
    expected = share * mean + (1 - share) * few.image_score
    assert together.score == pytest.approx(float(expected), abs=1e-4)
    detector.leave()
    assert predictor.predict(picture).score != pytest.approx(together.score, abs=1e-4)


def test_a_finished_member_is_not_trained_again(product: Path, tmp_path: Path) -> None:
    plan = plan_for(product, tmp_path)
    seen: list[str] = []

    def stop_in_the_second() -> bool:
        return bool(seen) and seen[-1].startswith("member 2/2: training")

    stopped = train(plan, lambda now: seen.append(now.stage), stop_in_the_second)
    assert stopped.stopped == "cancelled"
    assert stopped.checkpoint is None
    again: list[TrainingProgress] = []
    resumed = train(replace(plan, loop=replace(plan.loop, resume=True)), again.append)
    assert resumed.stopped == "finished"
    stages = {now.stage for now in again}
    assert "member 1/2: training" not in stages
    assert "member 2/2: training" in stages
    straight = train(plan_for(product, tmp_path / "straight"))
    assert resumed.checkpoint is not None
    assert straight.checkpoint is not None
    picture = np.asarray(read_image(read_test_set(product)[0].path))
    scores = [
        loaded(one).predict(picture).score for one in (resumed.checkpoint, straight.checkpoint)
    ]
    assert scores[0] == pytest.approx(scores[1], abs=1e-5)


def test_training_on_from_members_trains_one_detector(
    product: Path, tmp_path: Path, run: tuple[Path, TrainResult]
) -> None:
    _, result = run
    plan = plan_for(product, tmp_path, start=result.checkpoint, members=0, network=Network())
    found = train(plan)
    assert found.checkpoint is not None
    detector = loaded(found.checkpoint).detector
    assert isinstance(detector, AdClip)
    assert not len(detector.fellows)


def test_what_members_cannot_be_is_refused(product: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="share one frozen backbone"):
        train(plan_for(product, tmp_path, unfreeze=1))
    with pytest.raises(ModelError, match="share one frozen backbone"):
        train(plan_for(product, tmp_path, recipe=recipe("anomalyclip")))
    with pytest.raises(ModelError, match="at least 2 members"):
        train(plan_for(product, tmp_path, members=1))
    with pytest.raises(DatasetError, match="5 members need"):
        train(plan_for(product, tmp_path, members=5))
