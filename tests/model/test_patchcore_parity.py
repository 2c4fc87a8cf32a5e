"""PatchCore and CFA against the reference numbers, from pictures to maps and one gradient."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from model.coreset import greedy_coreset
from model.detectors.cfa import Cfa
from model.layers.smoothing import gaussian_matrix
from model.learning.cfa import crowding_loss
from model.memory_bank import patch_places
from tests.model import golden_patchcore as given


def near(actual: Tensor, expected: Tensor, limit: float = 1e-4) -> bool:
    """Largest difference over the largest magnitude."""
    assert actual.shape == expected.shape
    return float((actual - expected).abs().max()) < limit * float(expected.abs().max())


@pytest.fixture(scope="module")
def embedding() -> Tensor:
    with torch.no_grad():
        rows, _ = given.patchcore().patches(given.training_images())
    # (6, 64, 1, D) -> (384, D)
    return rows.flatten(0, 2)


@pytest.fixture(scope="module")
def cfa() -> Cfa:
    plain = given.cfa()
    with torch.no_grad():
        centres = plain.descriptor(plain.cells(given.training_images())).mean(0)
    return given.cfa(centres)


def test_every_tensor_of_the_manifest_is_filled_with_its_value(cfa: Cfa) -> None:
    mine = {f"backbone.{key}": value for key, value in given.backbone().state_dict().items()}
    mine = {key: value for key, value in mine.items() if value.is_floating_point()}
    for name in ("weight", "bias"):
        mine[f"cfa:descriptor.layer.conv2d.{name}"] = getattr(cfa.descriptor.convolution, name)
    # CFA looks through the same network; the reference's layer of the parent class is not used
    mine |= {f"cfa:{key}": value for key, value in mine.items() if key.startswith("backbone.")}
    unused = {"cfa:descriptor.layer.weight", "cfa:descriptor.layer.bias"}
    assert mine.keys() == given.manifest().keys() - unused
    for name, value in mine.items():
        facts = given.manifest()[name]
        assert list(value.shape) == facts["shape"], name
        assert float(value.detach().double().abs().sum()) == pytest.approx(facts["abs_sum"], 1e-6)


def test_embedding(embedding: Tensor) -> None:
    assert near(embedding[::16, ::8], given.tensor("pc_embedding_sub"))


def test_coreset_is_the_greedy_one(embedding: Tensor) -> None:
    """Same first row and plain distances: the same rows, whatever the order of the result."""
    order = given.tensor("pc_coreset")
    first = int(order[0])
    found = greedy_coreset(embedding, len(order), first=first, projected=0)
    assert found.tolist() == sorted(order.tolist())


def test_distances_and_nearest_rows(embedding: Tensor) -> None:
    detector = given.patchcore(embedding[given.tensor("pc_coreset")])
    with torch.no_grad():
        rows, grid = detector.patches(given.images())
        found = detector.bank.nearest(rows.flatten(0, 1), patch_places(grid).repeat(3, 1))
    assert grid == (8, 8)
    assert near(found[0].reshape(3, 8, 8), given.tensor("pc_patch_distance"))
    assert torch.equal(found[1].reshape(3, 8, 8), given.tensor("pc_patch_index"))


def test_scores_and_maps(embedding: Tensor) -> None:
    detector = given.patchcore(embedding[given.tensor("pc_coreset")])
    with torch.no_grad():
        scores = detector(given.images())
    assert near(scores.image_score, given.tensor("pc_score"))
    assert near(scores.anomaly_map[:, 0], given.tensor("pc_map"))


def test_blur() -> None:
    """The row of the matrix far from every border is the kernel's profile."""
    profile = gaussian_matrix(101, 4.0, "middle")[50, 34:67].float()
    assert near(profile[:, None] * profile[None], given.tensor("blur_kernel"))


def test_cfa_centres_and_features(cfa: Cfa) -> None:
    assert list(cfa.descriptor.centres.T.shape) == given.tensor("cfa_bank_shape").tolist()
    assert near(cfa.descriptor.centres.T[::8, ::8], given.tensor("cfa_bank_sub"))
    with torch.no_grad():
        features = cfa.descriptor(cfa.cells(given.images()))
    # (3, 256, 224) -> (3, 224, 16, 16)
    whole = features.transpose(1, 2).reshape(3, 224, 16, 16)
    assert near(whole[:, ::16, ::2, ::2], given.tensor("cfa_features_sub"))


def test_cfa_scores_and_maps(cfa: Cfa) -> None:
    with torch.no_grad():
        scores = cfa(given.images())
    assert near(scores.image_score, given.tensor("cfa_score"))
    assert near(scores.anomaly_map[:, 0], given.tensor("cfa_map"))


def test_cfa_loss_and_gradients(cfa: Cfa) -> None:
    loss = crowding_loss(cfa.descriptor, cfa.cells(given.images()), given.RADIUS)
    gradients = torch.autograd.grad(loss, list(cfa.descriptor.convolution.parameters()))
    assert near(loss.detach(), given.tensor("cfa_loss"))
    norms = torch.stack([one.norm() for one in gradients]).double()
    assert near(norms, given.tensor("cfa_grad_norms"), 2e-3)
