from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from model import checkpoint
from model.backbone import TINY
from model.detectors.sowa import Sowa
from model.errors import CheckpointError
from model.layers.dual_prompts import DualPrompts
from model.preprocess import Preprocess
from model.sowa_official import load_sowa_official, read_sowa_official
from model.sowa_settings import SowaSettings
from tests.model.clips import small_clip
from tests.model.hostile import Payload, prove_it_works
from tests.model.tiny_clip import backbone

SETTINGS = SowaSettings((1, 2, 3, 4), window=2)
CLIP = small_clip().requires_grad_(False)


def detector() -> Sowa:
    torch.manual_seed(9)
    return Sowa(CLIP, DualPrompts(CLIP, 12), Preprocess(32), SETTINGS).eval().requires_grad_(False)


def official(made: Sowa) -> dict[str, Tensor]:
    """As Lightning writes it: CLIP, its aliases, tables, and what was trained."""
    state = {"net.prompt_learner.ctx_pos": made.prompts.ctx_pos}
    state["net.prompt_learner.ctx_neg"] = made.prompts.ctx_neg
    state["net.cross_fusion.linear.weight"] = made.prompts.fusion.weight
    state["net.cross_fusion.linear.bias"] = made.prompts.fusion.bias
    for key, value in made.adapters.state_dict().items():
        name = key.replace(".linear.", ".mlp.layers.0.")
        state[f"net.visual_encoder.adapters.{name}"] = value
    for level, number in enumerate(made.settings.levels):
        attention = made.clip.visual.transformer.resblocks[number - 1].attn
        block = f"net.visual_encoder.adapters.{level}.blocks.0.attn"
        state[f"{block}.qkv.weight"] = attention.in_proj_weight
        state[f"{block}.proj.weight"] = attention.out_proj.weight
        state[f"{block}.relative_coords_table"] = torch.zeros(1, 3, 3, 2)
    state |= {f"net.clip_model.{key}": value for key, value in made.clip.state_dict().items()}
    return {key: value.detach().clone() for key, value in state.items()}


def saved(path: Path, state: dict[str, Tensor], **more: Any) -> Path:
    torch.save({"epoch": 0, "state_dict": state, "hyper_parameters": {"lr": 1e-3}, **more}, path)
    return path


def test_an_authors_file_gives_the_same_detector(tmp_path: Path) -> None:
    made = detector()
    file = saved(tmp_path / "epoch_000.ckpt", official(made))
    loaded = load_sowa_official(file, CLIP, Preprocess(32), SETTINGS)
    images = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        first, again = made(images), loaded(images)
    assert torch.equal(first.image_score, again.image_score)
    assert torch.equal(first.anomaly_map, again.anomaly_map)
    assert not any(value.requires_grad for value in loaded.parameters())


def test_it_loads_like_any_other_checkpoint(tmp_path: Path) -> None:
    clip = backbone().clip
    torch.manual_seed(2)
    settings = SowaSettings.for_depth(6, 20)
    made = Sowa(clip, DualPrompts(clip), Preprocess(240), settings).eval().requires_grad_(False)
    state = {k: v for k, v in official(made).items() if not k.startswith("net.clip_model.")}
    file = saved(tmp_path / "epoch_000.ckpt", state)
    facts = checkpoint.inspect(file)
    assert (facts.detector, facts.backbone, facts.image_size) == ("sowa", TINY, 240)
    assert not facts.calibration.is_usable
    judge = checkpoint.load(file, device="cpu", weight_folders=[backbone().file.parent])
    assert torch.equal(judge.detector.text_features, made.text_features)
    assert judge.predict(np.full((64, 64, 3), 90, np.uint8)).anomaly_map.shape == (64, 64)


def test_nothing_of_clip_is_kept(tmp_path: Path) -> None:
    found = read_sowa_official(saved(tmp_path / "a.ckpt", official(detector())))
    expected = detector().checkpoint_state().keys() - {"text_features", "map_range"}
    assert found.keys() == expected


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    prove_it_works(tmp_path)
    proof = tmp_path / "ran"
    file = saved(tmp_path / "a.ckpt", official(detector()), callbacks=Payload(proof))
    with pytest.raises(CheckpointError, match="would run code"):
        load_sowa_official(file, CLIP, Preprocess(32), SETTINGS)
    assert not proof.exists()


def test_another_backbone_is_noticed(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.ckpt", official(detector()))
    with pytest.raises(CheckpointError, match="another backbone"):
        load_sowa_official(file, small_clip(seed=5), Preprocess(32), SETTINGS)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("net.cross_fusion.linear.bias", None, "fusion.bias is missing"),
        ("net.visual_encoder.adapters.2.blocks.0.norm1.weight", torch.zeros(3), "has shape"),
        ("net.visual_encoder.adapters.4.blocks.0.norm1.weight", torch.zeros(128), "not belong"),
        ("net.prompt_learner.ctx_neg", torch.full((1, 1, 12, 128), torch.nan), "not finite"),
        ("net.prompt_learner.ctx_pos", torch.zeros(12, 128), "ctx_pos is misshaped"),
        ("net.prompt_learner.ctx_pos", None, "no SOWA checkpoint"),
    ],
)
def test_what_does_not_fit_is_named(
    tmp_path: Path, key: str, value: Tensor | None, words: str
) -> None:
    state = official(detector())
    if value is None:
        del state[key]
    else:
        state[key] = value
    with pytest.raises(CheckpointError, match=words):
        load_sowa_official(saved(tmp_path / "a.ckpt", state), CLIP, Preprocess(32), SETTINGS)


def test_other_files_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "a.ckpt"
    text.write_text("no checkpoint", encoding="utf-8")
    for file, words in ((text, "damaged|more than plain"), (tmp_path / "b.ckpt", "does not exist")):
        with pytest.raises(CheckpointError, match=words):
            read_sowa_official(file)
    with pytest.raises(CheckpointError, match="no SOWA checkpoint"):
        read_sowa_official(saved(tmp_path / "c.ckpt", {"net.a": torch.zeros(1)}))
