"""SOWA against the authors' code, from pictures to metrics and one step of training."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from model.detectors.sowa import Sowa, SowaFeatures, upsampled
from model.layers.similarity import text_probabilities
from model.metrics import aupro, auroc, average_precision, f1_max, pixel_auroc
from model.preprocess import Preprocess
from model.shot_memory import ShotMemory
from model.sowa_settings import SowaSettings
from model.training.example import Batch
from model.training.sowa import SowaTrainee
from tests.model import golden_sowa as given

SIZE = (given.SIDE, given.SIDE)
LABELS = np.array([0, 0, 0, 1, 1, 1])


@pytest.fixture(scope="module")
def sowa() -> Sowa:
    return given.detector().requires_grad_(False)


@pytest.fixture(scope="module")
def seen(sowa: Sowa) -> SowaFeatures:
    return sowa.features(given.images())


def near(actual: Tensor, expected: Tensor, limit: float = 1e-4) -> bool:
    """Largest difference over the largest magnitude."""
    assert actual.shape == expected.shape
    return float((actual - expected).abs().max()) < limit * float(expected.abs().max())


def test_every_tensor_of_the_manifest_is_filled_with_its_value(sowa: Sowa) -> None:
    mine = given.named(sowa) | {f"clip_model.{k}": v for k, v in sowa.clip.named_parameters()}
    mine.pop("clip_model.logit_scale")
    assert mine.keys() == given.manifest().keys()
    for name, facts in given.manifest().items():
        assert list(mine[name].shape) == facts["shape"], name
        assert float(mine[name].double().abs().sum()) == pytest.approx(facts["abs_sum"], 1e-6)


def test_preprocessing() -> None:
    preprocess = Preprocess(given.SIDE)
    picture = Image.fromarray(given.source().make_image(7, 200, 300))
    tensor = preprocess.picture(picture)[0]
    assert near(tensor[:, ::2, ::2], given.tensor("transform_sub"))
    mask = np.zeros((200, 300), np.uint8)
    mask[50:120, 80:200] = 255
    share = preprocess.mask_share(Image.fromarray(mask))[0]
    assert near(share, given.tensor("mask_transform"))


def test_tokens(sowa: Sowa) -> None:
    assert torch.equal(sowa.prompts.tokens[0], given.tensor("tokens_normal").long())
    assert torch.equal(sowa.prompts.tokens[1], given.tensor("tokens_anomaly").long())


def test_features(sowa: Sowa, seen: SowaFeatures) -> None:
    assert near(seen.image, given.tensor("image_features"))
    assert near(sowa.prompts.encode(sowa.clip), given.tensor("text_features"))
    projected, adapted = sowa.projected(seen.tokens), sowa.adapted(seen)
    for level in range(4):
        assert near(projected[:, level], given.tensor(f"patches_{level}"))
        assert near(adapted[:, level], given.tensor(f"adapted_{level}"))


def test_probabilities_and_maps(sowa: Sowa, seen: SowaFeatures) -> None:
    assert near(text_probabilities(seen.image, sowa.text), given.tensor("text_probs"))
    maps = sowa.level_maps(seen, sowa.text, SIZE)
    for level in range(4):
        expected = given.tensor(f"anomaly_maps_{level}_sub")
        assert near(maps[:, level, :, ::4, ::4], expected)


def test_window_attention(sowa: Sowa) -> None:
    attention = sowa.adapters[0].blocks[0].attn
    assert near(attention.table[None], given.tensor("relative_coords_table"), 1e-6)
    assert torch.equal(attention.index, given.tensor("relative_position_index"))
    # (windows, N, D) -> one picture
    windows = given.source().seeded(32, (2, 4, 128))[None]
    frozen = sowa.clip.visual.transformer.resblocks[0].attn
    assert near(attention(windows, frozen)[0], given.tensor("window_attention"))
    plain = attention(windows, frozen, value_only=False)[0]
    assert near(plain, given.tensor("window_attention_qk"))


def test_several_classes_and_templates_and_a_shifted_block() -> None:
    sowa = given.detector(
        SowaSettings((1, 2, 3, 4), window=2, depth=2),
        classes=("object", "metal nut"),
        normal=("{}", "flawless {}"),
        anomalous=("damaged {}", "{} with flaw"),
    ).requires_grad_(False)
    seen = sowa.features(given.images())
    encoded = sowa.prompts.encode(sowa.clip)
    assert near(encoded, given.tensor("multi_text_features"))
    assert near(sowa.adapted(seen)[:, 0], given.tensor("multi_adapted_0"))
    expected = given.tensor("multi_text_probs")
    for number, word in enumerate(("metal nut", "object", "never heard of")):
        text = sowa.text_features[sowa.prompts.class_number(word)]
        assert near(text_probabilities(seen.image[number], text), expected[number])


def test_memory_and_its_map(sowa: Sowa) -> None:
    rows = sowa.projected(sowa.features(given.shots()).tokens)
    assert near(rows[:, 0], given.tensor("memory_0"))
    maps = sowa.evidence(sowa.features(given.tests()), SIZE, _memory(sowa)).shot_map
    assert near(maps[0], given.tensor("kshot_map_0"), 5e-4)


def _memory(sowa: Sowa) -> ShotMemory:
    # (K, L, N, E) -> K times (N, L, E)
    rows = sowa.projected(sowa.features(given.shots()).tokens)
    return ShotMemory.learned(list(rows.transpose(1, 2)), 10_000)


def _exact_memory(sowa: Sowa) -> ShotMemory:
    """The same without the rounding to float16."""
    memory = _memory(sowa)
    rows = sowa.projected(sowa.features(given.shots()).tokens)
    # (K, L, N, E) -> (L, K N, E)
    unit = torch.nn.functional.normalize(rows.transpose(0, 1).flatten(1, 2), dim=-1)
    assert (memory.rows - unit).abs().max() < 5e-4
    memory.rows.copy_(unit)
    return memory


def test_the_map_of_a_memory_that_is_not_rounded(sowa: Sowa) -> None:
    seen = sowa.features(given.tests())
    maps = sowa.evidence(seen, SIZE, _exact_memory(sowa)).shot_map
    assert near(maps[0], given.tensor("kshot_map_0"))


@pytest.mark.parametrize("shots", [0, 2])
def test_a_test_run(sowa: Sowa, shots: int) -> None:
    """Scores with the authors' formula, whose range is that of the test pictures."""
    memory = _exact_memory(sowa) if shots else None
    evidence = sowa.evidence(sowa.features(given.tests()), SIZE, memory)
    scores = evidence.probability
    if shots:
        peak = sowa.peak(evidence)
        scores = (scores + (peak - peak.min()) / (peak.max() - peak.min())) / 2
    maps = evidence.anomaly_map[:, 0]
    assert near(evidence.probability, given.tensor(f"test{shots}_text_prob"))
    assert near(maps, given.tensor(f"test{shots}_maps"))
    assert near(scores.double(), given.tensor(f"test{shots}_image_score"))
    values = given.arrays()
    expected = dict(
        zip(values[f"test{shots}_metric_names"], values[f"test{shots}_metrics"], strict=True)
    )
    masks = list(given.test_masks().numpy().astype(bool))
    pixels, truth = maps.numpy(), np.stack(masks).ravel()
    actual = {
        "test/image_auroc": auroc(LABELS, scores.numpy()),
        "test/image_ap": average_precision(LABELS, scores.numpy()),
        "test/image_f1": f1_max(LABELS, scores.numpy())[0],
        "test/pixel_auroc": pixel_auroc(masks, list(pixels)),
        "test/pixel_ap": average_precision(truth, pixels.ravel()),
        "test/pixel_f1": f1_max(truth, pixels.ravel())[0],
    }
    for name, value in actual.items():
        assert value == pytest.approx(expected[name], abs=2e-4), name
    # the authors average the false-positive rate over pictures (spec section 10, quirk 8)
    assert abs(aupro(masks, list(pixels)) - expected["test/pixel_aupro"]) < 0.1


def test_the_range_of_the_detector_is_the_authors_formula(sowa: Sowa) -> None:
    evidence = sowa.evidence(sowa.features(given.tests()), SIZE, _exact_memory(sowa))
    peak = sowa.peak(evidence)
    assert torch.equal(peak, evidence.anomaly_map.flatten(1).amax(1))
    sowa.map_range.copy_(torch.stack([peak.min(), peak.max()]))
    scores = sowa.fuse(evidence, with_peak=True).image_score
    assert near(scores.double(), given.tensor("test2_image_score"))
    sowa.map_range.copy_(torch.tensor([0.0, 1.0]))


def _batch(trainee: SowaTrainee) -> Batch:
    images = given.images()
    with torch.no_grad():
        features = trainee.features(images)
    return Batch(
        images=images,
        masks=given.training_masks(),
        has_mask=torch.ones(3, dtype=torch.bool),
        labels=torch.tensor([0, 1, 1]),
        names=torch.full((3,), -1),
        features=features,
    )


def test_losses_gradients_and_one_step() -> None:
    # evaluation mode: the reference numbers were taken without dropout
    trainee = SowaTrainee(given.detector()).eval()
    losses = trainee(_batch(trainee))
    for name, key in (("classification", "ce"), ("focal", "focal"), ("dice", "dice")):
        expected = float(given.arrays()[f"train_loss_{key}"])
        assert losses[name].item() == pytest.approx(expected, rel=1e-4), name
    total = trainee.total(losses)
    assert total.item() == pytest.approx(float(given.arrays()["train_loss"]), rel=1e-4)
    total.backward()
    mine = given.named(trainee.detector)
    assert sorted(mine) == sorted(given.arrays()["trainable"])
    assert {p.data_ptr() for p in trainee.trained().values()} == {
        value.data_ptr() for value in mine.values()
    }
    names, norms = given.arrays()["train_grad_names"], given.arrays()["train_grad_norms"]
    for name, norm in zip(names, norms, strict=True):
        gradient = mine[name].grad
        assert gradient is not None
        assert gradient.norm().item() == pytest.approx(norm, rel=2e-3), name
    torch.optim.AdamW(trainee.trained().values(), lr=1e-3, weight_decay=0.2).step()
    for name, value in mine.items():
        if f"train_after_{name}" in given.arrays():
            assert near(value.detach(), given.tensor(f"train_after_{name}")), name


def test_the_comparison_notices_mistakes(sowa: Sowa, seen: SowaFeatures) -> None:
    """Half-pixel upsampling and shifted windows must be far outside the tolerance."""
    maps = sowa.level_maps(seen, sowa.text, SIZE)
    cells = torch.nn.functional.normalize(sowa.adapted(seen), dim=-1) @ sowa.text.T
    cells = cells.transpose(-1, -2).unflatten(-1, seen.grid)
    assert near(upsampled(cells, SIZE).softmax(2), maps)
    other = torch.nn.functional.interpolate(cells.flatten(1, 2), SIZE, mode="bilinear")
    assert not near(other.unflatten(1, (4, 2)).softmax(2), maps, 1e-2)
    adapter = sowa.adapters[0].blocks[0]
    adapter.shift = 1
    assert not near(sowa.adapted(seen)[:, 0], given.tensor("adapted_0"), 1e-2)
    adapter.shift = 0
