from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.detectors.ad_clip import AdClip
from model.training.ad_clip import AdClipTrainee
from model.training.config import LoopConfig
from model.training.example import Batch
from model.training.loop import fit
from model.training.painted import PaintedViews
from tests.model.tiny_clip import SIZE, zero_shot
from tests.model.training.test_painted import Goods


@pytest.fixture
def trainee() -> AdClipTrainee:
    torch.manual_seed(4)
    return AdClipTrainee(AdClip(zero_shot(), ("good", "scratch", "hole"), 32, (8, 8, 8, 8)))


def batch(trainee: AdClipTrainee, count: int = 4) -> Batch:
    torch.manual_seed(5)
    images = torch.randn(count, 3, SIZE, SIZE)
    masks = torch.zeros(count, SIZE, SIZE)
    masks[1::2, 5:30, 8:35] = 1
    labels = torch.arange(count) % 2
    with torch.no_grad():
        features = trainee.features(images)
    return Batch(images, masks, torch.ones(count, dtype=torch.bool), labels, labels, features)


def test_the_three_losses_are_finite_and_reach_every_part(trainee: AdClipTrainee) -> None:
    losses = trainee(batch(trainee))
    assert set(losses) == {"classification", "anomaly", "contrastive"}
    trainee.total(losses).backward()
    moved = {name.split(".")[1] for name, p in trainee.trained().items() if p.grad is not None}
    assert moved == {"base", "neck", "side", "image_head", "name_head"}
    assert all(
        torch.isfinite(p.grad).all() for p in trainee.trained().values() if p.grad is not None
    )
    backbone = dict(trainee.detector.clip.named_parameters())
    assert all(p.grad is None for p in backbone.values())


def test_losses_are_means_so_parts_of_a_batch_add_up(trainee: AdClipTrainee) -> None:
    whole = batch(trainee)

    def part(rows: slice) -> Batch:
        return Batch(
            whole.images[rows], whole.masks[rows], whole.has_mask[rows], whole.labels[rows],
            whole.names[rows], {k: v[rows] for k, v in whole.features.items()},
        )  # fmt: skip

    with torch.no_grad():
        first, second, both = trainee(part(slice(0, 2))), trainee(part(slice(2, 4))), trainee(whole)
    for name, value in both.items():
        mean = (first[name] + second[name]) / 2
        assert float(value) == pytest.approx(float(mean), rel=1e-5)


def test_without_a_mask_the_maps_learn_nothing(trainee: AdClipTrainee) -> None:
    seen = batch(trainee)
    unknown = replace(seen, has_mask=torch.zeros(4, dtype=torch.bool))
    assert trainee(unknown)["anomaly"].item() == 0.0
    assert trainee(seen)["anomaly"].item() > 0.1


def test_names_that_are_not_known_count_nothing(trainee: AdClipTrainee) -> None:
    seen = batch(trainee)
    nameless = replace(seen, names=torch.full((4,), -1))
    assert trainee(nameless)["classification"].item() < trainee(seen)["classification"].item()


def test_it_learns_painted_defects_through_the_loop(tmp_path: Path, trainee: AdClipTrainee) -> None:
    views = PaintedViews(Goods(4), 1, SIZE)
    config = LoopConfig(tmp_path, epochs=12, batch_size=4, learning_rate=1e-4, turns=2)
    done = fit(trainee, views, None, config)
    first, last = done.epochs[0].losses["total"], done.epochs[-1].losses["total"]
    assert last < first - 0.3
