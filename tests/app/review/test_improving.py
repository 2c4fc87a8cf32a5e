from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import paths
from app.errors import ExpectedError
from app.inspection.recipe import Recipe
from app.inspection.verdict import Verdict
from app.paths import Home
from app.review.improve_words import place_of
from app.review.improvement import ImprovementError, ImprovementPlan
from app.review.improving import improve
from app.review.labelled import ExportCancelled
from model import checkpoint
from model.learning.learned_file import save_learned
from tests.rigs.learned import learned, material, weights
from tests.rigs.reviewed import SPOT, Shop, open_shop

RECIPE = Recipe(name="bolt", checkpoint="default.safetensors", ng_limit=0.55)


@pytest.fixture
def shop(own_home: Path) -> Iterator[Shop]:
    found = open_shop(own_home)
    yield found
    found.store.close()


@pytest.fixture
def home(own_home: Path) -> Home:
    return paths.home(own_home)


def filled(shop: Shop, good: int, defective: int) -> None:
    for _ in range(good):
        shop.part(Verdict.OK, "good")
    for _ in range(defective):
        shop.part(Verdict.NG, "confirmed", mask=(SPOT,), defect="spot")


def plan(home: Home, **changes: Any) -> ImprovementPlan:
    folder, file = place_of("better", home)
    given: dict[str, Any] = {"recipe": RECIPE, "name": "better", "folder": folder, "file": file}
    return ImprovementPlan(**given | {"device": "cpu"} | changes)


def test_good_parts_are_taught_and_both_checkpoints_judged_on_the_same_parts(
    shop: Shop, home: Home
) -> None:
    filled(shop, 6, 2)
    seen: list[str] = []
    made = improve(
        shop.store, shop.evidence, plan(home), home, lambda stage, done, total: seen.append(stage)
    )
    assert list(dict.fromkeys(seen)) == ["read", "pictures", "compare", "learn", "judge"]
    assert (made.way, made.good, made.defective) == ("teach", 4, 0)
    info = checkpoint.inspect(Path(made.file))
    assert (info.sha256, info.n_shots, info.calibration.limit) == (made.sha256, 4, made.limit)
    assert made.old is not None
    assert (made.old.good, made.old.defective, made.old.limit) == (2, 2, 0.55)
    assert (made.new.good, made.new.defective) == (2, 2)
    assert made.new.auroc == 1.0
    manifest = json.loads((Path(made.folder) / "manifest.json").read_text("utf-8"))
    assert manifest["filters"] == {"recipe": "bolt"}
    # a second one of that name must not replace it
    with pytest.raises(ImprovementError, match="already"):
        improve(shop.store, shop.evidence, plan(home), home)
    assert checkpoint.inspect(Path(made.file)).sha256 == made.sha256


def test_with_enough_defects_it_is_trained_and_some_are_held_out(shop: Shop, home: Home) -> None:
    filled(shop, 6, 8)
    recipe = RECIPE.model_copy(update={"checkpoint": "gone"})
    made = improve(shop.store, shop.evidence, plan(home, recipe=recipe, epochs=1), home)
    assert (made.way, made.defective) == ("train", 5)
    assert made.old is None
    assert made.new.defective == 3
    assert made.new.good == 2
    assert checkpoint.inspect(Path(made.file)).detector == "ad_clip"


def test_too_little_time_is_one_sentence(shop: Shop, home: Home) -> None:
    filled(shop, 5, 8)
    with pytest.raises(ImprovementError, match="Nothing was learned within"):
        improve(shop.store, shop.evidence, plan(home, minutes=0.0001), home)
    assert not plan(home).folder.exists()


@pytest.mark.parametrize("stage", ["pictures", "learn", "judge"])
def test_a_stop_leaves_nothing(shop: Shop, home: Home, stage: str) -> None:
    filled(shop, 5, 1)
    seen: list[str] = []
    with pytest.raises(ExportCancelled, match="nothing has changed"):
        improve(
            shop.store, shop.evidence, plan(home), home,
            lambda name, done, total: seen.append(name), lambda: seen[-1:] == [stage],
        )  # fmt: skip
    assert not plan(home).folder.exists()
    assert not plan(home).file.exists()


def test_too_few_parts_and_several_products_are_one_sentence(shop: Shop, home: Home) -> None:
    with pytest.raises(ExpectedError, match="review some first"):
        improve(shop.store, shop.evidence, plan(home), home)
    filled(shop, 3, 9)
    with pytest.raises(ImprovementError, match="3 reviewed good parts; at least 5"):
        improve(shop.store, shop.evidence, plan(home), home)
    shop.part(Verdict.OK, "good", product="nut")
    with pytest.raises(ImprovementError, match="several products"):
        improve(shop.store, shop.evidence, plan(home), home)
    assert not plan(home).folder.exists()


@pytest.mark.parametrize("name", ["patchcore", "classifier"])
def test_a_product_is_learned_again_by_the_detector_that_judges_it(
    shop: Shop, home: Home, name: str
) -> None:
    """A classifier needs more defects than there are; the default takes its place."""
    filled(shop, 6, 2)
    home.weights.mkdir(parents=True)
    shutil.copy(weights() / "adclip-tiny.safetensors", home.weights)
    file = home.checkpoints / "tiny.safetensors"
    home.checkpoints.mkdir()
    made = learned(name)
    save_learned(
        file, made, material(name), name="tiny", way=name, given={"rows": "60", "gone": "1"}
    )
    recipe = RECIPE.model_copy(update={"checkpoint": str(file)})
    found = improve(shop.store, shop.evidence, plan(home, recipe=recipe), home)
    info = checkpoint.inspect(Path(found.file))
    assert info.detector == ("patchcore" if name == "patchcore" else "few_shot_clip")
    assert (found.way, found.good) == ("teach", 4)
    assert found.old is not None
    if name == "patchcore":
        # a choice that is gone leaves the usual ones
        assert info.extra["choices"] == {}
        assert info.extra["learner"] == name
