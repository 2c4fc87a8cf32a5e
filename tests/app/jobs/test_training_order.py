from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app import cli, paths
from app.commands.train_options import plan_of
from app.jobs.teach_order import known_choices
from app.jobs.training_data import look_at_folder
from app.jobs.training_order import SCRATCH, TrainingOrder, job_of, problems, train_words
from app.learner_words import LEARNER_WORDS
from app.paths import Home
from model.training.shots import Shots
from tests.rigs.product_set import make_product_set


@pytest.fixture
def home(own_home: Path) -> Home:
    return paths.home(own_home)


@pytest.fixture
def order(tmp_path: Path) -> TrainingOrder:
    (tmp_path / "data").mkdir()
    return TrainingOrder(name="bolt", folder=tmp_path / "data")


def test_the_words_mean_what_was_ordered(order: TrainingOrder, home: Home, tmp_path: Path) -> None:
    whole = replace(
        order, recipe="adclip", good=40, defective=5, epochs=30, minutes=12.5, seed=7,
        start=SCRATCH, backbone="adclip-tiny", keep_every=3, learning_rate=2e-5, batch_size=4,
        patience=0, validation=0.25, image_size=48, paint="never", without=("flip", "rotation"),
        unfreeze=2, members=4, device="cpu",
    )  # fmt: skip
    words = train_words(whole, home, tmp_path / "data", tmp_path / "run", tmp_path / "b")
    options = cli.parse(words)
    plan = plan_of(options)
    assert (plan.data, plan.loop.folder) == (tmp_path / "data", tmp_path / "run")
    assert plan.shots == Shots(anomaly=5, good=40)
    loop = plan.loop
    assert (loop.epochs, loop.learning_rate, loop.batch_size) == (30, 2e-5, 4)
    assert (loop.seed, loop.patience, loop.resume) == (7, 0, True)
    assert (plan.minutes, plan.save_every, plan.validation_share) == (12.5, 3, 0.25)
    assert (plan.network.backbone, plan.network.image_size) == ("adclip-tiny", 48)
    assert (plan.paint, plan.unfreeze, plan.device, plan.name) == ("never", 2, "cpu", "bolt")
    assert plan.augmentation.without["*"] == ("flip", "rotation")
    assert (plan.start, plan.members, options.out) == (None, 4, tmp_path / "b")


@pytest.mark.parametrize("recipe", ["adclip", "anomalyclip", "sowa"])
def test_what_is_left_out_follows_the_recipe(
    order: TrainingOrder, home: Home, tmp_path: Path, recipe: str
) -> None:
    plain = replace(order, recipe=recipe, augments=False)
    plan = plan_of(cli.parse(train_words(plain, home, tmp_path, tmp_path, tmp_path / "x")))
    assert plan.loop.epochs == plain.most_epochs
    assert plan.shots == Shots()
    assert plan.loop.epochs / plan.save_every <= 50
    assert plan.augments is False


def test_a_job_of_reviewed_parts_exports_them_first(order: TrainingOrder, home: Home) -> None:
    made = job_of(replace(order, source="reviews", product="nut"), home, "kim", home.evidence)
    export, train = made.steps
    assert export.needs_database
    assert export.makes == str(home.root / "training" / "bolt" / "set")
    options = cli.parse((*export.words, "--progress-lines"))
    assert (options.recipe, options.out) == ("nut", Path(export.makes))
    assert f"--train-data-path={export.makes}" in train.words
    assert (made.by, made.name, made.epochs) == ("kim", "bolt", 500)


@pytest.mark.parametrize("recipe", list(LEARNER_WORDS))
def test_a_detector_is_taught_by_its_own_command(
    order: TrainingOrder, home: Home, tmp_path: Path, recipe: str
) -> None:
    whole = replace(order, recipe=recipe, good=9, defective=4, seed=3, device="cpu")
    made = job_of(whole, home, "kim", home.evidence)
    (step,) = made.steps
    options = cli.parse((*step.words, "--progress-lines"))
    assert (made.kind, made.epochs) == ("teach", 0)
    assert (options.labelled, options.name) == (tmp_path / "data", "bolt")
    assert (options.detector, options.shots, options.seed) == (recipe, 9, 3)
    assert options.defects == (4 if LEARNER_WORDS[recipe].needs_defects else None)
    assert options.out.parent == home.checkpoints


def test_choices_of_a_detector_are_told_and_taken(order: TrainingOrder, home: Home) -> None:
    whole = replace(order, recipe="few_shot_clip", choices=" rows=50,copies=1 ")
    assert problems(whole, home) == {}
    (step,) = job_of(whole, home, "kim", home.evidence).steps
    assert cli.parse(step.words).detector == "few_shot_clip:rows=50,copies=1"
    assert "rows=8000: rows of the memory bank at most" in known_choices()["few_shot_clip"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": "taken"}, "name"),
        ({"folder": None}, "folder"),
        ({"folder": Path("/nowhere/at/all")}, "folder"),
        ({"source": "reviews"}, "product"),
        ({"start": "/nowhere.safetensors"}, "start"),
        ({"start": SCRATCH}, "backbone"),
        ({"start": SCRATCH, "backbone": "ViT-L-14"}, "backbone"),
        ({"learning_rate": 2.0}, "learning_rate"),
        ({"recipe": "sowa", "unfreeze": 1}, "unfreeze"),
        ({"recipe": "sowa", "members": 4}, "members"),
        ({"unfreeze": 1, "members": 4}, "members"),
        ({"defective": 3, "members": 4}, "members"),
        ({"recipe": "few_shot_clip", "choices": "rows=0"}, "choices"),
        ({"recipe": "few_shot_clip", "choices": "rows"}, "choices"),
    ],
)
def test_what_is_wrong_is_said_where_it_is_wrong(
    order: TrainingOrder, home: Home, changes: dict[str, object], field: str
) -> None:
    home.checkpoints.mkdir(parents=True)
    (home.checkpoints / "taken.safetensors").touch()
    assert problems(order, home) == {}
    found = problems(replace(order, **changes), home)  # type: ignore[arg-type]
    assert list(found) == [field]
    assert found[field].endswith((".", "0."))


def test_a_folder_is_counted_without_opening_pictures(tmp_path: Path) -> None:
    look = look_at_folder(make_product_set(tmp_path / "plate", train=3, good=2, spot=2, cut=1))
    assert (look.good, look.defective, look.masks, look.products) == (5, 3, 3, 1)
