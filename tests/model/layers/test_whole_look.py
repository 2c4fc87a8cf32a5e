from __future__ import annotations

import torch

from model.layers.whole_look import WholeLook


def _features(seed: int, count: int, shift: float = 0.0, scale: float = 1.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return shift + scale * torch.randn(count, 6, 20, 20, generator=generator)


def _learned() -> WholeLook:
    look = WholeLook(6)
    known, held_out = (look.numbers(_features(seed, 10)) for seed in (1, 2))
    look.learn(known, held_out)
    return look


def test_good_pictures_are_not_beyond() -> None:
    assert _learned()(_features(3, 20)).tolist() == [0.0] * 20


def test_what_is_flat_shifted_or_wild_is_beyond() -> None:
    look = _learned()
    flat = torch.zeros(1, 6, 20, 20)
    for strange in (flat, _features(4, 1, shift=2.0), _features(5, 1, scale=4.0)):
        assert float(look(strange)) > 1


def test_a_defect_is_not_another_product() -> None:
    look, damaged = _learned(), _features(3, 1)
    damaged[:, :, 4:10, 4:10] = 50
    assert float(look(damaged)) == 0


def test_the_farther_the_more() -> None:
    look = _learned()
    found = [float(look(_features(6, 1, shift=shift))) for shift in (1.0, 2.0, 4.0, 8.0)]
    assert found == sorted(found)
    assert found[-1] > 10 * found[0]


def test_one_odd_picture_does_not_open_the_limit() -> None:
    look = WholeLook(6)
    odd = torch.cat((_features(1, 40), _features(9, 1, shift=6.0)))
    look.learn(look.numbers(odd), look.numbers(_features(2, 10)))
    assert float(look(_features(4, 1, shift=9.0))) > 1
    assert look(_features(3, 20)).tolist() == [0.0] * 20


def test_one_known_picture_suffices_and_an_unlearned_look_says_nothing() -> None:
    look = WholeLook(6)
    strange = _features(7, 1, shift=9.0)
    assert float(look(strange)) == 0
    one = look.numbers(_features(1, 1))
    look.learn(one, one)
    assert float(look(_features(8, 1))) == 0
    assert float(look(strange)) > 1
