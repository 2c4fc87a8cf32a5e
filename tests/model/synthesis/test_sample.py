from __future__ import annotations

import numpy as np
import pytest

from model.synthesis.defects import KINDS, flaw
from model.synthesis.materials import material, names
from model.synthesis.parts import names as part_names
from model.synthesis.parts import part
from model.synthesis.sample import make_sample
from model.synthesis.scene import scene


def test_a_sample_is_the_same_whenever_and_in_whatever_order_it_is_made() -> None:
    forward = [make_sample(3, index) for index in range(4)]
    backward = [make_sample(3, index) for index in reversed(range(4))][::-1]
    for one, other in zip(forward, backward, strict=True):
        np.testing.assert_array_equal(one.good, other.good)
        np.testing.assert_array_equal(one.defective, other.defective)
        np.testing.assert_array_equal(one.mask, other.mask)
        assert one.defective_caption == other.defective_caption


def test_samples_differ_by_seed_and_by_index() -> None:
    pictures = [make_sample(seed, index).good for seed in (0, 1) for index in (0, 1)]
    for i, one in enumerate(pictures):
        for other in pictures[i + 1 :]:
            assert np.abs(one.astype(int) - other).mean() > 1


@pytest.mark.parametrize("index", range(12))
def test_a_sample_keeps_what_it_promises(index: int) -> None:
    sample = make_sample(11, index)
    for picture in (sample.good, sample.defective):
        assert picture.shape == (240, 240, 3)
        assert picture.dtype == np.uint8
    assert sample.mask.shape == (240, 240)
    assert set(np.unique(sample.mask)) == {0, 1}
    words = {word for kind in KINDS if kind.name == sample.kind for word in kind.words}
    assert any(word in sample.defective_caption for word in words)
    assert not any(word in sample.good_caption.split() for word in words)


def test_the_pair_differs_inside_the_mask_and_hardly_outside() -> None:
    clear = 0
    for index in range(24):
        sample = make_sample(5, index, gain=2.0)
        change = np.abs(sample.good.astype(int) - sample.defective).max(axis=2)
        inside, outside = change[sample.mask > 0].mean(), change[sample.mask == 0].mean()
        assert inside > outside
        clear += bool(inside > outside + 2)
    # sensor noise drowns the faintest
    assert clear >= 20


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_leaves_a_mask_that_can_be_seen(kind: object) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        product = scene(rng, 240)
        made = flaw(rng, product, kind)  # type: ignore[arg-type]
        change = np.abs(made.picture - product.picture).max(axis=2)
        assert 8 <= made.mask.sum() < 0.7 * made.mask.size
        assert change[made.mask > 0].mean() > 0.01
        assert made.picture.min() >= 0
        assert made.picture.max() <= 1


@pytest.mark.parametrize("name", names())
def test_every_material_is_a_lit_picture_with_texture(name: str) -> None:
    piece = material(np.random.default_rng(2), 96, name)
    assert piece.name == name
    assert piece.picture.shape == (96, 96, 3)
    assert piece.picture.dtype == np.float32
    assert piece.picture.min() >= 0
    assert piece.picture.max() <= 1
    assert piece.picture.std(axis=(0, 1)).max() > 0


@pytest.mark.parametrize("name", part_names())
def test_every_part_covers_some_of_the_picture(name: str) -> None:
    piece = part(np.random.default_rng(1), 120, name)
    assert piece.name == name
    assert 0.05 < piece.alpha.mean() <= 1
    assert np.isfinite(piece.shade).all()
    assert piece.shade.min() > 0


def test_gain_exaggerates_the_defect() -> None:
    def distance(gain: float) -> float:
        samples = [make_sample(8, number, gain=gain) for number in range(8)]
        return float(sum(np.abs(s.good.astype(int) - s.defective).sum() for s in samples))

    assert distance(3.0) > 1.05 * distance(1.0)
