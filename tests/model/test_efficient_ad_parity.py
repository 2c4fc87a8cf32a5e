"""EfficientAD against the numbers of the reference code (spec sections 2 to 7)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from torch import nn

from model.detectors.efficient_ad import EfficientAd
from model.distil_target import ResnetTarget
from model.learning.efficient_ad_losses import StepPictures, quantile, step_losses
from model.learning.efficient_ad_teacher import set_statistics
from model.predictor import Predictor
from model.types import Calibration, CheckpointInfo
from tests.model.golden_efficient_ad import (
    LONG,
    arrays,
    assert_equal,
    detector,
    images,
    source,
    tensor,
)

PICTURES = ((7, 200, 300), (8, 200, 300))


# M differs from S in its layers alone; a training step of it would take half a minute
@pytest.mark.parametrize(("size", "count"), [("s", 3), ("m", 1)])
def test_networks_and_maps(size: str, count: int) -> None:
    made, name = detector(size), LONG[size]
    pictures = images()[:count]
    with torch.inference_mode():
        one = pictures[:1]
        assert_equal(made.teacher(one)[0, ::16, ::8, ::8], tensor(f"{name}_teacher_out_sub"))
        assert_equal(made.student(one)[0, ::32, ::8, ::8], tensor(f"{name}_student_out_sub"))
        assert_equal(made.autoencoder(one)[0, ::16, ::8, ::8], tensor(f"{name}_ae_out_sub"))
        raw = made.raw_maps(pictures)
        combined = made.comparable(raw)
    for number in range(len(pictures)):
        assert_equal(raw.local[number], tensor(f"{name}_map_st_{number}"))
        assert_equal(raw.whole[number], tensor(f"{name}_map_ae_{number}"))
        assert_equal(combined[number], tensor(f"{name}_map_combined_{number}"))
    if count == 3:
        found = [quantile(m, share) for m in (raw.local, raw.whole) for share in (0.9, 0.995)]
        assert_equal(torch.stack(found), tensor(f"{name}_quantiles"))


def test_the_padded_teacher_and_its_statistics() -> None:
    made, name = detector("s"), "small"
    fresh = EfficientAd("s").eval()
    fresh.teacher.load_state_dict(made.teacher.state_dict())
    set_statistics(fresh, [one[None] for one in images()[:2]])
    assert_equal(fresh.teacher_mean, tensor(f"{name}_teacher_mean"))
    assert_equal(fresh.teacher_std, tensor(f"{name}_teacher_std"))
    with torch.inference_mode():
        padded = fresh.teacher.padded(True)(images()[:1])
    assert list(padded.shape) == tensor(f"{name}_teacher_padded_shape").tolist()
    assert_equal(padded[0, ::16, ::8, ::8], tensor(f"{name}_teacher_padded_sub"))


def test_the_picture_becomes_the_reference_s_input() -> None:
    seed, height, width = PICTURES[0]
    picture = Image.fromarray(source().make_image(seed, height, width))
    found = detector("s").preprocess.picture(picture)[0, :, ::8, ::8]
    assert_equal(found, tensor("transform_sub"))


def test_whole_pictures_in_reference_mode() -> None:
    made, name = detector("s"), "small"
    info = CheckpointInfo(
        Path("x"), "x", made.kind, "", "", 256, "", 0, Calibration(), 1, "", "", 0
    )
    maps, scores = [], []
    for seed, height, width in PICTURES:
        rgb = source().make_image(seed, height, width)
        prediction = Predictor(made, Calibration(), info).predict(rgb[:, :, ::-1])
        maps.append(torch.from_numpy(prediction.anomaly_map.copy())[::4, ::4])
        scores.append(float(prediction.anomaly_map.max()))
        assert prediction.score >= scores[-1] - 1e-4
    # OpenCV's bilinear weights have eleven bits
    assert_equal(torch.stack(maps), tensor(f"{name}_picture_map_sub"), 1e-3)
    assert_equal(torch.tensor(scores), tensor(f"{name}_picture_scores"), 1e-3)


def _training_detector() -> EfficientAd:
    made = EfficientAd("s")
    made.load_state_dict(detector("s").state_dict())
    for layer in made.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    return made.train()


def test_a_training_step() -> None:
    made, name = _training_detector(), "small"
    one, foreign = images()[:1], images()[1:2]
    learned = [*made.student.parameters(), *made.autoencoder.parameters()]
    optimizer = torch.optim.Adam(learned, 1e-4, weight_decay=1e-5)
    losses = step_losses(made, StepPictures(one, 0.9 * one, foreign))
    for key, value in (
        ("hard", losses.hard),
        ("penalty", losses.penalty),
        ("st", losses.hard + losses.penalty),
        ("ae", losses.autoencoder),
        ("stae", losses.student),
        ("total", losses.total),
        ("total_no_penalty", losses.total - losses.penalty),
    ):
        assert_equal(value.detach(), tensor(f"{name}_train_loss_{key}"))
    losses.total.backward()
    parameters = dict(made.named_parameters())
    norms = [parameters[key].grad.norm() for key in _names(f"{name}_train_grad_names")]
    assert_equal(torch.stack(norms).double(), tensor(f"{name}_train_grad_norms"), 2e-3)
    assert all(one.grad is None for one in made.teacher.parameters())
    optimizer.step()
    for part in ("student", "autoencoder"):
        after = parameters[f"{part}.0.bias"].detach()
        assert_equal(after, tensor(f"{name}_train_after_{part}_0_bias"))


def _names(key: str) -> list[str]:
    return [str(one) for one in np.asarray(arrays()[key])]


def test_the_target_of_the_paper() -> None:
    backbone = torchvision.models.resnet18(weights=None).eval()
    source().fill(backbone, "backbone.", 2**0.5)
    target = ResnetTarget(backbone, 384, {})
    found = target.pooled(source().seeded(2, (1, 3, 512, 512)))
    assert list(found.shape) == tensor("pretrain_target_shape").tolist()
    assert_equal(found[0, ::16, ::8, ::8], tensor("pretrain_target_sub"))
