from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from model import pretrain_state
from model.backbone import load_clip
from model.errors import CheckpointError
from model.layers.prompts import PromptLearner
from model.pretrain import PretrainConfig, pretrain
from model.pretrain_model import PretrainModel
from model.pretrain_schedule import Phase, Schedule
from model.pretrain_validation import auroc, held_out

SCHEDULE = Schedule((Phase(48, 2, 3), Phase(240, 1, 1)), 1e-3, 1, 2, "float32")


def config(folder: Path, **changes: object) -> PretrainConfig:
    values: dict[str, object] = {
        "folder": folder,
        "schedule": SCHEDULE,
        "workers": 0,
        "device": "cpu",
        "validation_samples": 0,
    }
    return PretrainConfig(**(values | changes))  # type: ignore[arg-type]


def stop_after(steps: int):  # type: ignore[no-untyped-def]
    asked = iter(range(1, 100))
    return lambda: next(asked) >= steps


def test_a_run_that_was_stopped_ends_with_the_numbers_of_one_that_was_not(tmp_path: Path) -> None:
    whole = pretrain(config(tmp_path / "whole"))
    assert whole.is_finished
    first = pretrain(config(tmp_path / "parts"), cancelled=stop_after(2))
    assert not first.is_finished
    second = pretrain(config(tmp_path / "parts"))
    assert second.is_finished
    for name in ("backbone", "prompts"):
        one, other = load_file(getattr(whole, name)), load_file(getattr(second, name))
        assert one.keys() == other.keys()
        for key, value in one.items():
            assert torch.allclose(value.float(), other[key].float(), rtol=0, atol=1e-6), key
    states = [pretrain_state.read(tmp_path / name) for name in ("whole", "parts")]
    assert states[0] is not None
    assert states[1] is not None
    for key, value in states[0].weights.items():
        assert torch.allclose(value.float(), states[1].weights[key].float(), rtol=0, atol=1e-6)


def test_what_a_run_leaves_can_be_loaded_and_was_trained(tmp_path: Path) -> None:
    result = pretrain(config(tmp_path), cancelled=stop_after(1))
    clip = load_clip("adclip-tiny", result.backbone)
    learner = PromptLearner(clip, depth=3)
    learner.load_state_dict(load_file(result.prompts))
    torch.manual_seed(0)
    start = PretrainModel("adclip-tiny", (4, 6), 3, 3, "float32")
    trained = load_file(result.backbone)
    moved = [k for k, v in start.clip.state_dict().items() if not torch.equal(v.half(), trained[k])]
    for part in ("visual.conv1.weight", "token_embedding.weight", "visual.proj"):
        assert part in moved
    assert not torch.equal(start.prompt_learner.ctx_neg, learner.ctx_neg)


def test_seeds_make_different_weights(tmp_path: Path) -> None:
    runs = [
        pretrain(config(tmp_path / str(seed), seed=seed), cancelled=stop_after(1))
        for seed in (0, 1)
    ]
    one, other = (load_file(run.prompts)["ctx_pos"] for run in runs)
    assert not torch.allclose(one, other)


def test_a_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    pretrain(config(tmp_path), cancelled=stop_after(1))
    with pytest.raises(CheckpointError, match="other settings"):
        pretrain(config(tmp_path, seed=5))


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / pretrain_state.FILE).write_bytes(b"not a state")
    with pytest.raises(CheckpointError, match="damaged"):
        pretrain(config(tmp_path))


def test_progress_validation_and_logs(tmp_path: Path) -> None:
    reports = []
    result = pretrain(config(tmp_path, validation_samples=2), reports.append)
    assert reports[-1].step == reports[-1].steps == SCHEDULE.steps
    assert set(reports[-1].losses) == {"contrast", "dense", "image", "total"}
    assert result.figures is not None
    assert 0 <= result.figures.pixels <= 1
    for name in ("losses.csv", "figures.csv"):
        header, *rows = (tmp_path / name).read_text(encoding="utf-8").splitlines()
        assert header.startswith("step,seconds")
        assert rows[-1].startswith(f"{SCHEDULE.steps},")


def test_held_out_products_are_not_those_of_the_training() -> None:
    import numpy as np

    from model.synthesis.sample import make_sample

    first = held_out(0, 1)[0].images[1].numpy()
    assert not any(np.array_equal(first, make_sample(0, i).good[:, :, ::-1]) for i in range(3))


def test_auroc_counts_ties_half() -> None:
    import numpy as np

    assert auroc(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 0, 1, 1])) == 1
    assert auroc(np.array([0.1, 0.3, 0.3, 0.4]), np.array([0, 0, 1, 1])) == pytest.approx(0.875)
    assert np.isnan(auroc(np.array([1.0]), np.array([1])))
