from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
from open_clip import pretrained
from safetensors.torch import load_file, save_file

from model import download
from model.backbone import TINY, build_clip, find_weights, load_clip, save_clip
from model.errors import CheckpointError
from model.layers.prompts import PromptLearner
from model.official import save_official
from model.weight_file import noted_sha256, sidecar
from model.weights import WeightEntry, add, fetch, list_weights
from tests.model.hostile import Payload, prove_it_works
from tests.rigs.file_server import FileServer, closed_address, serving

L14_336 = "ViT-L-14-336-quickgelu:openai"
NAME = f"{TINY}:test"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny") / "open_clip_model.safetensors"
    clip = build_clip(TINY)
    save_file({key: value.half() for key, value in clip.state_dict().items()}, path)
    return path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("NO_PROXY", "*")
    with serving() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


def _publish(monkeypatch: pytest.MonkeyPatch, **places: Any) -> None:
    """Enter weights of the tiny backbone into open_clip's table."""
    entry = {"quick_gelu": True, "mean": open_clip.OPENAI_DATASET_MEAN} | places
    monkeypatch.setitem(pretrained._PRETRAINED, TINY, {"test": entry})


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


HUB = "/owner/tiny/resolve/main/"


def test_the_list_starts_with_the_recommended_weights(tmp_path: Path) -> None:
    entries = list_weights(tmp_path / "weights")
    assert entries[0].name == L14_336
    assert entries[0].state == "absent"
    assert entries[0].file == tmp_path / "weights" / "ViT-L-14-336-quickgelu.openai.safetensors"
    names = [entry.name for entry in entries]
    assert len(set(names)) == len(names)
    for backbone in ("ViT-B-32", "ViT-B-16", "ViT-L-14"):
        assert f"{backbone}-quickgelu:openai" in names
        # the same weights under the exact GELU would give wrong numbers
        assert f"{backbone}:openai" not in names
    assert not (tmp_path / "weights").exists()


def test_fetch_from_the_hub(
    tmp_path: Path, tiny: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(monkeypatch, hf_hub="owner/tiny/")
    content = tiny.read_bytes()
    server.files[HUB + "open_clip_model.safetensors"] = content
    server.tags[HUB + "open_clip_model.safetensors"] = _sha256(content)
    folder = tmp_path / "new" / "weights"
    seen: list[tuple[int, int]] = []
    entry = fetch(NAME, folder, lambda done, total: seen.append((done, total)))
    assert entry == WeightEntry(
        NAME,
        "present",
        folder / f"{TINY}.test.safetensors",
        _sha256(content),
        f"{server.url}{HUB}open_clip_model.safetensors",
    )
    assert entry.file.read_bytes() == content
    assert seen[-1] == (len(content), len(content))
    assert seen == sorted(seen)
    assert sorted(p.name for p in folder.iterdir()) == [
        f"{TINY}.test.safetensors",
        f"{TINY}.test.safetensors.sha256",
    ]
    load_clip(TINY, find_weights(TINY, "", [folder]))
    asked = len(server.requests)
    assert fetch(NAME, folder) == entry
    assert len(server.requests) == asked
    assert entry in list_weights(folder)


def test_a_file_that_has_changed_is_fetched_again(
    tmp_path: Path, tiny: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(monkeypatch, hf_hub="owner/tiny/")
    content = tiny.read_bytes()
    server.files[HUB + "open_clip_model.safetensors"] = content
    server.tags[HUB + "open_clip_model.safetensors"] = _sha256(content)
    entry = fetch(NAME, tmp_path)
    entry.file.write_bytes(content[:-1] + b"x")
    fetch(NAME, tmp_path)
    assert entry.file.read_bytes() == content


def test_the_second_form_is_taken_where_the_first_is_missing(
    tmp_path: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(monkeypatch, hf_hub="owner/tiny/")
    path = tmp_path / "made.bin"
    torch.save(build_clip(TINY).half().state_dict(), path)
    content = path.read_bytes()
    server.files[HUB + "open_clip_pytorch_model.bin"] = content
    server.tags[HUB + "open_clip_pytorch_model.bin"] = _sha256(content)
    entry = fetch(NAME, tmp_path / "weights")
    assert entry.file.name == f"{TINY}.test.bin"
    load_clip(TINY, entry.file)


@pytest.mark.parametrize("digits", [8, 64])
def test_fetch_from_an_address_with_its_hash(
    tmp_path: Path, tiny: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch, digits: int
) -> None:
    content = tiny.read_bytes()
    sha256 = _sha256(content)
    path = {8: f"/mlfoundations/tiny-{sha256[:8]}.safetensors"}.get(
        digits, f"/openaipublic/{sha256}/tiny.safetensors"
    )
    _publish(monkeypatch, url=server.url + path)
    server.files[path] = content
    assert fetch(NAME, tmp_path).sha256 == sha256


def _fails(folder: Path, *words: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        fetch(NAME, folder)
    sentence = str(caught.value)
    for word in (*words, NAME, f"{TINY}.test.", str(folder)):
        assert word in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert not folder.exists() or list(folder.iterdir()) == []


def test_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("HF_ENDPOINT", closed_address())
    _publish(monkeypatch, hf_hub="owner/tiny/")
    _fails(tmp_path / "weights", "cannot be reached", "open_clip_model.safetensors")


def test_no_connection_for_the_recommended_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, closed_address())
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(CheckpointError) as caught:
        fetch("ViT-L-14-336-quickgelu", tmp_path)
    assert "ViT-L-14-336-quickgelu.openai.safetensors" in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert not list(tmp_path.glob("*ViT*"))


@pytest.mark.parametrize("fault", ["hash", "cut", "stall", "no hash", "gone", "misfit", "code"])
def test_a_failed_fetch_leaves_nothing(
    tmp_path: Path, tiny: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    _publish(monkeypatch, hf_hub="owner/tiny/open_clip_pytorch_model.bin")
    path = HUB + "open_clip_pytorch_model.bin"
    content = tiny.read_bytes()
    marker = tmp_path / "marker"
    if fault == "misfit":
        torch.save({"visual.proj": torch.zeros(2)}, tmp_path / "x")
        content = (tmp_path / "x").read_bytes()
    elif fault == "code":
        prove_it_works(tmp_path)
        torch.save({"visual.proj": Payload(marker)}, tmp_path / "x")
        content = (tmp_path / "x").read_bytes()
    server.files = {} if fault == "gone" else {path: content}
    server.tags = {path: "0" * 64 if fault == "hash" else _sha256(content)}
    server.cut = len(content) // 2 if fault in ("cut", "stall") else 0
    server.stall_s = 1.0 if fault == "stall" else 0.0
    monkeypatch.setattr(download, "TIMEOUT_S", 0.3 if fault == "stall" else 30.0)
    if fault == "no hash":
        server.tags = {}
    words = {
        "hash": "another sha256",
        "cut": "broke off",
        "stall": "timed out",
        "no hash": "names no sha256",
        "gone": "404",
        "misfit": "do not fit",
        "code": "would run code",
    }
    _fails(tmp_path / "weights", words[fault])
    assert not marker.exists()


def test_unknown_names_are_answered_with_near_ones(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=L14_336):
        fetch("ViT-L-14-336-quickgelu:openia", tmp_path)
    with pytest.raises(CheckpointError, match="weights list"):
        fetch("", tmp_path)


def test_a_folder_that_cannot_be_made_is_a_sentence(
    tmp_path: Path, tiny: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(monkeypatch, hf_hub="owner/tiny/")
    server.files[HUB + "open_clip_model.safetensors"] = tiny.read_bytes()
    server.tags[HUB + "open_clip_model.safetensors"] = _sha256(tiny.read_bytes())
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(CheckpointError, match="cannot be written"):
        fetch(NAME, blocked / "weights")
    with pytest.raises(CheckpointError, match="could not be copied"):
        add(tiny, blocked / "weights")


def test_add_names_the_file_by_its_backbone(tmp_path: Path, tiny: Path) -> None:
    folder = tmp_path / "new" / "weights"
    entry = add(tiny, folder)
    sha256 = _sha256(tiny.read_bytes())
    assert entry.file == folder / f"{TINY}.safetensors"
    assert entry == WeightEntry(TINY, "present", entry.file, sha256, "added by hand")
    assert sidecar(entry.file).read_text(encoding="utf-8") == f"{sha256}  {TINY}.safetensors\n"
    assert add(tiny, folder) == entry
    assert add(entry.file, folder) == entry
    assert find_weights(TINY, sha256, [folder]) == entry.file
    assert len(list(folder.iterdir())) == 2


def test_add_keeps_another_file_of_the_same_backbone(tmp_path: Path, tiny: Path) -> None:
    first = add(tiny, tmp_path / "weights").file
    other = tmp_path / "other.safetensors"
    save_clip(build_clip(TINY), TINY, other)
    second = add(other, tmp_path / "weights").file
    assert first.read_bytes() == tiny.read_bytes()
    assert second.read_bytes() == other.read_bytes()
    assert second.name == f"{TINY}.{_sha256(other.read_bytes())[:8]}.safetensors"
    assert find_weights(TINY, noted_sha256(second), [tmp_path / "weights"]) == second


def test_a_published_hash_tells_the_tag(
    tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = _sha256(tiny.read_bytes())
    _publish(monkeypatch, url=f"https://openaipublic.example/{sha256}/tiny.pt")
    entry = add(tiny, tmp_path)
    assert entry.name == NAME
    assert entry.file.name == f"{TINY}.test.safetensors"


def _shapes_of(name: str) -> dict[str, torch.Tensor]:
    """Weights of the right shapes that take no room: one zero each, expanded."""
    with torch.device("meta"):
        state = build_clip(name).state_dict()
    return {key: torch.zeros(()).expand(value.shape) for key, value in state.items()}


def test_backbones_that_only_the_name_tells_apart(tmp_path: Path) -> None:
    state = _shapes_of("ViT-B-32")
    unclear = tmp_path / "open_clip_model.pt"
    torch.save(state, unclear)
    with pytest.raises(CheckpointError, match=r"ViT-B-32\.pt or ViT-B-32-quickgelu\.pt"):
        add(unclear, tmp_path / "weights")
    assert not (tmp_path / "weights").exists()
    for name in ("ViT-B-32.pt", "ViT-B-32-quickgelu.openai.pt"):
        entry = add(unclear.rename(tmp_path / name), tmp_path / "weights")
        unclear = tmp_path / name
        assert entry.file.name == name
    assert entry.name == "ViT-B-32-quickgelu:openai"


def test_of_the_large_backbone_only_one_activation_is_published(tmp_path: Path) -> None:
    path = tmp_path / "ViT-L-14-336px.pt"
    torch.save(_shapes_of("ViT-L-14-336"), path)
    entry = add(path, tmp_path / "weights")
    assert entry.file.name == "ViT-L-14-336-quickgelu.pt"
    assert find_weights("ViT-L-14-336-quickgelu", "", [tmp_path / "weights"]) == entry.file


@pytest.mark.parametrize("fault", ["missing", "nan", "shape", "prompts", "suffix", "damaged"])
def test_wrong_files_are_refused(tmp_path: Path, tiny: Path, fault: str) -> None:
    path = tmp_path / "w.safetensors"
    state = load_file(tiny)
    if fault == "nan":
        state["visual.proj"][0, 0] = float("nan")
    elif fault == "shape":
        state["ln_final.bias"] = torch.zeros(7)
    if fault in ("nan", "shape"):
        save_file(state, path)
    elif fault == "prompts":
        path = tmp_path / "epoch_15.pth"
        clip = build_clip(TINY)
        save_official(PromptLearner(clip), clip, path)
    elif fault == "suffix":
        path = tmp_path / "w.zip"
        path.write_bytes(tiny.read_bytes())
    elif fault == "damaged":
        path.write_bytes(tiny.read_bytes()[:-5])
    words = {
        "missing": "does not exist",
        "nan": r"not finite in visual\.proj",
        "shape": "do not fit",
        "prompts": "do not fit",
        "suffix": "no weight file",
        "damaged": "damaged",
    }
    with pytest.raises(CheckpointError, match=words[fault]) as caught:
        add(path, tmp_path / "weights")
    assert str(path) in str(caught.value)
    assert not (tmp_path / "weights").exists()
