"""A training run as code: what it reads, writes, reports and refuses."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from model import checkpoint
from model.backbone import TINY
from model.detectors.anomaly_clip import AnomalyClip
from model.errors import CheckpointError, DatasetError, ModelError
from model.official import read_official
from model.training.config import LoopConfig, TrainingProgress
from model.training.network import Network
from model.training.plan import TrainPlan
from model.training.recipes import RECIPES, recipe
from model.training.run import train
from model.training.shots import Shots
from tests.model.tiny_clip import LIMITS, backbone, few_shot, zero_shot
from tests.rigs.product_set import make_product_set

SIZE = 48
NETWORK = Network(image_size=SIZE, n_ctx=4, t_n_ctx=2, depth=3, features_list=(4, 6))


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_product_set(tmp_path_factory.mktemp("product"))


def plan_for(product: Path, folder: Path, **changes: Any) -> TrainPlan:
    loop = LoopConfig(folder=folder, **(recipe("anomalyclip").loop | {"epochs": 2}))
    plan = TrainPlan(
        data=product,
        recipe=recipe("anomalyclip"),
        loop=loop,
        network=NETWORK,
        weight_folders=(backbone().file.parent,),
        shots=Shots(4, 6),
        validation_share=0.3,
        device="cpu",
    )
    loop_changes = {k: changes.pop(k) for k in list(changes) if hasattr(loop, k)}
    return replace(plan, **changes, loop=replace(loop, **loop_changes))


@pytest.fixture(scope="module")
def trained(product: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run."""
    folder = tmp_path_factory.mktemp("run")
    result = train(plan_for(product, folder))
    assert result.stopped == "finished"
    return folder


def test_a_run_from_shots_to_figures(product: Path, tmp_path: Path) -> None:
    seen: list[TrainingProgress] = []
    result = train(plan_for(product, tmp_path), seen.append)
    assert result.stopped == "finished"
    assert [epoch.number for epoch in result.epochs] == [1, 2]
    assert result.best in (1, 2)
    assert result.checkpoint == tmp_path / "best.safetensors"
    assert result.calibration.is_usable
    assert "validation images" in result.calibration.method
    assert result.counts == {
        "train_good": 4, "train_defective": 3, "validation_good": 2,
        "validation_defective": 1, "test_good": 4, "test_defective": 4,
    }  # fmt: skip
    assert not result.painted
    report = result.report
    assert report is not None
    assert (report.n_good, report.n_defective) == (4, 4)
    assert report.image_auroc is not None
    assert {now.stage for now in seen} == {
        "features", "training", "validation", "calibration", "test"
    }  # fmt: skip
    for stage in ("calibration", "test"):
        last = [now for now in seen if now.stage == stage][-1]
        assert last.done == last.total > 0


def test_the_files_of_a_run(trained: Path) -> None:
    names = {path.name for path in trained.iterdir()}
    assert names >= {
        "best.safetensors", "epoch_1.pth", "epoch_1.json", "epoch_2.pth", "epoch_2.json",
        "curves.csv", "curves.png", "report.html", "state.pt",
    }  # fmt: skip
    assert not [name for name in names if name.endswith(".part")]
    with (trained / "curves.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert all(math.isfinite(float(row["loss_total"])) for row in rows)
    page = (trained / "report.html").read_text(encoding="utf-8")
    assert "data:image/" in page
    assert str(trained) not in page


def test_the_best_checkpoint_says_how_it_came_about(trained: Path) -> None:
    info = checkpoint.inspect(trained / "best.safetensors")
    assert (info.detector, info.backbone, info.image_size) == ("anomaly_clip", TINY, SIZE)
    assert info.backbone_sha256 == backbone().sha256
    assert info.extra["recipe"] == "anomalyclip"
    assert info.extra["seed"] == 111
    assert info.extra["pictures"]["train_good"] == 4
    loaded = checkpoint.load(
        trained / "best.safetensors", device="cpu", weight_folders=[backbone().file.parent]
    )
    assert isinstance(loaded.detector, AnomalyClip)
    assert loaded.calibration.is_usable


def test_an_epoch_file_is_official_and_has_its_metadata_beside_it(trained: Path) -> None:
    state = read_official(trained / "epoch_2.pth")
    # the reference's file of these sizes, names in its order
    assert list(state)[:8] == [
        "ctx_pos", "ctx_neg", "token_prefix_pos", "token_suffix_pos", "token_prefix_neg",
        "token_suffix_neg", "tokenized_prompts_pos", "tokenized_prompts_neg",
    ]  # fmt: skip
    noted = json.loads((trained / "epoch_2.json").read_text(encoding="utf-8"))
    assert noted["extra"]["epoch"] == 2
    assert set(noted["extra"]["losses"]) >= {"image", "focal", "total"}
    info = checkpoint.inspect(trained / "epoch_2.pth")
    assert (info.backbone, info.image_size) == (TINY, SIZE)
    assert info.extra["recipe"] == "anomalyclip"
    loaded = checkpoint.load(
        trained / "epoch_2.pth", device="cpu", weight_folders=[backbone().file.parent]
    )
    assert isinstance(loaded.detector, AnomalyClip)
    assert loaded.detector.features_list == (4, 6)
    assert torch.equal(loaded.detector.prompt_learner.ctx_pos, state["ctx_pos"])


def test_the_same_seed_gives_the_same_weights(trained: Path, product: Path, tmp_path: Path) -> None:
    train(plan_for(product, tmp_path))
    ours, theirs = (load_file(folder / "best.safetensors") for folder in (tmp_path, trained))
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_without_defects_they_are_painted(product: Path, tmp_path: Path) -> None:
    result = train(plan_for(product, tmp_path, shots=Shots(0, 6)))
    assert result.painted
    assert result.counts["train_defective"] == 0
    assert result.counts["test_defective"] == 8
    assert {"image_auroc", "pixel_auroc"} <= set(result.epochs[0].metrics)
    assert result.calibration.is_usable
    # limits come from good pictures alone, never from painted defects
    assert result.calibration.n_defective == 0


def test_painting_can_be_forbidden(product: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no defective image to learn from"):
        train(plan_for(product, tmp_path, shots=Shots(0, 6), paint="never"))


def test_augmented_and_painted_beside_real_defects(product: Path, tmp_path: Path) -> None:
    result = train(plan_for(product, tmp_path, augments=True, paint="always", turns=2))
    assert result.painted
    assert result.counts["train_defective"] == 3


def test_the_published_recipe_trains_on_the_test_part(product: Path, tmp_path: Path) -> None:
    result = train(plan_for(product, tmp_path, shots=Shots(), validation_share=None))
    assert result.counts["train_defective"] == 8
    assert result.counts["train_good"] == 4
    assert result.report is None
    assert "trained on" in result.calibration.method


def test_folds_give_mean_and_spread(product: Path, tmp_path: Path) -> None:
    result = train(plan_for(product, tmp_path, folds=2, epochs=1))
    auroc = result.folds["image_auroc"]
    assert len(auroc.values) == 2
    assert auroc.mean == pytest.approx(sum(auroc.values) / 2)
    assert auroc.spread >= 0
    assert (tmp_path / "fold_1" / "best.safetensors").is_file()
    assert "Cross-validation" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_folds_need_defects(product: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Folds need defective shots"):
        train(plan_for(product, tmp_path, shots=Shots(0, 6), folds=2))


def test_a_cancelled_run_goes_on_with_the_same_numbers(
    trained: Path, product: Path, tmp_path: Path
) -> None:
    steps = 0

    def cancelled() -> bool:
        nonlocal steps
        steps += 1
        return (tmp_path / "epoch_1.pth").exists()

    result = train(plan_for(product, tmp_path), cancelled=cancelled)
    assert result.stopped == "cancelled"
    assert result.checkpoint is None
    assert steps > 0
    assert not (tmp_path / "best.safetensors").exists()
    result = train(plan_for(product, tmp_path, resume=True))
    assert [epoch.number for epoch in result.epochs] == [1, 2]
    ours, theirs = (load_file(folder / "best.safetensors") for folder in (tmp_path, trained))
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


@pytest.mark.parametrize("stage", ["calibration", "test"])
def test_cancelled_after_the_epochs(product: Path, tmp_path: Path, stage: str) -> None:
    now = ""

    def progress(report: TrainingProgress) -> None:
        nonlocal now
        now = report.stage

    result = train(plan_for(product, tmp_path, epochs=1), progress, lambda: now == stage)
    assert result.stopped == "cancelled"
    assert train(plan_for(product, tmp_path, epochs=1, resume=True)).stopped == "finished"


def test_out_of_time_keeps_the_best_so_far(product: Path, tmp_path: Path) -> None:
    plan = plan_for(product, tmp_path, epochs=100_000, minutes=0.05, save_every=100_000)
    result = train(plan)
    assert result.stopped == "minutes"
    assert 0 < len(result.epochs) < 100_000
    assert result.checkpoint is not None


def test_no_epoch_in_time(product: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No epoch was finished within 1e-06 minutes"):
        train(plan_for(product, tmp_path, minutes=1e-6))


def saved(folder: Path, kind: str = "anomaly_clip") -> Path:
    file = folder / "start.safetensors"
    detector = zero_shot() if kind == "anomaly_clip" else few_shot()
    checkpoint.save(
        file, detector, LIMITS, name="s", backbone_name=TINY, backbone_sha256=backbone().sha256
    )
    return file


@pytest.mark.parametrize("kind", ["anomaly_clip", "few_shot_clip"])
def test_a_checkpoint_to_start_from(product: Path, tmp_path: Path, kind: str) -> None:
    file = saved(tmp_path, kind)
    plan = plan_for(product, tmp_path / "run", start=file, network=Network(), learning_rate=1e-9)
    train(plan)
    before, after = zero_shot().prompt_learner.ctx_pos, load_file(tmp_path / "run/best.safetensors")
    assert torch.allclose(before, after["prompt_learner.ctx_pos"], atol=1e-6)


@pytest.mark.parametrize("with_metadata", [True, False])
def test_an_official_file_to_start_from(
    trained: Path, product: Path, tmp_path: Path, with_metadata: bool
) -> None:
    file = tmp_path / "epoch_2.pth"
    file.write_bytes((trained / "epoch_2.pth").read_bytes())
    network = Network()
    if with_metadata:
        metadata = (trained / "epoch_2.json").read_text(encoding="utf-8")
        file.with_suffix(".json").write_text(metadata, encoding="utf-8")
    else:
        network = Network(backbone=TINY, image_size=SIZE, n_ctx=4, depth=3)
    run = tmp_path / "run"
    train(plan_for(product, run, start=file, network=network, learning_rate=1e-9, epochs=1))
    info = checkpoint.inspect(run / "best.safetensors")
    assert info.image_size == SIZE
    after = load_file(run / "best.safetensors")["prompt_learner.ctx_pos"]
    assert torch.allclose(read_official(file)["ctx_pos"], after, atol=1e-6)


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        (Network(n_ctx=12), r"has n_ctx 4, but n_ctx 12 was asked for"),
        (Network(depth=2), r"has depth 3, but depth 2"),
        (Network(resize="pad"), r"has resize 'squash', but resize 'pad'"),
        (Network(image_size=64), r"has image_size 48, but image_size 64"),
        (Network(backbone="ViT-B-16"), r"has backbone 'adclip-tiny', but backbone 'ViT-B-16'"),
        (Network(features_list=(6,)), r"has features_list 4 6, but features_list 6"),
    ],
)
def test_a_checkpoint_that_does_not_fit(
    product: Path, tmp_path: Path, network: Network, sentence: str
) -> None:
    plan = plan_for(product, tmp_path / "run", start=saved(tmp_path), network=network)
    with pytest.raises(ModelError, match=sentence):
        train(plan)


def test_official_prompts_of_another_length_or_backbone(
    trained: Path, product: Path, tmp_path: Path
) -> None:
    file = trained / "epoch_1.pth"
    with pytest.raises(ModelError, match=r"has n_ctx 4, but n_ctx 12 was asked for"):
        train(plan_for(product, tmp_path, start=file, network=Network(n_ctx=12)))
    foreign = tmp_path / "epoch_9.pth"
    state = read_official(file)
    state["token_suffix_pos"] = state["token_suffix_pos"] + 0.5
    torch.save({"prompt_learner": state}, foreign)
    with pytest.raises(CheckpointError, match="made for another backbone or other words"):
        train(plan_for(product, tmp_path, start=foreign, network=Network()))


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        (Network(backbone="ViT-Z-99"), "No backbone is called 'ViT-Z-99'"),
        (Network(backbone="ViT-B-32"), "The weights of ViT-B-32 are missing"),
        (Network(image_size=3), "image_size 3 is not within"),
        (Network(dpam=9), "dpam 9 is not within 1 and 7"),
        (Network(features_list=(7,)), "features_list 7 is not within 1 and 6"),
        (Network(t_n_ctx=13), "t_n_ctx 13 is not within 0 and 12"),
        (Network(anomaly_template="broken"), "must have {} once"),
    ],
)
def test_a_network_that_cannot_be(
    product: Path, tmp_path: Path, network: Network, sentence: str
) -> None:
    with pytest.raises(ModelError, match=sentence):
        train(plan_for(product, tmp_path, network=network))


def test_weights_that_are_not_finite(product: Path, tmp_path: Path) -> None:
    state = load_file(backbone().file)
    state["visual.proj"] = state["visual.proj"] * float("nan")
    save_file(state, tmp_path / f"{TINY}.safetensors", {"format": "pt"})
    plan = plan_for(product, tmp_path / "run", weight_folders=(tmp_path,))
    with pytest.raises(CheckpointError, match=r"visual\.proj holds values that are not finite"):
        train(plan)


def test_an_unreadable_picture_in_the_middle(tmp_path: Path) -> None:
    root = make_product_set(tmp_path / "set")
    (root / "train/good/004.png").write_text("no picture", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"004\.png"):
        train(plan_for(root, tmp_path / "run", shots=Shots(4, 8)))
    assert not (tmp_path / "run" / "best.safetensors").exists()


@pytest.mark.parametrize(
    ("shots", "sentence"),
    [
        (Shots(1, 6), "only one defective image"),
        (Shots(4, 1), "only one good image"),
        (Shots(4, 0), "gives no good image"),
        (Shots(99, 6), "has only 8 such images"),
    ],
)
def test_shots_that_the_data_set_cannot_give(
    product: Path, tmp_path: Path, shots: Shots, sentence: str
) -> None:
    with pytest.raises(DatasetError, match=sentence):
        train(plan_for(product, tmp_path, shots=shots))


def test_a_folder_that_cannot_be_made(product: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ModelError, match="Cannot make the folder"):
        train(plan_for(product, tmp_path / "file" / "run"))


def test_unknown_recipe() -> None:
    with pytest.raises(ModelError, match=f"use {', '.join(RECIPES)}"):
        recipe("dream")


def test_unknown_loss(product: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no loss called 'dream'"):
        train(plan_for(product, tmp_path, weights={"dream": 1.0}))


def test_keep_ratio_travels_with_the_checkpoint(product: Path, tmp_path: Path) -> None:
    result = train(plan_for(product, tmp_path, network=replace(NETWORK, resize="pad"), epochs=1))
    assert result.checkpoint is not None
    loaded = checkpoint.load(
        result.checkpoint, device="cpu", weight_folders=[backbone().file.parent]
    )
    assert loaded.detector.preprocess.resize == "pad"


def test_defects_are_not_painted_for_a_network_that_pads(product: Path, tmp_path: Path) -> None:
    network = replace(NETWORK, resize="pad")
    with pytest.raises(ModelError, match="--paint never"):
        train(plan_for(product, tmp_path, network=network, paint="always"))
