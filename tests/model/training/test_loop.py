from __future__ import annotations

import dataclasses
import errno
import multiprocessing
import signal
from pathlib import Path
from typing import Any

import pytest
import torch

from model.detector import Scores
from model.errors import DatasetError, ModelError
from model.training import cache, state
from model.training.config import Epoch, TrainingProgress
from model.training.example import Batch
from model.training.loop import fit, is_better
from model.training.snapshot import snapshot
from tests.model.training.short_runs import (
    VALIDATION,
    assert_same,
    assert_same_weights,
    config,
    run,
    stop_at,
)
from tests.model.training.trainees import BlotchTrainee, PromptTrainee, SpotViews


class Grading(BlotchTrainee):
    """Validation says what a list wants, by epoch."""

    def __init__(self, good_at: tuple[float, ...]) -> None:
        super().__init__()
        self.good_at = good_at

    def scores(self, batch: Batch) -> Scores:
        sharpness = self.good_at[self.refreshed - 1]
        signs = batch.labels * 2.0 - 1
        noise = torch.linspace(-1, 1, len(signs))
        maps = torch.zeros(len(signs), 1, 4, 4)
        return Scores(sharpness * signs + (1 - sharpness) * noise, maps)


def test_the_losses_fall_and_validation_is_measured(tmp_path: Path) -> None:
    trainee = BlotchTrainee()
    reports: list[TrainingProgress] = []
    epochs: list[Epoch] = []
    result = fit(
        trainee,
        SpotViews(8),
        VALIDATION,
        config(tmp_path, epochs=6),
        progress=reports.append,
        on_epoch=epochs.append,
    )
    assert result.stopped == "finished"
    assert result.epochs == tuple(epochs)
    assert [epoch.number for epoch in epochs] == [1, 2, 3, 4, 5, 6]
    assert epochs[-1].losses["total"] < epochs[0].losses["total"]
    losses = epochs[-1].losses
    assert losses["total"] == pytest.approx(losses["image"] + 2 * losses["cells"], abs=1e-6)
    assert set(epochs[0].metrics) == {
        "image_auroc",
        "image_ap",
        "f1_max",
        "pixel_auroc",
        "quality",
    }
    found = epochs[0].metrics
    assert found["quality"] == found["image_auroc"]
    stages = {name: [r for r in reports if r.stage == name] for name in {r.stage for r in reports}}
    assert [r.done for r in stages["features"]] == list(range(1, 15))
    assert {r.total for r in stages["features"]} == {14}
    assert [r.done for r in stages["training"]] == list(range(1, 19))
    assert {r.total for r in stages["training"]} == {18}
    assert [r.done for r in stages["validation"]] == 6 * [1, 2]
    assert stages["training"][-1].last == epochs[-2]
    assert not (tmp_path / cache.FOLDER).exists()


def test_prompts_of_anomaly_clip_learn(tmp_path: Path) -> None:
    trainee = PromptTrainee()
    before = {name: value.clone() for name, value in trainee.trained().items()}
    text = trainee._clip.text_features.clone()
    result = run(tmp_path, trainee, epochs=3)
    assert result.epochs[-1].losses["total"] < result.epochs[0].losses["total"]
    trained = trainee.trained()
    assert before.keys() == trained.keys()
    assert not any(torch.equal(before[name], value) for name, value in trained.items())
    assert not torch.equal(text, trainee._clip.text_features)


def test_features_are_computed_once_per_view_in_any_number_of_epochs(tmp_path: Path) -> None:
    for turns, pictures in ((1, 8 + 6), (3, 3 * 8 + 6), (0, 5 * 8 + 6)):
        trainee = BlotchTrainee()
        run(tmp_path / str(turns), trainee, epochs=5, turns=turns)
        assert trainee.pictures == pictures


def test_turns_go_round_and_zero_turns_never_repeat(tmp_path: Path) -> None:
    twice = [batch.images for batch in _batches(tmp_path / "a", turns=2)]
    assert _sorted(twice[0]) == _sorted(twice[2]) != _sorted(twice[1]) == _sorted(twice[3])
    fresh = [_sorted(batch.images) for batch in _batches(tmp_path / "b", turns=0)]
    assert len({tuple(values) for values in fresh}) == 4


def _batches(folder: Path, **changes: Any) -> list[Batch]:
    trainee = BlotchTrainee()
    run(folder, trainee, epochs=4, batch_size=8, **changes)
    return trainee.batches


def _sorted(images: torch.Tensor) -> list[float]:
    # the upper left corner tells mirrored and rolled pictures apart
    return sorted(images[:, :, :3, :3].double().sum((1, 2, 3)).tolist())


def test_a_batch_says_what_the_views_say(tmp_path: Path) -> None:
    trainee, views = BlotchTrainee(), SpotViews(8, unknown=3)
    fit(trainee, views, None, config(tmp_path, epochs=1, batch_size=8))
    (batch,) = trainee.batches
    assert batch.images.shape == (8, 3, 16, 16)
    assert batch.masks.shape == (8, 16, 16)
    assert batch.features["cells"].shape == (8, 6, 4, 4)
    assert batch.has_mask.dtype == torch.bool
    assert int((~batch.has_mask).sum()) == 1
    assert torch.equal(batch.labels, batch.names)
    assert batch.labels.sum() == 4
    spotted = batch.masks.flatten(1).sum(1) > 0
    assert torch.equal(spotted, batch.labels.bool() & batch.has_mask)


@pytest.mark.parametrize(
    "changes",
    [
        {"cache_bytes": 0},
        {"cache_bytes": 4000},
        {"cache_bytes": 0, "disk_bytes": 0},
        {"cache_bytes": 4000, "disk_bytes": 8000},
        {"workers": 2},
        {"cache_bytes": 0, "disk_bytes": 0, "workers": 1},
    ],
)
def test_where_features_are_kept_and_who_reads_changes_no_number(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    ones = [BlotchTrainee(noise=0.1), BlotchTrainee(noise=0.1)]
    plain = run(tmp_path / "plain", ones[0], turns=2)
    other = run(tmp_path / "other", ones[1], turns=2, **changes)
    assert_same(plain, other)
    assert_same_weights(*ones)
    assert not multiprocessing.active_children()


def test_the_callers_random_numbers_are_left_alone(tmp_path: Path) -> None:
    before = torch.get_rng_state()
    run(tmp_path, epochs=1)
    assert torch.equal(before, torch.get_rng_state())


def test_accumulated_batches_equal_a_large_one(tmp_path: Path) -> None:
    ones = [BlotchTrainee(), BlotchTrainee()]
    whole = run(tmp_path / "a", ones[0], batch_size=6)
    parts = run(tmp_path / "b", ones[1], batch_size=2, accumulate=3)
    assert_same(whole, parts, 1e-6)
    assert_same_weights(*ones, 1e-6)


def test_clipping_bounds_the_gradient(tmp_path: Path) -> None:
    before = snapshot(BlotchTrainee())
    moved = {}
    for clip in (0.0, 1e-12):
        trainee = BlotchTrainee()
        run(tmp_path / str(clip), trainee, clip=clip, epochs=1, weight_decay=0.0)
        after = snapshot(trainee)
        moved[clip] = max(float((after[k] - v).abs().max()) for k, v in before.items())
    # Adam divides by the gradient's size, so only one near its epsilon of 1e-8 tells
    assert moved[1e-12] < 1e-3 * moved[0.0]


def test_the_trainee_ends_with_the_weights_of_the_best_epoch(tmp_path: Path) -> None:
    trainee = Grading((0.0, 0.9, 0.4, 0.0))
    seen: list[dict[str, torch.Tensor]] = []
    result = fit(
        trainee,
        SpotViews(8),
        VALIDATION,
        config(tmp_path),
        on_epoch=lambda _: seen.append(snapshot(trainee)),
    )
    assert result.best == 2
    last = snapshot(trainee)
    assert all(torch.equal(value, seen[1][name]) for name, value in last.items())
    assert not all(torch.equal(value, seen[3][name]) for name, value in last.items())


def test_patience_ends_a_run_that_gets_no_better(tmp_path: Path) -> None:
    grades = (0.0, 0.9, 0.4, 0.0, 0.9, 0.9)
    result = run(tmp_path, Grading(grades), patience=2, epochs=6)
    assert (result.stopped, result.best, len(result.epochs)) == ("patience", 2, 4)
    again = run(tmp_path, Grading(grades), patience=2, epochs=6, resume=True)
    assert_same(result, again)


def test_without_validation_the_lowest_loss_is_best(tmp_path: Path) -> None:
    result = fit(BlotchTrainee(), SpotViews(8), None, config(tmp_path, learning_rate=0.5))
    totals = [epoch.losses["total"] for epoch in result.epochs]
    assert result.best == 1 + totals.index(min(totals))
    assert [epoch.metrics for epoch in result.epochs] == [{"quality": -t} for t in totals]


def test_validation_of_one_class_falls_back_on_what_is_defined(tmp_path: Path) -> None:
    only_good = dataclasses.replace(VALIDATION, count=1)
    result = fit(BlotchTrainee(), SpotViews(8), only_good, config(tmp_path, epochs=1))
    epoch = result.epochs[0]
    assert epoch.metrics == {"quality": -epoch.losses["total"]}


@pytest.mark.parametrize("fault", ["poison", "poisoned_gradient"])
def test_a_value_that_is_not_finite_names_its_step_and_keeps_the_last_good_epoch(
    tmp_path: Path, fault: str
) -> None:
    trainee = BlotchTrainee()
    setattr(trainee, fault, 8)
    with pytest.raises(ModelError, match="not a finite number at step 2 of epoch 3"):
        run(tmp_path, trainee)
    content = state.read(tmp_path)
    assert content is not None
    kept = state.from_bytes(content, tmp_path)
    assert [epoch.number for epoch in kept.epochs] == [1, 2]
    assert all(bool(value.isfinite().all()) for value in kept.weights.values())
    assert_same(run(tmp_path / "whole"), run(tmp_path, resume=True))


def test_scores_that_are_not_finite_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="scores are not finite"):
        run(tmp_path, Grading((float("nan"),)))


def test_a_full_disk_leaves_the_state_of_the_epoch_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Path.write_bytes
    count = iter(range(100))

    def full(self: Path, data: Any) -> int:
        if next(count) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return written(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ModelError, match="No space left"):
        run(tmp_path)
    monkeypatch.undo()
    content = state.read(tmp_path)
    assert content is not None
    assert len(state.from_bytes(content, tmp_path).epochs) == 2
    assert_same(run(tmp_path / "whole"), run(tmp_path, resume=True))


def test_nothing_to_train_or_to_train_on_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no picture"):
        fit(BlotchTrainee(), SpotViews(0), None, config(tmp_path))
    frozen = BlotchTrainee().requires_grad_(False)
    with pytest.raises(ModelError, match="no weights that train"):
        fit(frozen, SpotViews(4), None, config(tmp_path))
    with pytest.raises(DatasetError, match="cannot be read"):
        fit(BlotchTrainee(), SpotViews(4, broken=2), None, config(tmp_path))
    with pytest.raises(ModelError, match="batch size"):
        run(tmp_path, batch_size=0)


def test_ctrl_c_keeps_the_state_and_the_programs_handler(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:

        def press(progress: TrainingProgress) -> None:
            if progress.stage == "training" and progress.done == 5:
                signal.raise_signal(signal.SIGINT)

        options = config(tmp_path, workers=1, cache_bytes=0, disk_bytes=0)
        result = fit(BlotchTrainee(), SpotViews(8), VALIDATION, options, press)
        assert result.stopped == "cancelled"
        assert len(result.epochs) == 1
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert not multiprocessing.active_children()
    finally:
        signal.signal(signal.SIGINT, before)
    assert_same(run(tmp_path / "whole"), run(tmp_path, resume=True))


def test_a_second_ctrl_c_ends_at_once_with_the_state_of_the_last_epoch(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:

        def press(progress: TrainingProgress) -> None:
            if progress.stage == "training" and progress.done == 5:
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGINT)

        with pytest.raises(KeyboardInterrupt):
            fit(BlotchTrainee(), SpotViews(8), VALIDATION, config(tmp_path), press)
    finally:
        signal.signal(signal.SIGINT, before)
    assert_same(run(tmp_path / "whole"), run(tmp_path, resume=True))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_half_precision_trains_on_a_gpu_and_resumes(tmp_path: Path) -> None:
    results = {}
    for mixed in (False, True):
        trainee = PromptTrainee().cuda()
        results[mixed] = run(tmp_path / str(mixed), trainee, mixed_precision=mixed)
        assert all(p.dtype == torch.float32 for p in trainee.trained().values())
    for half, full in zip(results[True].epochs, results[False].epochs, strict=True):
        assert half.losses["total"] == pytest.approx(full.losses["total"], rel=0.05)
    chosen = config(tmp_path / "parts", resume=True)
    fit(PromptTrainee().cuda(), SpotViews(8), VALIDATION, chosen, cancelled=stop_at(22))
    rest = fit(PromptTrainee().cuda(), SpotViews(8), VALIDATION, chosen)
    assert_same(results[True], rest, 1e-3)


def epoch_with(quality: float, loss: float | None) -> Epoch:
    losses = {"total": 1.0} | ({} if loss is None else {"validation": loss})
    return Epoch(1, 1e-3, losses, {"quality": quality}, 0.0)


@pytest.mark.parametrize(
    ("one", "other", "is_first_better"),
    [
        ((0.9, 5.0), (0.8, 1.0), True),
        ((0.8, 1.0), (0.9, 5.0), False),
        # few pictures are soon all in the right order: then the loss on them decides
        ((1.0, 0.3), (1.0, 0.5), True),
        ((1.0, 0.5), (1.0, 0.3), False),
        ((1.0, 0.5), (1.0, 0.5), False),
        ((1.0, None), (1.0, None), False),
    ],
)
def test_which_epoch_is_better(
    one: tuple[float, float | None], other: tuple[float, float | None], is_first_better: bool
) -> None:
    assert is_better(epoch_with(*one), epoch_with(*other)) == is_first_better
