"""Speed, size and what a process takes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from model.comparison import resources
from model.comparison.cost import cost_of
from model.comparison.resources import Sampler, peak_ram_mib
from model.comparison.speed import SpeedPlan, measured, predicted
from model.predictor import Predictor
from tests.model.tiny_clip import SIZE, picture, predictor


@pytest.fixture(scope="module")
def tiny() -> Predictor:
    return predictor()


def test_a_batch_does_the_same_work_as_one_by_one(tiny: Predictor) -> None:
    # the second one is judged in tiles
    pictures = [picture(1), picture(2, 60, 200), picture(3, 90, 70)]
    for one, (score, anomaly_map) in zip(pictures, predicted(tiny, pictures), strict=True):
        alone = tiny.predict(one)
        assert score == pytest.approx(alone.score, abs=1e-4)
        np.testing.assert_allclose(anomaly_map, alone.anomaly_map, atol=1e-4)


def test_speed_counts_pictures_and_seconds(tiny: Predictor) -> None:
    seen: list[tuple[int, int]] = []
    plan = SpeedPlan(batch=3, seconds=0.0)
    speed = measured(tiny, [picture(1), picture(2)], plan, lambda *now: seen.append(now))
    assert speed.images == 20
    assert seen[-1][0] == 20
    assert 0 < speed.p50_ms <= speed.p99_ms
    assert speed.images_per_second * speed.p50_ms < 5000
    assert speed.batch_images_per_second is not None
    assert speed.batch_images_per_second > 0
    assert speed.cpu_ms is not None
    assert speed.cpu_ms > 0
    ram = speed.alone.peak_ram_mib
    assert ram is not None
    assert 50 < ram <= (speed.batched.peak_ram_mib or 0)
    assert (speed.alone.gpu_mib, speed.alone.gpu_use) == (None, None)


def test_the_operations_of_a_detector_are_counted(tiny: Predictor, tmp_path) -> None:
    file = tmp_path / "x"
    file.write_bytes(bytes(2**20))
    cost = cost_of(tiny.detector, file)
    assert cost.input_side == SIZE
    assert cost.parameters == sum(one.numel() for one in tiny.detector.parameters())
    assert cost.file_mib == 1.0
    # of the image tower: the patch embedding alone is 3 * p * p * width * places * 2
    convolution: torch.nn.Conv2d = tiny.detector.clip.visual.conv1
    places = (SIZE // convolution.kernel_size[0]) ** 2
    assert cost.flops is not None
    assert cost.flops > 2 * convolution.weight.numel() * places
    assert cost_of(tiny.detector, tmp_path / "none").file_mib is None


def test_the_peak_is_that_of_this_process() -> None:
    before = peak_ram_mib()
    block = np.ones(60 * 2**17)  # 60 MiB
    after = peak_ram_mib()
    assert block.size
    assert before is not None
    assert after is not None
    assert after >= before


def test_the_share_of_others_lies_between_none_and_all() -> None:
    with Sampler(torch.device("cpu")) as sampler:
        sum(range(200_000))
    assert sampler.resources.others is None or 0 <= sampler.resources.others <= 1


def test_without_a_gpu_nothing_is_asked_of_the_driver() -> None:
    assert resources._Gpu.of(torch.device("cpu")) is None


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_driver_tells_how_much_a_gpu_computes() -> None:
    device = torch.device("cuda", 0)
    with Sampler(device) as sampler:
        block = torch.rand(4096, 4096, device=device)
        for _ in range(400):
            block = torch.tanh(block @ block)
        torch.cuda.synchronize(device)
    took = sampler.resources
    assert took.gpu_mib is not None
    assert took.gpu_mib >= 64
    assert took.gpu_use is None or 0 <= took.gpu_use <= (took.gpu_use_peak or 0) <= 1
