"""The trainee of AnomalyCLIP against the authors' losses, gradients and steps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from model.detectors.anomaly_clip import AnomalyClip
from model.errors import ModelError
from model.training.anomaly_clip import AnomalyClipTrainee
from model.training.example import Batch
from model.training.trainees import trainee_for
from tests.model.golden_clip import Case, case
from tests.model.tiny_clip import few_shot, zero_shot

CASES = [(name, choice) for name in ("tiny6", "tiny24") for choice in (0, 1)]
SIDE = 48


def trainee_of(reference: Case, layers: list[int]) -> AnomalyClipTrainee:
    old = reference.detector
    model = AnomalyClip(old.clip, old.prompt_learner, old.preprocess, layers, old.dpam)
    return AnomalyClipTrainee(model)


def batch_of(trainee: AnomalyClipTrainee, images: Tensor, masks: Tensor, labels: Tensor) -> Batch:
    known = torch.ones(len(images), dtype=torch.bool)
    names = torch.full((len(images),), -1)
    with torch.no_grad():
        features = trainee.features(images)
    return Batch(images, masks, known, labels, names, features)


def small_batch(trainee: AnomalyClipTrainee, count: int = 4) -> Batch:
    rng = torch.Generator().manual_seed(5)
    images = torch.randn(count, 3, SIDE, SIDE, generator=rng)
    masks = torch.zeros(count, SIDE, SIDE)
    masks[::2, 10:20, 12:30] = 1
    return batch_of(trainee, images, masks, torch.tensor([1, 0] * (count // 2)))


@pytest.mark.parametrize(("name", "choice"), CASES)
def test_losses_and_gradients_are_those_of_the_reference(name: str, choice: int) -> None:
    reference = case(name)
    layers = reference.config["features"][choice]
    tag = "-".join(map(str, layers))
    trainee = trainee_of(reference, layers)
    masks = reference.masks.reshape(len(reference.images), 70, 70)
    batch = batch_of(trainee, reference.images, masks, reference.labels)
    losses = trainee(batch)
    # per layer: focal, dice of the anomalous channel, dice of the normal one
    parts = reference.tensor(f"train_{tag}_parts").sum(0)
    ours = torch.stack([losses[k] for k in ("focal", "dice_anomalous", "dice_normal")])
    assert (ours - parts).abs().max() < 2e-5
    total = trainee.total(losses)
    pixel, image, whole = reference.tensor(f"train_{tag}_pixel_image_total")
    assert abs(losses["image"] - image) < 2e-5
    assert abs(total - whole) < 2e-5 * float(pixel)
    total.backward()
    norms = dict(
        zip(
            reference.arrays["grad_names"], reference.arrays[f"train_{tag}_grad_norms"], strict=True
        )
    )
    trained = trainee.trained()
    for key, norm in norms.items():
        mine = trained.get(f"detector.prompt_learner.{key}")
        assert (mine is None) == bool(np.isnan(norm)), key
        if mine is not None:
            expected = reference.tensor(f"train_{tag}_grad_{key}")
            limit = 1e-3 if "compound" in key else 5e-5
            assert mine.grad is not None
            assert (mine.grad - expected).norm() < limit * expected.norm(), key


@pytest.mark.parametrize(("name", "choice"), CASES)
def test_three_steps_of_adam(name: str, choice: int) -> None:
    reference = case(name)
    layers = reference.config["features"][choice]
    tag = "-".join(map(str, layers))
    trainee = trainee_of(reference, layers)
    masks = reference.masks.reshape(len(reference.images), 70, 70)
    batch = batch_of(trainee, reference.images, masks, reference.labels)
    adam = torch.optim.Adam(trainee.trained().values(), lr=1e-3, betas=(0.5, 0.999))
    curve = []
    for step in range(4):
        losses = trainee(batch)
        pixel = trainee.total({k: v for k, v in losses.items() if k != "image"})
        curve.append([pixel.item(), losses["image"].item()])
        if step < 3:
            adam.zero_grad()
            trainee.total(losses).backward()
            adam.step()
    assert np.abs(np.array(curve) - reference.arrays[f"train_{tag}_curve4"]).max() < 1e-4


def test_only_the_prompts_train() -> None:
    trainee = AnomalyClipTrainee(zero_shot())
    assert set(trainee.trained()) == {
        "detector.prompt_learner.ctx_pos",
        "detector.prompt_learner.ctx_neg",
        "detector.prompt_learner.compound_prompts_text.0",
        "detector.prompt_learner.compound_prompts_text.1",
    }
    trainee.total(trainee(small_batch(trainee))).backward()
    assert all(p.grad is not None for p in trainee.trained().values())
    assert all(p.grad is None for p in trainee.detector.clip.parameters())


def test_pictures_without_a_known_mask_count_for_the_image_alone() -> None:
    trainee = AnomalyClipTrainee(zero_shot())
    whole = small_batch(trainee)
    known = torch.tensor([True, True, False, False])
    partly = Batch(whole.images, whole.masks, known, whole.labels, whole.names, whole.features)
    first = small_part(whole, 2)
    losses, half = trainee(partly), trainee(first)
    for name in ("focal", "dice_anomalous", "dice_normal"):
        assert losses[name].item() == pytest.approx(half[name].item() / 2, abs=1e-6)
    assert losses["image"].item() == pytest.approx(trainee(whole)["image"].item(), abs=1e-6)
    none = Batch(
        whole.images, whole.masks, known & False, whole.labels, whole.names, whole.features
    )
    assert trainee(none)["focal"].item() == 0
    trainee.total(trainee(none)).backward()


def small_part(batch: Batch, count: int) -> Batch:
    features = {key: value[:count] for key, value in batch.features.items()}
    rest = (batch.images, batch.masks, batch.has_mask, batch.labels, batch.names)
    return Batch(*(value[:count] for value in rest), features)


def test_losses_of_two_halves_average_to_the_whole() -> None:
    trainee = AnomalyClipTrainee(zero_shot())
    whole = small_batch(trainee)
    features = {key: value[2:] for key, value in whole.features.items()}
    rest = (whole.images, whole.masks, whole.has_mask, whole.labels, whole.names)
    second = Batch(*(value[2:] for value in rest), features)
    halves = [trainee.total(trainee(part)).item() for part in (small_part(whole, 2), second)]
    assert sum(halves) / 2 == pytest.approx(trainee.total(trainee(whole)).item(), abs=1e-5)


def test_scores_from_features_are_those_of_the_detector() -> None:
    trainee = AnomalyClipTrainee(zero_shot())
    batch = small_batch(trainee)
    with torch.no_grad():
        direct, cached = trainee.detector(batch.images), trainee.scores(batch)
    assert torch.allclose(direct.image_score, cached.image_score, atol=1e-6)
    assert torch.allclose(direct.anomaly_map, cached.anomaly_map, atol=1e-6)


def test_refresh_brings_the_trained_prompts_into_the_scores() -> None:
    trainee = AnomalyClipTrainee(zero_shot())
    batch = small_batch(trainee)
    before = trainee.scores(batch).image_score.detach().clone()
    with torch.no_grad():
        trainee.detector.prompt_learner.ctx_neg.add_(0.5)
    assert torch.equal(trainee.scores(batch).image_score, before)
    trainee.refresh()
    assert not torch.equal(trainee.scores(batch).image_score, before)


def test_weights_by_name() -> None:
    trainee = trainee_for(zero_shot(), {"focal": 2.5})
    assert trainee.weights["focal"] == 2.5
    assert trainee.weights["image"] == 1
    with pytest.raises(ModelError, match=r"no loss called 'contrast'; it has image, focal"):
        trainee_for(zero_shot(), {"contrast": 1})


def test_a_memory_bank_cannot_be_trained() -> None:
    with pytest.raises(ModelError, match="few_shot_clip cannot be trained"):
        trainee_for(few_shot())
