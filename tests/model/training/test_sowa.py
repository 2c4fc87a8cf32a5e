from __future__ import annotations

from pathlib import Path

import pytest
import torch

from model import checkpoint
from model.detectors.sowa import Sowa
from model.errors import ModelError
from model.images import read_image
from model.layers.dual_prompts import DualPrompts
from model.preprocess import Preprocess
from model.sowa_settings import SowaSettings
from model.teach import teach
from model.training.config import LoopConfig
from model.training.example import Batch
from model.training.network import Network
from model.training.plan import TrainPlan
from model.training.recipes import recipe
from model.training.run import train
from model.training.shots import Shots
from model.training.sowa import SowaTrainee, published_recipe
from model.training.trainees import trainee_for
from tests.model.clips import small_clip
from tests.model.tiny_clip import backbone, sowa
from tests.rigs.product_set import make_product_set


def trainee() -> SowaTrainee:
    torch.manual_seed(3)
    clip = small_clip().requires_grad_(False)
    settings = SowaSettings((1, 2, 3, 4), window=2, sigma=1.0)
    made = trainee_for(Sowa(clip, DualPrompts(clip, 4), Preprocess(32), settings))
    assert isinstance(made, SowaTrainee)
    return made


def batch(made: SowaTrainee, count: int = 6, known: int | None = None) -> Batch:
    """Noise, every second picture with a bright square that the mask shows."""
    torch.manual_seed(4)
    images = 0.3 * torch.randn(count, 3, 32, 32)
    masks, labels = torch.zeros(count, 32, 32), torch.arange(count) % 2
    images[1::2, :, 8:24, 8:24] += 3
    masks[1::2, 8:24, 8:24] = 1
    has_mask = torch.arange(count) < (count if known is None else known)
    made.eval()
    with torch.no_grad():
        features = made.features(images)
    return Batch(images, masks, has_mask, labels, torch.full((count,), -1), features)


def test_only_adapters_and_prompts_train() -> None:
    made = trainee()
    names = made.trained().keys()
    assert all(name.startswith(("detector.prompts.", "detector.adapters.")) for name in names)
    assert len(names) == 4 + 4 * 9
    made.total(made(batch(made))).backward()
    assert all(value.grad is not None for value in made.trained().values())
    assert all(value.grad is None for value in made.detector.clip.parameters())


def test_some_steps_lower_the_loss_and_find_the_defect() -> None:
    made = trainee()
    seen = batch(made)
    optimizer = torch.optim.AdamW(made.trained().values(), lr=3e-3, weight_decay=0.2)
    before = made.total(made(seen)).item()
    for _ in range(25):
        optimizer.zero_grad()
        made.total(made(seen)).backward()
        optimizer.step()
    made.refresh()
    assert made.total(made(seen)).item() < before - 1.0
    with torch.no_grad():
        maps = made.scores(seen).anomaly_map[1::2, 0]
    assert maps[:, 12:20, 12:20].mean() > maps[:, :4].mean() + 0.3


def test_scores_are_those_of_the_detector() -> None:
    made = trainee()
    seen = batch(made)
    with torch.no_grad():
        mine, whole = made.scores(seen), made.detector(seen.images)
    assert torch.equal(mine.image_score, whole.image_score)
    assert torch.equal(mine.anomaly_map, whole.anomaly_map)


def test_refresh_renews_the_text() -> None:
    made = trainee()
    before = made.detector.text_features.clone()
    with torch.no_grad():
        made.detector.prompts.fusion.weight.mul_(-1)
    assert torch.equal(made.detector.text_features, before)
    made.refresh()
    assert not torch.allclose(made.detector.text_features, before, atol=1e-3)


def test_features_do_not_depend_on_what_trains() -> None:
    made = trainee()
    first = batch(made).features
    with torch.no_grad():
        for value in made.trained().values():
            value.add_(torch.randn_like(value))
    again = batch(made).features
    assert first.keys() == again.keys() == {"image", "tokens"}
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_losses_of_parts_add_up_and_unknown_masks_count_for_nothing() -> None:
    made = trainee()
    seen = batch(made, known=4)
    whole = made(seen)
    halves = [made(_part(seen, slice(start, start + 3))) for start in (0, 3)]
    for name, value in whole.items():
        mean = (halves[0][name] + halves[1][name]) / 2
        assert value.item() == pytest.approx(mean.item(), rel=1e-5), name
    none = made(batch(made, known=0))
    assert none["focal"].item() == none["dice"].item() == 0
    made.total(none).backward()


def _part(seen: Batch, rows: slice) -> Batch:
    return Batch(
        seen.images[rows],
        seen.masks[rows],
        seen.has_mask[rows],
        seen.labels[rows],
        seen.names[rows],
        {name: value[rows] for name, value in seen.features.items()},
    )


def test_dropout_in_training_alone() -> None:
    made = trainee()
    seen = batch(made)
    assert made(seen)["dice"].item() == made(seen)["dice"].item()
    made.train()
    assert made(seen)["dice"].item() != made(seen)["dice"].item()


def test_a_taught_checkpoint_is_refused() -> None:
    with pytest.raises(ModelError, match="cannot be trained further; train the one"):
        SowaTrainee(sowa(shots=2))


def test_the_published_recipe(tmp_path: Path) -> None:
    config = published_recipe(tmp_path)
    assert (config.epochs, config.batch_size, config.seed) == (1, 8, 2025)
    assert (config.optimizer, config.learning_rate, config.weight_decay) == ("adamw", 1e-3, 0.2)


def test_from_shots_to_a_taught_checkpoint(tmp_path: Path) -> None:
    """The same way as the other kinds: train, then teach, then judge."""
    product = make_product_set(tmp_path / "product")
    chosen = recipe("sowa")
    plan = TrainPlan(
        data=product,
        recipe=chosen,
        loop=LoopConfig(tmp_path / "run", **(chosen.loop | {"epochs": 2})),
        network=Network(image_size=48, n_ctx=4),
        weight_folders=(backbone().file.parent,),
        shots=Shots(4, 6),
        validation_share=0.3,
        device="cpu",
    )
    result = train(plan)
    assert result.stopped == "finished"
    assert result.checkpoint is not None
    for epoch in result.epochs:
        assert {"classification", "focal", "dice", "total"} <= epoch.losses.keys()
    judge = checkpoint.load(
        result.checkpoint, device="cpu", weight_folders=[backbone().file.parent]
    )
    assert isinstance(judge.detector, Sowa)
    assert judge.detector.settings.levels == (2, 3, 5, 6)
    assert judge.calibration.is_usable
    good = [read_image(file) for file in sorted((product / "train" / "good").iterdir())]
    taught, limits = teach(judge, good[:4])
    assert isinstance(taught, Sowa)
    assert limits.is_usable
    with pytest.raises(ModelError, match="cannot be trained further"):
        trainee_for(taught)
