from __future__ import annotations

import torch

from app.bench.flow_memory import few_at_a_time, measure_flow_memory, whole_batch


def test_both_ways_score_alike() -> None:
    generator = torch.Generator().manual_seed(3)
    logs = [-3 * torch.rand(6, 1, cells, cells, generator=generator) for cells in (16, 8, 4)]
    score, nats = few_at_a_time(logs, 64)
    plain_score, plain = whole_batch(logs, 64)
    assert torch.allclose(-torch.expm1(-score), plain_score, atol=1e-5)
    # each picture's map in shares of the sum at its best place
    share = plain / (-torch.expm1(-nats)).clamp_min(1e-9)
    inside = nats > 1e-2
    for one, places in zip(share, inside, strict=True):
        assert float(one[places].std()) < 1e-4 * float(one[places].mean())


def test_a_few_at_a_time_take_less_memory() -> None:
    peak, spent = measure_flow_memory(pictures=64, side=256)
    assert peak.baseline is not None
    # the maps themselves are 16 MiB
    assert 14 < peak.value < 0.6 * peak.baseline
    assert spent.value > 0
