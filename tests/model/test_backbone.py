from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from model import backbone
from model.backbone import build_clip, file_sha256, find_weights, load_clip, save_clip
from model.errors import CheckpointError
from model.weight_file import sidecar
from tests.model.hostile import Payload, prove_it_works


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "adclip-tiny.safetensors"
    save_clip(build_clip("adclip-tiny"), "adclip-tiny", path)
    return path


def test_the_tiny_backbone_is_as_agreed() -> None:
    clip = build_clip("adclip-tiny")
    visual = clip.visual
    assert visual.grid_size == (20, 20)
    assert visual.patch_size == (12, 12)
    assert len(visual.transformer.resblocks) == 6
    assert visual.transformer.resblocks[0].attn.num_heads == 4
    assert visual.proj.shape == (256, 128)
    assert type(visual.transformer.resblocks[0].mlp.gelu).__name__ == "QuickGELU"
    assert len(clip.transformer.resblocks) == 3
    assert clip.token_embedding.weight.shape == (49408, 128)


def test_saved_weights_are_half_precision_and_come_back(saved: Path) -> None:
    with safe_open(saved, "pt") as file:
        assert json.loads(file.metadata()["adclip_backbone"]) == {"name": "adclip-tiny"}
        halves = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    assert {value.dtype for value in halves.values()} == {torch.float16}
    clip = load_clip("adclip-tiny", saved)
    assert not clip.training
    for key, value in clip.state_dict().items():
        assert value.dtype == torch.float32
        assert torch.equal(value, halves[key].float())
    assert not any(p.requires_grad for p in clip.parameters())


def test_saving_leaves_no_part_behind(saved: Path) -> None:
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]


def test_weights_that_are_not_finite_are_not_saved(tmp_path: Path) -> None:
    clip = build_clip("adclip-tiny")
    with torch.no_grad():
        clip.visual.proj[0, 0] = 1e9
    with pytest.raises(CheckpointError, match=r"visual\.proj is not finite"):
        save_clip(clip, "adclip-tiny", tmp_path / "a.safetensors")
    assert not list(tmp_path.glob("*a.safetensors*"))


@pytest.mark.parametrize(
    "name", ["", "../adclip-tiny", "no-such", "RN50", "coca_ViT-B-32", "ViT-B-16-SigLIP"]
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(CheckpointError, match="ackbone"):
        build_clip(name)


def test_a_name_with_a_scheme_is_no_download() -> None:
    for name in ("hf-hub:timm/vit_large_patch14_clip_336.openai", "local-dir:/tmp"):
        with pytest.raises(CheckpointError, match="No backbone"):
            build_clip(name)


@pytest.mark.parametrize("form", ["plain", "wrapped", "openai"])
def test_torch_files_of_plain_tensors_are_read(tmp_path: Path, form: str) -> None:
    clip = build_clip("adclip-tiny")
    state = clip.state_dict()
    content: dict[str, object] = dict(state)
    if form == "wrapped":
        content = {"epoch": 3, "state_dict": {f"module.{k}": v.half() for k, v in state.items()}}
    elif form == "openai":
        content |= {"input_resolution": torch.tensor(240), "vocab_size": torch.tensor(49408)}
    path = tmp_path / "w.pt"
    torch.save(content, path)
    loaded = load_clip("adclip-tiny", path)
    assert torch.allclose(loaded.visual.proj, clip.visual.proj, atol=1e-3)


@pytest.mark.parametrize("fault", ["missing", "shape", "nan", "infinite", "surplus", "type"])
def test_weights_that_do_not_fit_name_what_does_not(tmp_path: Path, fault: str) -> None:
    state = build_clip("adclip-tiny").state_dict()
    if fault == "missing":
        del state["visual.proj"]
    elif fault == "surplus":
        state["more"] = torch.zeros(1)
    elif fault == "shape":
        state["visual.positional_embedding"] = torch.zeros(10, 256)
    elif fault == "type":
        state["visual.proj"] = torch.zeros(state["visual.proj"].shape, dtype=torch.complex64)
    else:
        state["visual.proj"][3, 4] = float("nan" if fault == "nan" else "-inf")
    path = tmp_path / "w.safetensors"
    save_file(state, path)
    with pytest.raises(CheckpointError, match=r"visual\.pro|visual\.pos|more") as caught:
        load_clip("adclip-tiny", path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".bin"])
def test_damaged_files_are_one_sentence(tmp_path: Path, saved: Path, suffix: str) -> None:
    path = tmp_path / f"w{suffix}"
    whole = saved.read_bytes()
    for content in (b"", b"nonsense" * 20, whole[:1000], whole[:-1000], bytes(100)):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"damaged|would run code"):
            load_clip("adclip-tiny", path)


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    prove_it_works(tmp_path)
    marker = tmp_path / "marker"
    path = tmp_path / "w.pt"
    torch.save({"visual.proj": Payload(marker)}, path)
    with pytest.raises(CheckpointError, match="would run code"):
        load_clip("adclip-tiny", path)
    assert not marker.exists()


def test_weights_are_found_by_hash_under_any_name(tmp_path: Path, saved: Path) -> None:
    absent, folder = tmp_path / "absent", tmp_path / "folder"
    folder.mkdir()
    (folder / "adclip-tiny.safetensors").write_bytes(b"another")
    (folder / "other.safetensors").write_bytes(b"x")
    (folder / "renamed.safetensors").write_bytes(saved.read_bytes())
    sha256 = hashlib.sha256(saved.read_bytes()).hexdigest()
    assert file_sha256(saved) == sha256
    assert find_weights("adclip-tiny", sha256, [absent, folder]).name == "renamed.safetensors"
    assert find_weights("adclip-tiny", "", [absent, folder]).name == "adclip-tiny.safetensors"


def test_a_noted_hash_spares_reading_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    big, right = tmp_path / "big.safetensors", tmp_path / "right.safetensors"
    big.write_bytes(b"big")
    right.write_bytes(b"right")
    sidecar(big).write_text(f"{file_sha256(big)}  big.safetensors\n", encoding="utf-8")
    read: list[str] = []

    def noted(file: Path) -> str:
        read.append(file.name)
        return hashlib.sha256(file.read_bytes()).hexdigest()

    monkeypatch.setattr(backbone, "file_sha256", noted)
    sha256 = hashlib.sha256(b"right").hexdigest()
    assert find_weights("x", sha256, [tmp_path]) == right
    assert read == ["right.safetensors"]


def test_missing_weights_name_file_hash_and_folder(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        find_weights("ViT-L-14", "ab" * 32, [tmp_path / "one", tmp_path / "two"])
    for part in ("ViT-L-14.safetensors", "ab" * 32, str(tmp_path / "one")):
        assert part in str(caught.value)
    (tmp_path / "ViT-L-14.pt").write_bytes(b"other")
    with pytest.raises(CheckpointError, match="another file of that name"):
        find_weights("ViT-L-14", "ab" * 32, [tmp_path])


def test_two_saves_at_once_leave_a_whole_file(tmp_path: Path) -> None:
    clip = build_clip("adclip-tiny")
    path = tmp_path / "w.safetensors"
    threads = [
        threading.Thread(target=save_clip, args=(clip, "adclip-tiny", path)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    load_clip("adclip-tiny", path)
    assert not list(tmp_path.glob(".*"))
