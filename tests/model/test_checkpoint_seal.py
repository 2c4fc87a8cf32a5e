from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model import checkpoint
from model.backbone import TINY
from model.checkpoint_header import header_of
from model.checkpoint_seal import BLANK, SEAL_KEY, check_seal, sealed
from model.errors import CheckpointError, DamagedCheckpoint
from model.safetensors_table import parse_table
from tests.model.tiny_clip import LIMITS, backbone, zero_shot
from tests.rigs.checkpoint_files import rewritten


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("seal") / "plain.safetensors"
    checkpoint.save(
        file, zero_shot(), LIMITS, name="plain", backbone_name=TINY,
        backbone_sha256=backbone().sha256,
    )  # fmt: skip
    return file.read_bytes()


def read(data: bytes) -> None:
    """Look at a file as `load` does before it trusts a byte."""
    path = Path("plain.safetensors")
    table = parse_table(path, data, len(data))
    header_of(path, table)
    check_seal(path, data, table)


def test_what_was_written_passes(data: bytes) -> None:
    read(data)
    assert SEAL_KEY in parse_table(Path("a"), data, len(data)).metadata


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.integers(0, 10**9), bit=st.integers(0, 7))
def test_no_bit_turns_over_unseen(data: bytes, place: int, bit: int) -> None:
    changed = bytearray(data)
    changed[place % len(data)] ^= 1 << bit
    with pytest.raises(CheckpointError):
        read(bytes(changed))


def test_every_bit_of_the_seal_and_its_name_counts(data: bytes) -> None:
    start = data.index(SEAL_KEY.encode())
    for place in range(start - 1, start + len(SEAL_KEY) + 3 + len(BLANK) + 1):
        changed = bytearray(data)
        changed[place] ^= 4
        with pytest.raises(CheckpointError):
            read(bytes(changed))


def test_a_file_without_a_seal_loads_as_before(data: bytes) -> None:
    read(rewritten(data, is_sealed=False))


def test_a_seal_that_is_none_is_refused(data: bytes) -> None:
    table = parse_table(Path("a"), data, len(data))
    seal = table.metadata[SEAL_KEY]
    for other in (BLANK, "f" * 64, seal.upper(), "é" + seal[2:]):
        changed = data.replace(seal.encode(), other.encode()[:64])
        with pytest.raises(CheckpointError):
            read(changed)


def test_only_a_blank_can_be_sealed(data: bytes) -> None:
    with pytest.raises(ValueError, match="not found"):
        sealed(data)
    entry = f'"{SEAL_KEY}":"{BLANK}"'.encode()
    with pytest.raises(ValueError, match="two places"):
        sealed(entry + entry)


def test_the_sentence(data: bytes) -> None:
    changed = bytearray(data)
    changed[-1] ^= 1
    with pytest.raises(DamagedCheckpoint, match=r"plain.safetensors is damaged.*again"):
        read(bytes(changed))
