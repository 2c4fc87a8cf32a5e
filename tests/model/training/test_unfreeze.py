"""Vision blocks that train: cut off from the frozen ones, stored, loaded and refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from model import checkpoint
from model.detectors.ad_clip import AdClip
from model.detectors.anomaly_clip import AnomalyClip
from model.errors import CheckpointError, ModelError
from model.images import read_image
from model.layers.vision import encode_from, encode_image, encode_until
from model.training.anomaly_clip import AnomalyClipTrainee
from model.training.outputs import export_official
from model.training.recipes import recipe
from model.training.run import train
from tests.model.clips import small_clip
from tests.model.tiny_clip import SIZE, backbone, zero_shot
from tests.model.training.test_run import plan_for
from tests.rigs.product_set import make_product_set

BLOCK = "clip.visual.transformer.resblocks."


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_product_set(tmp_path_factory.mktemp("product"))


@pytest.mark.parametrize("block", range(4))
@pytest.mark.parametrize(("layers", "dpam"), [((4,), 3), ((1, 2, 4), 2), ((3,), 5), ((2,), 1)])
def test_both_halves_of_the_tower_make_the_whole(
    block: int, layers: tuple[int, ...], dpam: int
) -> None:
    visual = small_clip(3).visual
    images = torch.randn(2, 3, 40, 40, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        whole = encode_image(visual, images, layers, dpam)
        streams, grid = encode_until(visual, images, layers, dpam, block)
        joined = encode_from(visual, streams, layers, dpam, grid)
    assert grid == whole.grid == (5, 5)
    assert torch.equal(joined.image, whole.image)
    assert joined.patches.keys() == whole.patches.keys()
    for layer, rows in whole.patches.items():
        assert torch.equal(joined.patches[layer], rows)


@pytest.mark.parametrize("block", [-1, 4])
def test_a_cut_that_the_tower_does_not_have(block: int) -> None:
    with pytest.raises(ValueError, match="not within"):
        encode_until(small_clip(3).visual, torch.zeros(1, 3, 32, 32), (4,), 2, block)


def with_own(blocks: int) -> AnomalyClip:
    base = zero_shot()
    return AnomalyClip.from_config(base.config() | {"unfrozen": blocks}, base.clip)


@pytest.mark.parametrize("blocks", [1, 3, 6])
def test_only_prompts_and_own_blocks_have_gradients(blocks: int) -> None:
    detector = with_own(blocks)
    trainee = AnomalyClipTrainee(detector)
    try:
        names = {name for name in trainee.trained() if "resblocks" in name}
        numbers = {int(name.split("resblocks.")[1].split(".")[0]) for name in names}
        assert numbers == set(range(6 - blocks, 6))
        images = torch.randn(2, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
        with torch.no_grad():
            frozen = trainee.features(images)
            whole = detector.features(images)
        joined = detector.resumed(frozen)
        assert torch.equal(joined.image, whole.image)
        joined.image.square().sum().backward()
        grads = {n for n, p in detector.clip.named_parameters() if p.grad is not None}
        assert grads
        assert all(int(n.split("resblocks.")[1].split(".")[0]) >= 6 - blocks for n in grads)
    finally:
        # the backbone is shared between tests
        detector.clip.requires_grad_(False)
        detector.clip.zero_grad()


def test_more_blocks_than_there_are() -> None:
    with pytest.raises(CheckpointError, match="unfrozen 7 is not within"):
        with_own(7)


@pytest.mark.parametrize("name", ["anomalyclip", "adclip"])
def test_trained_blocks_come_back_with_the_checkpoint(
    product: Path, tmp_path: Path, name: str
) -> None:
    plan = plan_for(product, tmp_path, unfreeze=2, learning_rate=1e-2)
    result = train(replace(plan, recipe=recipe(name)))
    assert result.checkpoint is not None
    state = load_file(result.checkpoint)
    prefix = "base." if name == "adclip" else ""
    stored = {key.removeprefix(prefix) for key in state if BLOCK in key}
    before = backbone().clip.state_dict()
    assert {int(key.removeprefix(BLOCK).split(".")[0]) for key in stored} == {4, 5}
    weight = f"{BLOCK}5.mlp.c_fc.weight"
    assert not torch.equal(state[prefix + weight], before[weight.removeprefix("clip.")])
    folders = [backbone().file.parent]
    loaded = checkpoint.load(result.checkpoint, device="cpu", weight_folders=folders)
    base: Any = loaded.detector.base if name == "adclip" else loaded.detector
    assert torch.equal(base.clip.state_dict()[weight.removeprefix("clip.")], state[prefix + weight])
    # the same pictures, judged by the file alone, give the figures of the run
    picture = read_image(product / "test/spot/000.png")
    again = checkpoint.load(result.checkpoint, device="cpu", weight_folders=folders)
    assert loaded.predict(picture).score == again.predict(picture).score


def test_prompts_of_trained_blocks_are_not_passed_on_alone(product: Path, tmp_path: Path) -> None:
    result = train(plan_for(product, tmp_path, unfreeze=1, epochs=1))
    assert result.checkpoint is not None
    assert (tmp_path / "epoch_1.safetensors").is_file()
    folders = [backbone().file.parent]
    with pytest.raises(CheckpointError, match=r"which are in epoch_1\.safetensors; use that"):
        checkpoint.load(tmp_path / "epoch_1.pth", device="cpu", weight_folders=folders)
    loaded = checkpoint.load(result.checkpoint, device="cpu", weight_folders=folders)
    with pytest.raises(CheckpointError, match="vision blocks of their own"):
        export_official(loaded.detector, tmp_path / "out.pth")


@pytest.mark.parametrize(
    ("name", "blocks", "sentence"),
    [
        ("anomalyclip", 7, "adclip-tiny has 6"),
        ("sowa", 1, "backbone of a sowa detector stays frozen"),
    ],
)
def test_blocks_that_cannot_train(
    product: Path, tmp_path: Path, name: str, blocks: int, sentence: str
) -> None:
    plan = plan_for(product, tmp_path, unfreeze=blocks)
    with pytest.raises(ModelError, match=sentence):
        train(replace(plan, recipe=recipe(name)))


def test_the_shipped_recipe_of_ad_clip_runs(product: Path, tmp_path: Path) -> None:
    plan = plan_for(product, tmp_path, epochs=1, class_names=("good", "spot", "cut"))
    result = train(replace(plan, recipe=recipe("adclip")))
    assert result.checkpoint is not None
    loaded = checkpoint.load(
        result.checkpoint, device="cpu", weight_folders=[backbone().file.parent]
    )
    assert isinstance(loaded.detector, AdClip)
    assert loaded.detector.class_names == ("good", "spot", "cut")
    assert loaded.detector.n_shots == result.counts["train_good"]
