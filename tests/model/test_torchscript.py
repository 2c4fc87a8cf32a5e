from __future__ import annotations

import io
import pickle
import warnings
import zipfile
from pathlib import Path

import pytest
import torch

from model.errors import CheckpointError
from model.torchscript import is_torchscript, read_torchscript
from model.weight_file import clip_state, read_tensors
from tests.model.clips import small_clip
from tests.model.hostile import Payload, prove_it_works


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP traced and saved as OpenAI did."""
    path = tmp_path_factory.mktemp("jit") / "clip.pt"
    inputs = {"encode_image": torch.zeros(1, 3, 32, 32), "encode_text": torch.zeros(1, 77).long()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace_module(small_clip(), inputs, check_trace=False), path)
    return path


def test_the_weights_are_those_of_the_module(archive: Path) -> None:
    assert is_torchscript(archive)
    expected = small_clip().state_dict()
    found = clip_state(read_tensors(archive))
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[key], value) for key, value in expected.items())


def test_half_precision_strides_and_shared_storage(tmp_path: Path) -> None:
    class Parts(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            base = torch.arange(24.0).half()
            self.register_buffer("turned", base.view(4, 6).T)
            self.register_buffer("part", base[6:12])
            self.register_buffer("whole_numbers", torch.tensor([2**40, -1]))
            self.register_buffer("empty", torch.empty(0, 3))
            self.numbers = [1, 2, 3]
            self.word = "x"

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x

    module = Parts()
    path = tmp_path / "parts.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(module), path)
    found = read_torchscript(path)
    assert found.keys() == module.state_dict().keys()
    for key, value in module.state_dict().items():
        assert found[key].dtype == value.dtype
        assert torch.equal(found[key], value)


def test_an_ordinary_torch_file_is_none(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    torch.save({"a": torch.zeros(1)}, path)
    assert not is_torchscript(path)
    path.write_bytes(b"text")
    assert not is_torchscript(path)


def _with_pickle(archive: Path, target: Path, content: bytes) -> Path:
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            copy.writestr(name, content if name.endswith("/data.pkl") else source.read(name))
    return target


def test_code_in_an_archive_is_not_run(archive: Path, tmp_path: Path) -> None:
    prove_it_works(tmp_path)
    marker = tmp_path / "marker"
    hostile = _with_pickle(archive, tmp_path / "h.pt", pickle.dumps(Payload(marker), 2))
    with pytest.raises(CheckpointError, match="would run code"):
        read_tensors(hostile)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["eval", "getattr", "__import__"])
def test_builtins_are_refused(archive: Path, tmp_path: Path, name: str) -> None:
    content = b"\x80\x02cbuiltins\n" + name.encode() + b"\n."
    with pytest.raises(CheckpointError, match=rf"builtins\.{name}"):
        read_tensors(_with_pickle(archive, tmp_path / "h.pt", content))


def _tensor_pickle(offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> bytes:
    """A module with one tensor, written by hand: "w" over storage 0 of 4 floats."""

    class Writer(pickle.Pickler):
        def persistent_id(self, value: object) -> object:
            return ("storage", torch.FloatStorage, "0", "cpu", 4) if value == "here" else None

    class Tensor:
        def __reduce__(self) -> tuple[object, ...]:
            return torch._utils._rebuild_tensor_v2, ("here", offset, size, stride, False, {})

    stream = io.BytesIO()
    Writer(stream, 2).dump(Tensor())
    return stream.getvalue()


@pytest.mark.parametrize(
    ("offset", "size", "stride"), [(0, (1 << 20,), (1,)), (1 << 30, (2,), (1,)), (-5, (2,), (1,))]
)
def test_a_tensor_beyond_its_storage_is_refused(
    archive: Path, tmp_path: Path, offset: int, size: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    content = _tensor_pickle(offset, size, stride)
    with pytest.raises(CheckpointError, match="damaged"):
        read_tensors(_with_pickle(archive, tmp_path / "h.pt", content))


def test_damage_is_one_sentence(archive: Path, tmp_path: Path) -> None:
    for content in (b"", b"\x80\x02", b"\x80\x02K\x01K\x02", b"garbage", b"\x80\x02Q."):
        with pytest.raises(CheckpointError, match=r"damaged|run code"):
            read_tensors(_with_pickle(archive, tmp_path / "h.pt", content))
    whole = archive.read_bytes()
    path = tmp_path / "cut.pt"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointError, match=r"damaged|run code"):
        read_tensors(path)
