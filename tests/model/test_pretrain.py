from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from model import pretrain_state
from model.backbone import load_clip
from model.errors import CheckpointError
from model.layers.prompts import PromptLearner
from model.pretrain import PretrainConfig, PretrainProgress, PretrainResult, pretrain
from model.pretrain_model import PretrainModel
from model.pretrain_schedule import Phase, Schedule
from model.pretrain_validation import auroc, held_out
from model.synthesis.sample import make_sample

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


def stop_after(steps: int) -> Callable[[], bool]:
    asked = iter(range(1, 100))
    return lambda: next(asked) >= steps


@dataclass(frozen=True)
class Whole:
    folder: Path
    result: PretrainResult
    reports: list[PretrainProgress]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    reports: list[PretrainProgress] = []
    return Whole(folder, pretrain(config(folder, validation_samples=2), reports.append), reports)


def test_a_run_that_was_stopped_ends_with_the_numbers_of_one_that_was_not(
    tmp_path: Path, whole: Whole
) -> None:
    first = pretrain(config(tmp_path), cancelled=stop_after(2))
    assert not first.is_finished
    second = pretrain(config(tmp_path))
    assert second.is_finished
    assert whole.result.is_finished
    states = [pretrain_state.read(folder) for folder in (whole.folder, tmp_path)]
    assert states[0] is not None
    assert states[1] is not None
    for one, other in (
        (states[0].weights, states[1].weights),
        (states[0].average, states[1].average),
    ):
        assert one.keys() == other.keys()
        for key, value in one.items():
            assert torch.allclose(value.float(), other[key].float(), rtol=0, atol=1e-6), key


def test_what_a_run_leaves_can_be_loaded_and_was_trained(whole: Whole) -> None:
    clip = load_clip("adclip-tiny", whole.result.backbone)
    learner = PromptLearner(clip, depth=3)
    learner.load_state_dict(load_file(whole.result.prompts))
    torch.manual_seed(0)
    start = PretrainModel("adclip-tiny", (4, 6), 3, 3, "float32")
    trained = load_file(whole.result.backbone)
    moved = {k for k, v in start.clip.state_dict().items() if not torch.equal(v.half(), trained[k])}
    assert {"visual.conv1.weight", "token_embedding.weight", "visual.proj"} <= moved
    assert not torch.equal(start.prompt_learner.ctx_neg, learner.ctx_neg)


def test_progress_validation_and_logs(whole: Whole) -> None:
    last = whole.reports[-1]
    assert last.step == last.steps == SCHEDULE.steps
    assert set(last.losses) == {"contrast", "dense", "image", "total"}
    assert whole.result.figures is not None
    assert 0 <= whole.result.figures.pixels <= 1
    for name in ("losses.csv", "figures.csv"):
        header, *rows = (whole.folder / name).read_text(encoding="utf-8").splitlines()
        assert header.startswith("step,seconds")
        assert rows[-1].startswith(f"{SCHEDULE.steps},")


def test_another_seed_is_another_run_and_may_not_go_on_with_the_state(whole: Whole) -> None:
    with pytest.raises(CheckpointError, match="other settings"):
        pretrain(config(whole.folder, seed=5))


def test_seeds_make_different_weights() -> None:
    starts = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        starts.append(PretrainModel("adclip-tiny", (4, 6), 3, 3, "float32").prompt_learner.ctx_pos)
    assert not torch.allclose(*starts)


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / pretrain_state.FILE).write_bytes(b"not a state")
    with pytest.raises(CheckpointError, match="damaged"):
        pretrain(config(tmp_path))


def test_held_out_products_are_not_those_of_the_training() -> None:
    first = held_out(0, 1)[0].images[1].numpy()
    assert not any(np.array_equal(first, make_sample(0, i).good[:, :, ::-1]) for i in range(3))


def test_auroc_counts_ties_half() -> None:
    labels = np.array([0, 0, 1, 1])
    assert auroc(np.array([0.1, 0.2, 0.3, 0.4]), labels) == 1
    assert auroc(np.array([0.1, 0.3, 0.3, 0.4]), labels) == pytest.approx(0.875)
    assert np.isnan(auroc(np.array([1.0]), np.array([1])))
