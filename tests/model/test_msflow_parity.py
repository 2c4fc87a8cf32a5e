"""MSFlow against the authors' code, from pictures to maps and one step of training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from model.detectors.msflow import MSFlow
from model.layers.flow_block import position_code
from model.layers.flow_scores import flow_scores
from model.layers.flows import Flowed, Flows
from model.layers.resizing import resized
from model.layers.whitening import Start
from model.learning.flow_schedule import FlowSchedule
from model.learning.flow_training import FlowPlan, FlowTrainer
from model.msflow_settings import MSFlowSettings
from model.preprocess import IMAGENET_MEAN, IMAGENET_STD, Preprocess
from tests.model import golden_msflow as given

SIZE = (given.SIDE, given.SIDE)
SCALES = range(3)


@pytest.fixture(scope="module")
def msflow() -> MSFlow:
    settings = MSFlowSettings(given.DEPTHS, given.CONDITION)
    preprocess = Preprocess(given.SIDE, IMAGENET_MEAN, IMAGENET_STD, filter="lanczos")
    made = MSFlow(given.network(), preprocess, settings).eval()
    made.flows = given.flows()
    return made.requires_grad_(False)


@pytest.fixture(scope="module")
def features(msflow: MSFlow) -> tuple[Tensor, ...]:
    return msflow.features(given.images())


@pytest.fixture(scope="module")
def flowed(msflow: MSFlow, features: tuple[Tensor, ...]) -> Flowed:
    found: Flowed = msflow.flows(features)
    return found


def near(actual: Tensor, expected: Tensor, limit: float = 1e-4) -> bool:
    """Largest difference over the largest magnitude."""
    assert actual.shape == expected.shape
    return float((actual - expected).abs().max()) < limit * float(expected.abs().max())


def shares(logs: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """The paper's score, map of products and map of sums, from ours in nats."""
    both = flow_scores(logs, SIZE, score="multiplied", shown="multiplied")
    sums = flow_scores(logs, SIZE, shown="added").anomaly_map
    parts = [torch.exp(one - one.amax((2, 3), keepdim=True)) for one in logs]
    total = torch.stack([resized(one, SIZE, corners=True) for one in parts]).sum(0)
    best = total.amax((2, 3), keepdim=True)
    one_minus = [-torch.expm1(-nats) for nats in (both.score, both.anomaly_map, sums)]
    return one_minus[0], one_minus[1][:, 0], (one_minus[2] * best)[:, 0]


def test_every_tensor_of_the_manifest_is_filled_with_its_value(msflow: MSFlow) -> None:
    mine = {given.reference_name(k): v for k, v in msflow.flows.state_dict().items()}
    network = msflow.levels.backbone.state_dict()
    mine |= {f"extractor.{k}": v for k, v in network.items()}
    for name, facts in given.manifest().items():
        if "w_perm" in name or name.startswith("wide:"):
            continue
        total = float(mine[name].double().abs().sum())
        assert total == pytest.approx(facts["abs_sum"], 1e-6), name


def test_preprocessing(msflow: MSFlow) -> None:
    picture = Image.fromarray(given.source().make_image(7, 200, 300))
    tensor = msflow.preprocess.picture(picture)[0]
    assert near(tensor[:, ::2, ::2], given.tensor("transform_sub"))


@pytest.mark.parametrize("size", [(8, 3, 5), (16, 2, 2)])
def test_position_code(size: tuple[int, int, int]) -> None:
    expected = given.tensor("pos_" + "_".join(map(str, size)))
    assert near(position_code(*size), expected)


@pytest.mark.parametrize("scale", SCALES)
def test_features(msflow: MSFlow, features: tuple[Tensor, ...], scale: int) -> None:
    seen = msflow.levels(given.images())
    assert near(seen[scale][:, ::8], given.tensor(f"feat_{scale}_sub"))
    assert near(features[scale][:, ::8], given.tensor(f"pooled_{scale}_sub"))


def test_features_of_the_wide_network() -> None:
    levels = given.extractor("wide_resnet50_2")
    with torch.no_grad():
        seen = levels(given.source().seeded(12, (1, 3, 128, 128)))
    for scale, level in enumerate(seen):
        assert list(level.shape) == given.arrays()[f"wide_feat_{scale}_shape"].tolist()
        pooled = F.avg_pool2d(level, 3, stride=2, padding=1)
        assert near(pooled[:, ::32, ::2, ::2], given.tensor(f"wide_pooled_{scale}_sub"))


@pytest.mark.parametrize("scale", SCALES)
def test_parallel_flows(msflow: MSFlow, features: tuple[Tensor, ...], scale: int) -> None:
    passed, volume = msflow.flows.parallel[scale](features[scale])
    assert near(passed, given.tensor(f"parallel_z_{scale}"))
    assert near(volume, given.tensor(f"parallel_logdet_{scale}"))


def test_fusion_likelihoods_and_loss(flowed: Flowed) -> None:
    for scale in SCALES:
        assert near(flowed.scales[scale], given.tensor(f"z_{scale}"))
        log = flowed.log_likelihoods()[scale][:, 0]
        assert near(log, given.tensor(f"logp_{scale}"))
    assert near(flowed.volume, given.tensor("logdet"))
    assert near(flowed.loss(), given.tensor("loss_per_image"))


def test_scores_and_maps(flowed: Flowed) -> None:
    score, products, sums = shares(flowed.log_likelihoods())
    assert near(score, given.tensor("score"))
    assert near(products, given.tensor("map_mul"))
    assert near(sums, given.tensor("map_add"))


def test_scores_and_maps_of_given_likelihoods() -> None:
    logs = [given.tensor(f"pp_logp_{scale}")[:, None] for scale in SCALES]
    score, products, sums = shares(logs)
    assert near(score, given.tensor("pp_score"))
    assert near(products, given.tensor("pp_map_mul"))
    assert near(sums, given.tensor("pp_map_add"))


def test_the_detector_says_the_same_in_units_of_its_own(msflow: MSFlow, flowed: Flowed) -> None:
    logs = flowed.log_likelihoods()
    msflow.normality.signs.copy_(torch.tensor([[0.0] * 6, [1e6] * 6, [1e6] * 6]))
    scores = msflow(given.images())
    plain = msflow.plain_scores(logs)
    assert near(scores.image_score, plain.image_score)
    assert near(-torch.expm1(-scores.image_score), given.tensor("score"))
    assert near(scores.anomaly_map, plain.anomaly_map)


def test_one_step_of_training(features: tuple[Tensor, ...]) -> None:
    flows = given.flows()
    plan = FlowPlan(FlowSchedule(1, rate=1e-4))
    trainer = FlowTrainer(flows, Start((64, 128, 256), 0), plan)
    unclipped = FlowTrainer(given.flows(), Start((64, 128, 256), 0), replace(plan, clip=1e9))
    expected = given.arrays()
    assert unclipped.step(features, 1e-4).norm == pytest.approx(expected["train_grad_norm"], 2e-3)
    taken = trainer.step(features, 1e-4)
    assert taken.loss == pytest.approx(float(expected["train_loss"]), 1e-4)
    assert taken.norm == pytest.approx(float(expected["train_grad_norm"]), 2e-3)
    after = {given.reference_name(k): v for k, v in flows.named_parameters()}
    names = [key for key in expected if key.startswith("train_after_") and "." in key]
    assert len(names) == 3
    for key in names:
        assert near(after[key.removeprefix("train_after_")].detach(), given.tensor(key))
    assert float(trainer.loss(features).detach()) == pytest.approx(
        float(expected["train_after_loss"]), 1e-4
    )


def test_permutations_are_indices(msflow: MSFlow) -> None:
    flows: Flows = msflow.flows
    weights = sum(value.numel() for value in flows.parameters())
    stored = sum(value.numel() for value in flows.buffers())
    assert stored == sum(count * (1 + depth) for count, depth in ((64, 1), (128, 2), (256, 3)))
    assert stored < weights / 100
