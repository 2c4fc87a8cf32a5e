from __future__ import annotations

import pytest
import torch

from model import device
from model.errors import ModelError, OutOfMemory

CPU = torch.device("cpu")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here")
needs_no_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA GPU is here")


def test_auto_always_finds_a_device() -> None:
    chosen = device.choose_device("auto")
    assert chosen.type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert device.choose_device("cpu") == CPU
    assert device.device_name(chosen).startswith(str(chosen))


@pytest.mark.parametrize("wish", ["", "gpu", "cuda:x", "cuda:-1", "cpu:1", "CUDA"])
def test_unknown_devices_are_refused(wish: str) -> None:
    with pytest.raises(ModelError, match="use auto, cpu, cuda"):
        device.choose_device(wish)


@needs_no_gpu
@pytest.mark.parametrize("wish", ["cuda", "cuda:1"])
def test_without_a_gpu_the_sentence_says_so(wish: str) -> None:
    with pytest.raises(ModelError, match="no CUDA GPU"):
        device.choose_device(wish)


def test_float32_changes_nothing() -> None:
    with device.precision(CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


@pytest.mark.parametrize(("name", "words"), [("float16", "needs a CUDA"), ("fp8", "No precision")])
def test_precisions_that_do_not_suit_are_refused(name: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        device.precision(CPU, name)


def test_a_failed_allocation_is_a_sentence() -> None:
    guard = device.enough_memory(CPU, "judging a large image")
    with pytest.raises(OutOfMemory, match="judging a large image"), guard:
        torch.empty(2**60, dtype=torch.uint8)


def test_other_errors_pass_unchanged() -> None:
    guard = device.enough_memory(CPU, "judging")
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"), guard:
        torch.ones(2, 3) @ torch.ones(2, 3)


def test_memory_numbers_grow_with_use() -> None:
    before = device.memory(CPU)
    block = torch.ones(64 << 20, dtype=torch.uint8)
    after = device.memory(CPU)
    assert len(block) == 64 << 20
    assert after.peak >= before.used + (32 << 20)
    assert before.used <= before.peak
    assert 0 <= after.free <= after.total


def test_an_ordinary_error_is_no_lost_device() -> None:
    assert not device.is_device_lost(RuntimeError("CUDA error"))


@needs_gpu
@pytest.mark.gpu
def test_a_failed_gpu_allocation_is_a_sentence_and_work_goes_on() -> None:
    gpu = device.choose_device("cuda")
    guard = device.enough_memory(gpu, "judging")
    with pytest.raises(OutOfMemory, match="cuda:0 does not suffice"), guard:
        torch.empty(2**44, dtype=torch.uint8, device=gpu)
    with device.precision(gpu, "float16"):
        product = torch.ones(2, 2, device=gpu) @ torch.ones(2, 2, device=gpu)
    assert product.dtype == torch.float16
    numbers = device.memory(gpu)
    assert 0 < numbers.used <= numbers.peak <= numbers.total


@needs_gpu
@pytest.mark.gpu
def test_a_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(ModelError, match="is not there"):
        device.choose_device(f"cuda:{torch.cuda.device_count()}")
