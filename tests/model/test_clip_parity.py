"""The forward path against the authors' code; tolerances of a float32 re-implementation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from model.detectors.anomaly_clip import AnomalyClip
from model.layers.similarity import probability_map, text_probabilities
from model.layers.text import encode_prompts, encode_prompts_raw
from model.layers.vision import VisionFeatures, encode_image
from tests.model.golden_clip import Case, case

NAMES = ("tiny6", "tiny24")


@pytest.fixture(scope="module", params=NAMES)
def reference(request: pytest.FixtureRequest) -> Case:
    return case(request.param)


@pytest.fixture(scope="module")
def features(reference: Case) -> VisionFeatures:
    return _features(reference)


def _features(reference: Case) -> VisionFeatures:
    with torch.inference_mode():
        visual = reference.detector.clip.get_submodule("visual")
        layers = reference.config["features"][1]
        return encode_image(visual, reference.images, layers, reference.config["dpam"])


def _off(actual: Tensor, expected: Tensor) -> float:
    """Largest difference over the largest magnitude."""
    assert actual.shape == expected.shape
    return float((actual - expected).abs().max() / expected.abs().max())


def test_names_are_those_of_the_reference(reference: Case) -> None:
    detector = reference.detector
    shapes = [f"{key} {tuple(v.shape)}" for key, v in detector.clip.state_dict().items()]
    assert sorted(shapes) == sorted(reference.arrays["clip_keys"])
    own = [
        f"{key} {tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}"
        for key, value in detector.prompt_learner.state_dict().items()
    ]
    assert own == reference.arrays["ckpt_keys"].tolist()


def test_tokens(reference: Case) -> None:
    learner = reference.detector.prompt_learner
    assert torch.equal(learner.tokenized_prompts_pos, reference.tensor("tokens_pos"))
    assert torch.equal(learner.tokenized_prompts_neg, reference.tensor("tokens_neg"))


def test_prompts(reference: Case) -> None:
    detector = reference.detector
    expected = reference.tensor("prompts_slice")
    with torch.no_grad():
        prompts = detector.prompt_learner(detector.clip, expected.shape[1])
    assert torch.equal(prompts[:, :, : expected.shape[2]], expected)


def test_text_features(reference: Case) -> None:
    detector = reference.detector
    with torch.no_grad():
        raw = encode_prompts_raw(detector.clip, detector.prompt_learner)
        unit = encode_prompts(detector.clip, detector.prompt_learner)
    assert _off(raw, reference.tensor("text_features_raw")) < 1e-5
    assert (unit - reference.tensor("text_features")[0]).abs().max() < 5e-6
    assert torch.equal(unit, detector.text_features)


def test_image_features_and_scores(reference: Case, features: VisionFeatures) -> None:
    text = reference.detector.text_features
    scores = text_probabilities(features.image, text)[:, 1]
    for index in range(len(reference.images)):
        raw = reference.tensor(f"img{index}_image_features_raw")[0]
        assert _off(features.image[index], raw) < 1e-5
        assert abs(scores[index] - reference.arrays[f"img{index}_score"][0]) < 5e-6


def test_patch_features_and_probabilities(reference: Case, features: VisionFeatures) -> None:
    assert list(features.patches) == reference.config["features"][1]
    text = reference.detector.text_features
    for layer, patches in features.patches.items():
        probabilities = text_probabilities(patches, text)[..., 1]
        for index in range(len(reference.images)):
            expected = reference.tensor(f"img{index}_L{layer}_patch_slice")[1:]
            assert _off(patches[index], expected) < 1e-5
            grid = reference.tensor(f"img{index}_L{layer}_prob")
            assert (probabilities[index].reshape(grid.shape) - grid).abs().max() < 5e-6


@pytest.mark.parametrize("choice", [0, 1])
def test_maps(reference: Case, features: VisionFeatures, choice: int) -> None:
    layers = reference.config["features"][choice]
    tag = "-".join(map(str, layers))
    detector = _with_layers(reference.detector, layers)
    side = reference.config["image_size"]
    raw = torch.stack(
        [
            probability_map(
                features.patches[k], detector.text_features, features.grid, (side, side)
            )[:, 1]
            for k in layers
        ]
    ).sum(0)
    smooth = detector.text_scores(features, side).anomaly_map[:, 0]
    for index in range(len(reference.images)):
        limit = 1e-5 * len(layers)
        assert (raw[index] - reference.tensor(f"img{index}_mapraw_{tag}")).abs().max() < limit
        assert (smooth[index] - reference.tensor(f"img{index}_map_{tag}")).abs().max() < limit


def test_forward_is_the_whole_path(reference: Case) -> None:
    tag = "-".join(map(str, reference.config["features"][0]))
    with torch.inference_mode():
        scores = reference.detector(reference.images)
    assert scores.anomaly_map.shape == (3, 1, 70, 70)
    for index in range(3):
        assert abs(scores.image_score[index] - reference.arrays[f"img{index}_score"][0]) < 5e-6
        expected = reference.tensor(f"img{index}_map_{tag}")
        assert (scores.anomaly_map[index, 0] - expected).abs().max() < 1e-5


@pytest.mark.parametrize("name", NAMES)
def test_in_float64_only_rounding_remains(name: str) -> None:
    reference = case(name, torch.float64)
    detector = reference.detector
    with torch.no_grad():
        detector.refresh_text()
        found = encode_image(
            detector.clip.visual,
            reference.images,
            reference.config["features"][1],
            reference.config["dpam"],
        )
    assert (detector.text_features - reference.tensor("text_features")[0]).abs().max() < 1e-12
    for index in range(3):
        raw = reference.tensor(f"img{index}_image_features_raw")[0]
        assert _off(found.image[index], raw) < 1e-12
        for layer, patches in found.patches.items():
            expected = reference.tensor(f"img{index}_L{layer}_patch_slice")[1:]
            assert _off(patches[index], expected) < 1e-12


def test_the_comparison_notices_a_mistake() -> None:
    """DPAM one block late must be far outside the tolerance, else the tests above are blind."""
    reference = case("tiny24")
    with torch.inference_mode():
        late = encode_image(reference.detector.clip.visual, reference.images[:1], [24], 19)
    expected = reference.tensor("img0_L24_patch_slice")[1:]
    assert _off(late.patches[24][0], expected) > 1e-2


def _with_layers(detector: AnomalyClip, layers: list[int]) -> AnomalyClip:
    other = AnomalyClip(
        detector.clip, detector.prompt_learner, detector.preprocess, layers, detector.dpam
    )
    assert np.allclose(other.text_features, detector.text_features)
    return other
