from __future__ import annotations

import errno
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from model.errors import CheckpointError, ModelError
from model.training import state
from model.training.config import Epoch
from model.training.state import RunState

EPOCH = Epoch(1, 1e-4, {"total": 0.1 + 0.2}, {"quality": 1 / 3}, 2.5)


def run_state(**changes: Any) -> RunState:
    weight = torch.nn.Parameter(torch.randn(3, 2))
    optimizer = torch.optim.AdamW([weight])
    weight.sum().backward()
    optimizer.step()
    values: dict[str, Any] = {
        "identity": {"seed": 1, "data": "abc"},
        "epochs": (EPOCH,),
        "step": 3,
        "sums": {"total": (0.7, 5)},
        "seconds": 1.5,
        "weights": {"w": weight.detach()},
        "optimizer": optimizer.state_dict(),
        "gradients": {"w": torch.ones(3, 2)},
        "best": 1,
        "best_weights": {"w": torch.zeros(3, 2)},
    }
    return RunState(**(values | changes))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = run_state()
    state.write(tmp_path / "new", written)
    content = state.read(tmp_path / "new")
    assert content is not None
    found = state.from_bytes(content, tmp_path)
    facts = ("identity", "epochs", "step", "sums", "seconds", "best", "scaler")
    assert all(getattr(found, name) == getattr(written, name) for name in facts)
    for name in ("weights", "gradients", "best_weights"):
        assert torch.equal(getattr(found, name)["w"], getattr(written, name)["w"])
    moments = found.optimizer["state"][0]["exp_avg"]
    assert torch.equal(moments, written.optimizer["state"][0]["exp_avg"])
    assert list((tmp_path / "new").iterdir()) == [tmp_path / "new" / state.FILE]


def test_no_state_is_none(tmp_path: Path) -> None:
    assert state.read(tmp_path) is None


def test_a_full_disk_leaves_the_old_state_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.write(tmp_path, run_state())
    before = (tmp_path / state.FILE).read_bytes()

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as stream:
            stream.write(data[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ModelError, match=r"No space left on device.*make room and resume"):
        state.write(tmp_path, run_state(step=4))
    monkeypatch.undo()
    assert (tmp_path / state.FILE).read_bytes() == before
    assert list(tmp_path.iterdir()) == [tmp_path / state.FILE]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_device_without_space_gives_its_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.write(tmp_path, run_state())
    before = (tmp_path / state.FILE).read_bytes()
    opened = Path.open

    def full_device(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self.suffix == ".part":
            self.symlink_to("/dev/full")
        return opened(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", full_device)
    with pytest.raises(ModelError, match="No space left on device"):
        state.write(tmp_path, run_state(step=4))
    monkeypatch.undo()
    assert (tmp_path / state.FILE).read_bytes() == before


def test_what_a_killed_writer_left_is_deleted(tmp_path: Path) -> None:
    state.write(tmp_path, run_state())
    (tmp_path / f".{state.FILE}.0123456789ab.part").write_bytes(b"half")
    state.tidy(tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / state.FILE]


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "flipped"])
def test_a_damaged_state_is_refused(tmp_path: Path, damage: str) -> None:
    data = state.to_bytes(run_state())
    content = {
        "cut": data[: len(data) // 2],
        "text": b"not a state",
        "empty": b"",
        "flipped": data.replace(b'"step"', b'"stop"'),
    }[damage]
    with pytest.raises(CheckpointError, match="damaged; delete it"):
        state.from_bytes(content, tmp_path)


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path("was-run").touch, ())


def test_code_in_a_state_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"header": Evil()}, tmp_path / "evil.pt")
    for content in ((tmp_path / "evil.pt").read_bytes(), pickle.dumps(Evil())):
        with pytest.raises(CheckpointError):
            state.from_bytes(content, tmp_path)
    assert not (tmp_path / "was-run").exists()


def test_another_format_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = state.to_bytes(run_state())
    monkeypatch.setattr(state, "_FORMAT", 2)
    with pytest.raises(CheckpointError, match="another version"):
        state.from_bytes(data, tmp_path)
