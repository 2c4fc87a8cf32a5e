from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import CheckpointError, DamagedCheckpoint, ForeignFile, HoldsCode
from model.torch_outline import TensorOutline, check_archive, outline
from tests.model.hostile import Payload, prove_it_works
from tests.rigs.bad_pickles import bombs

CONTENT = {"prompt_learner": {"a": torch.zeros(2, 3), "b": torch.ones(1, dtype=torch.int64)}}


@pytest.mark.parametrize("is_new", [True, False])
def test_sizes_without_the_tensors(tmp_path: Path, is_new: bool) -> None:
    file = tmp_path / "a.pth"
    torch.save(CONTENT, file, _use_new_zipfile_serialization=is_new)
    assert outline(file) == {
        "prompt_learner": {"a": TensorOutline((2, 3)), "b": TensorOutline((1,))}
    }


def test_parameters_and_the_state_of_a_module(tmp_path: Path) -> None:
    file = tmp_path / "a.pth"
    module = torch.nn.Linear(3, 2)
    torch.save({"state": module.state_dict(), "weight": module.weight}, file)
    found = outline(file)
    assert found["state"]["weight"] == found["weight"] == TensorOutline((2, 3))


@pytest.mark.parametrize("is_new", [True, False])
def test_code_is_named_and_not_run(tmp_path: Path, is_new: bool) -> None:
    prove_it_works(tmp_path)
    file, marker = tmp_path / "a.pth", tmp_path / "ran"
    torch.save({"a": Payload(marker)}, file, _use_new_zipfile_serialization=is_new)
    with pytest.raises(HoldsCode, match=r"open\).*would run code"):
        outline(file)
    assert not marker.exists()


@pytest.mark.parametrize("content", [b"", b"text", b"\x80\x02}.", b"PK\x05\x06" + bytes(18)])
def test_something_else(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.pth"
    file.write_bytes(content)
    with pytest.raises(DamagedCheckpoint, match="damaged or no weight file"):
        outline(file)


def test_a_list_and_a_missing_file(tmp_path: Path) -> None:
    file = tmp_path / "a.pth"
    torch.save([1, 2], file)
    with pytest.raises(ForeignFile, match="no named tensors"):
        outline(file)
    with pytest.raises(CheckpointError, match="does not exist"):
        outline(tmp_path / "b.pth")


def test_archives_without_end_and_with_turned_bits(tmp_path: Path) -> None:
    file = tmp_path / "a.pth"
    torch.save(CONTENT, file)
    check_archive(file)
    data = file.read_bytes()
    for _, bomb in list(bombs(data))[:1]:
        file.write_bytes(bomb)
        with pytest.raises(ForeignFile, match="would unpack to"):
            check_archive(file)
    place = data.index(torch.ones(1, dtype=torch.int64).numpy().tobytes(), 700)
    changed = bytearray(data)
    changed[place] ^= 1
    file.write_bytes(changed)
    with pytest.raises(DamagedCheckpoint, match="is not what was written"):
        check_archive(file)
    file.write_bytes(b"no archive")
    check_archive(file)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[bytes, ...]]:
    file = tmp_path_factory.mktemp("small") / "a.pth"
    found = []
    for is_new in (True, False):
        torch.save(CONTENT, file, _use_new_zipfile_serialization=is_new)
        found.append(file.read_bytes())
    return file, tuple(found)


@settings(max_examples=150, deadline=None)
@given(st.booleans(), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=4))
def test_any_damage_ends_in_a_sentence(
    small: tuple[Path, tuple[bytes, ...]], is_new: bool, changes: list[tuple[int, int]]
) -> None:
    file, contents = small
    data = bytearray(contents[0 if is_new else 1])
    for place, value in changes:
        data[place % len(data)] = value
    file.write_bytes(data)
    with suppress(CheckpointError):
        assert isinstance(outline(file), dict)
