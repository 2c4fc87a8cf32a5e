from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from model.errors import CheckpointError
from model.layers.prompts import PromptLearner
from model.official import learner_for, official_state, read_official, save_official
from tests.model.clips import small_clip
from tests.model.golden_clip import case
from tests.model.hostile import Payload, prove_it_works


def test_a_file_has_the_official_form_and_comes_back(tmp_path: Path) -> None:
    reference = case("tiny24")
    detector = reference.detector
    path = tmp_path / "epoch_15.pth"
    detector.save_official(path)
    content = torch.load(path, weights_only=True)
    assert list(content) == ["prompt_learner"]
    rows = [
        f"{key} {tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}"
        for key, value in content["prompt_learner"].items()
    ]
    assert rows == reference.arrays["ckpt_keys"].tolist()
    assert len(rows) == 32
    other = PromptLearner(detector.clip)
    other.load_state_dict(content["prompt_learner"], strict=True)
    learner = learner_for(detector.clip, path)
    for key, value in detector.prompt_learner.state_dict().items():
        assert torch.equal(learner.state_dict()[key], value), key


def test_loading_renews_the_text_features(tmp_path: Path) -> None:
    reference = case("tiny24")
    path = tmp_path / "epoch_1.pth"
    reference.detector.save_official(path)
    with torch.no_grad():
        reference.detector.prompt_learner.ctx_pos.zero_()
    reference.detector.refresh_text()
    expected = reference.tensor("text_features")[0]
    assert not torch.allclose(reference.detector.text_features, expected, atol=1e-3)
    reference.detector.load_official(path)
    assert torch.allclose(reference.detector.text_features, expected, atol=5e-6)


def test_sizes_come_from_the_file(tmp_path: Path) -> None:
    clip = small_clip()
    path = tmp_path / "epoch_2.pth"
    save_official(PromptLearner(clip, 8, 2, 5), clip, path)
    learner = learner_for(clip, path)
    assert (learner.n_ctx, learner.t_n_ctx, learner.depth) == (8, 2, 5)
    save_official(PromptLearner(clip, 8, 2, 1), clip, path)
    assert learner_for(clip, path).depth == 1


def _without(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda state: state.__delitem__(key)


def _with(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda state: state.update({key: value})


def _scaled(key: str, factor: float) -> Callable[[dict[str, Any]], None]:
    return lambda state: state.update({key: state[key] * factor})


BAD = {
    "missing": (_without("compound_prompt_projections.3.bias"), "bias is missing"),
    "missing context": (_without("ctx_pos"), "ctx_pos is missing"),
    "surplus": (_with("surplus", torch.zeros(1)), "surplus does not belong"),
    "shape": (_with("ctx_neg", torch.zeros(1, 1, 11, 128)), "has shape"),
    "too long": (_with("ctx_pos", torch.zeros(1, 1, 70, 128)), "out of range"),
    "misshaped": (_with("ctx_pos", torch.zeros(12, 128)), "misshaped"),
    "nan": (_scaled("ctx_pos", float("nan")), "not finite"),
    "nan buffer": (_scaled("token_prefix_pos", float("nan")), "not finite"),
    "no tensor": (_with("ctx_pos", 3), "more than tensors"),
    "other backbone": (_scaled("token_suffix_pos", 1.5), "another backbone"),
    "other words": (_scaled("tokenized_prompts_neg", 0), "other words"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_file_is_one_sentence_and_changes_nothing(tmp_path: Path, fault: str) -> None:
    clip = small_clip()
    learner = PromptLearner(clip)
    path = tmp_path / "epoch_3.pth"
    content = official_state(PromptLearner(clip), clip)
    spoil, words = BAD[fault]
    spoil(content["prompt_learner"])
    torch.save(content, path)
    before = {key: value.clone() for key, value in learner.state_dict().items()}
    with pytest.raises(CheckpointError, match=words) as caught:
        learner_for(clip, path)
    assert str(path) in str(caught.value)
    after = learner.state_dict()
    assert all(torch.equal(after[key], value) for key, value in before.items())


def test_a_failed_load_leaves_the_detector_as_it_was(tmp_path: Path) -> None:
    reference = case("tiny6")
    path = tmp_path / "epoch_4.pth"
    content = reference.detector.official_state()
    content["prompt_learner"]["ctx_neg"][0, 0, 0, 0] = float("inf")
    torch.save(content, path)
    before = reference.detector.text_features.clone()
    assert before.isfinite().all()
    state = {k: v.clone() for k, v in reference.detector.checkpoint_state().items()}
    with pytest.raises(CheckpointError, match="not finite"):
        reference.detector.load_official(path)
    assert torch.equal(reference.detector.text_features, before)
    after = reference.detector.checkpoint_state()
    assert all(value.isfinite().all() for value in after.values())
    assert [k for k in state if not torch.equal(after[k], state[k])] == []


@pytest.mark.parametrize("content", [{}, {"state_dict": {}}, {"prompt_learner": 1}, [1, 2]])
def test_other_content_is_refused(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "epoch_5.pth"
    torch.save(content, path)
    with pytest.raises(CheckpointError, match=r"no AnomalyCLIP prompt file|no named tensors"):
        read_official(path)


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    prove_it_works(tmp_path)
    marker = tmp_path / "marker"
    path = tmp_path / "epoch_6.pth"
    clip = small_clip()
    content: dict[str, Any] = official_state(PromptLearner(clip), clip)
    content["prompt_learner"]["ctx_pos"] = Payload(marker)
    torch.save(content, path)
    with pytest.raises(CheckpointError, match="would run code"):
        learner_for(clip, path)
    assert not marker.exists()


def test_a_cut_file_is_damaged(tmp_path: Path) -> None:
    clip = small_clip()
    path = tmp_path / "epoch_7.pth"
    save_official(PromptLearner(clip), clip, path)
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match=r"damaged|run code"):
            learner_for(clip, path)
    with pytest.raises(CheckpointError, match="does not exist"):
        learner_for(clip, tmp_path / "absent.pth")


def test_a_failing_save_leaves_nothing(tmp_path: Path) -> None:
    clip = small_clip()
    folder = tmp_path / "epoch_8.pth"
    folder.mkdir()
    (folder / "x").touch()
    with pytest.raises(CheckpointError, match=r"Cannot write the prompts .*epoch_8\.pth"):
        save_official(PromptLearner(clip), clip, folder)
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "home") == ["epoch_8.pth"]


def test_prompts_that_are_not_finite_are_not_written(tmp_path: Path) -> None:
    clip = small_clip()
    learner = PromptLearner(clip)
    with torch.no_grad():
        learner.ctx_neg[..., 0] = float("nan")
    with pytest.raises(CheckpointError, match="ctx_neg is not finite"):
        save_official(learner, clip, tmp_path / "epoch_1.pth")
    assert not (tmp_path / "epoch_1.pth").exists()
