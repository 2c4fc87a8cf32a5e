"""Losses, gradients and optimizer steps against the authors' code."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from model.detectors.anomaly_clip import AnomalyClip
from model.layers.similarity import probability_map
from model.layers.text import encode_prompts
from model.layers.vision import VisionFeatures, encode_image
from model.losses import (
    PIXEL_WEIGHT,
    dice_loss,
    focal_loss,
    image_loss,
    pixel_loss,
    pixel_loss_parts,
)
from tests.model.golden_clip import Case, case, detector, load_arrays
from tests.shared_data import golden

CHOICES = [(name, choice) for name in ("tiny6", "tiny24") for choice in (0, 1)]


def _features(reference: Case) -> VisionFeatures:
    with torch.no_grad():
        visual = reference.detector.clip.get_submodule("visual")
        layers = reference.config["features"][1]
        return encode_image(visual, reference.images, layers, reference.config["dpam"])


def _maps(features: VisionFeatures, text: Tensor, layers: list[int], side: int) -> list[Tensor]:
    return [probability_map(features.patches[k], text, features.grid, (side, side)) for k in layers]


def _losses(
    model: AnomalyClip, features: VisionFeatures, masks: Tensor, labels: Tensor, layers: list[int]
) -> tuple[Tensor, Tensor]:
    """Return the weighted pixel loss and the image loss."""
    text = encode_prompts(model.clip, model.prompt_learner)
    maps = _maps(features, text, layers, masks.shape[-1])
    pixel = PIXEL_WEIGHT * torch.stack([pixel_loss(m, masks) for m in maps]).sum()
    return pixel, image_loss(features.image, text, labels)


def _adam(model: AnomalyClip) -> torch.optim.Adam:
    return torch.optim.Adam(model.prompt_learner.parameters(), lr=1e-3, betas=(0.5, 0.999))


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_losses_and_gradients(name: str, choice: int) -> None:
    reference = case(name)
    layers = reference.config["features"][choice]
    tag = "-".join(map(str, layers))
    features = _features(reference)
    maps = _maps(features, reference.detector.text_features, layers, 70)
    parts = torch.stack([torch.stack(pixel_loss_parts(m, reference.masks)) for m in maps])
    expected = reference.tensor(f"train_{tag}_parts")
    assert (parts - expected).abs().max() < 2e-5

    learner = reference.detector.prompt_learner
    pixel, image = _losses(reference.detector, features, reference.masks, reference.labels, layers)
    totals = torch.stack([pixel, image, pixel + image])
    expected = reference.tensor(f"train_{tag}_pixel_image_total")
    assert (totals - expected).abs().max() < 2e-5 * float(expected.abs().max())

    (pixel + image).backward()
    norms = dict(
        zip(
            reference.arrays["grad_names"], reference.arrays[f"train_{tag}_grad_norms"], strict=True
        )
    )
    for key, parameter in learner.named_parameters():
        if np.isnan(norms[key]):
            assert parameter.grad is None, key
            continue
        expected = reference.tensor(f"train_{tag}_grad_{key}")
        limit = 1e-3 if "compound" in key else 5e-5
        assert parameter.grad is not None, key
        assert (parameter.grad - expected).norm() < limit * expected.norm(), key


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_optimizer_steps(name: str, choice: int) -> None:
    reference = case(name)
    layers = reference.config["features"][choice]
    tag = "-".join(map(str, layers))
    features = _features(reference)
    model = reference.detector
    optimizer = _adam(model)
    curve = []
    for step in range(4):
        pixel, image = _losses(model, features, reference.masks, reference.labels, layers)
        curve.append([pixel.item(), image.item()])
        if step == 3:
            break
        optimizer.zero_grad()
        (pixel + image).backward()
        optimizer.step()
    expected = reference.arrays[f"train_{tag}_curve4"]
    assert np.abs(np.array(curve) - expected).max() < 1e-4
    for key, parameter in model.prompt_learner.named_parameters():
        if f"train_{tag}_after3_{key}" in reference.arrays:
            after = reference.tensor(f"train_{tag}_after3_{key}")
            assert (parameter - after).abs().max() < 1e-4, key


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_batch_of_one_as_the_reference_computes_it(name: str, choice: int) -> None:
    """It squeezes the mask, so its dice counts every image row as an image; ours does not."""
    reference = case(name)
    layers = reference.config["features"][choice]
    features = _features(reference)
    text = reference.detector.text_features
    mask = reference.masks[1]
    parts = []
    for whole in _maps(features, text, layers, 70):
        one = whole[1:2]
        # (1, S, S) -> (S, S): rows become the batch
        anomalous, normal = one[0, 1], one[0, 0]
        rows = mask[0]
        parts.append(
            torch.stack(
                [focal_loss(one, mask), dice_loss(anomalous, rows), dice_loss(normal, 1 - rows)]
            )
        )
    expected = reference.tensor(f"train_b1_{'-'.join(map(str, layers))}_parts")
    assert (torch.stack(parts) - expected).abs().max() < 2e-5
    image = image_loss(features.image[1:2], text, reference.labels[1:2])
    assert abs(image.item() - float(reference.arrays["train_b1_image_loss"])) < 2e-5


def _picture(model: AnomalyClip, path: str) -> Tensor:
    with Image.open(golden("minids") / path) as picture:
        return model.preprocess.picture(picture)


def _mask(model: AnomalyClip, path: str) -> Tensor:
    file = golden("minids") / path.replace("/test/", "/ground_truth/")
    if "/good/" in path:
        return torch.zeros(1, model.preprocess.size, model.preprocess.size)
    with Image.open(file) as picture:
        return model.preprocess.mask(picture)


def _train_epoch(model: AnomalyClip, optimizer: torch.optim.Adam, paths: list[str]) -> list[Any]:
    """Return focal, dice1, dice0 and cross entropy of each step, batches of four."""
    record = []
    for start in range(0, len(paths), 4):
        batch = paths[start : start + 4]
        masks = torch.stack([_mask(model, path) for path in batch])
        labels = torch.tensor([int("/bad/" in path) for path in batch])
        with torch.no_grad():
            features = model.features(torch.cat([_picture(model, path) for path in batch]))
        text = encode_prompts(model.clip, model.prompt_learner)
        parts = pixel_loss_parts(_maps(features, text, [24], 70)[0], masks)
        image = image_loss(features.image, text, labels)
        optimizer.zero_grad()
        (PIXEL_WEIGHT * torch.stack(parts).sum() + image).backward()
        optimizer.step()
        record.append([part.item() for part in (*parts, image)])
    return record


def test_two_epochs_and_the_test_after_them() -> None:
    """The unmodified training and test programs, from picture files to scores and maps."""
    arrays = load_arrays(golden("e2e_tiny24.npz"))
    config = json.loads(str(arrays["meta_json"]))["config"]
    model = detector(config, [24])
    optimizer = _adam(model)
    paths = arrays["train_paths"].tolist()
    record = []
    for epoch in (1, 2):
        record += _train_epoch(model, optimizer, paths[15 * (epoch - 1) : 15 * epoch])
        for key, parameter in model.prompt_learner.named_parameters():
            if f"epoch{epoch}_{key}" in arrays:
                off = (parameter - torch.from_numpy(arrays[f"epoch{epoch}_{key}"])).abs().max()
                assert off < 5e-5, (epoch, key)
    steps = np.array(record)
    assert np.abs(steps[:, 0] - arrays["train_focal"]).max() < 1e-4
    assert np.abs(steps[:, 1:3] - arrays["train_dice1_dice0"]).max() < 1e-4
    assert np.abs(steps[:, 3] - arrays["train_ce"]).max() < 1e-4
    model.refresh_text()
    _check_tests(model, arrays, [24])
    _check_tests(model, arrays, [6, 12, 18, 24])


def _check_tests(model: AnomalyClip, arrays: dict[str, Any], layers: list[int]) -> None:
    tester = AnomalyClip(model.clip, model.prompt_learner, model.preprocess, layers, 20)
    tag = "-".join(map(str, layers))
    meta = json.loads((golden("minids") / "meta.json").read_text(encoding="utf-8"))["test"]
    for name, entries in meta.items():
        pictures = torch.cat([_picture(model, entry["img_path"]) for entry in entries])
        with torch.inference_mode():
            scores = tester(pictures)
        expected = torch.from_numpy(arrays[f"test_{tag}_{name}_scores"])
        assert (scores.image_score - expected).abs().max() < 1e-4
        maps = torch.from_numpy(arrays[f"test_{tag}_{name}_maps"])
        assert (scores.anomaly_map[:, 0] - maps).abs().max() < 2e-4 * len(layers)
