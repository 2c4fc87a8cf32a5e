"""Sizes that follow from the backbone, and recipes as published."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.backbone import TINY
from model.errors import CheckpointError, ModelError
from model.training.config import LoopConfig
from model.training.network import Network, filled
from model.training.recipes import RECIPES, recipe

VIT_L = "ViT-L-14-336-quickgelu"


@pytest.mark.parametrize(
    ("backbone", "kind", "image_size", "depth", "dpam", "features_list"),
    [
        (VIT_L, "anomaly_clip", 518, 9, 20, (24,)),
        (VIT_L, "ad_clip", 518, 9, 20, (24,)),
        (VIT_L, "sowa", 336, 9, 20, (6, 12, 18, 24)),
        ("ViT-B-16", "ad_clip", 518, 9, 10, (12,)),
        ("ViT-B-32", "ad_clip", 518, 9, 10, (12,)),
        (TINY, "anomaly_clip", 240, 3, 3, (6,)),
        (None, "ad_clip", 240, 3, 3, (6,)),
        (TINY, "sowa", 240, 3, 3, (2, 3, 5, 6)),
    ],
)
def test_usual_sizes(
    backbone: str | None,
    kind: str,
    image_size: int,
    depth: int,
    dpam: int,
    features_list: tuple[int, ...],
) -> None:
    sizes = filled(Network(backbone=backbone), kind)
    assert sizes.backbone == (backbone or TINY)
    assert (sizes.image_size, sizes.depth, sizes.dpam) == (image_size, depth, dpam)
    assert sizes.features_list == features_list
    assert (sizes.n_ctx, sizes.t_n_ctx) == (12, 4)
    assert (sizes.word, sizes.normal_template, sizes.anomaly_template) == (
        "object",
        "{}",
        "damaged {}",
    )


def test_what_is_chosen_stays() -> None:
    wish = Network(image_size=96, depth=2, n_ctx=2, features_list=(6, 4, 6), resize="pad")
    sizes = filled(wish, "anomaly_clip")
    assert (sizes.image_size, sizes.depth, sizes.n_ctx) == (96, 2, 2)
    # four positions cannot be replaced in a context of two
    assert sizes.t_n_ctx == 2
    assert sizes.features_list == (4, 6)
    assert sizes.resize == "pad"


def test_unknown_resize_and_backbone() -> None:
    with pytest.raises(ModelError, match="use squash or pad"):
        filled(Network(resize="stretch"), "anomaly_clip")
    with pytest.raises(CheckpointError, match="is not a plain CLIP ViT"):
        filled(Network(backbone="RN50"), "anomaly_clip")


def test_every_recipe_makes_a_loop(tmp_path: Path) -> None:
    for one in RECIPES.values():
        assert LoopConfig(folder=tmp_path, **one.loop).epochs >= 1


def test_the_published_recipe_of_anomaly_clip(tmp_path: Path) -> None:
    """The authors' script: spec section 6."""
    found = recipe("anomalyclip")
    loop = LoopConfig(folder=tmp_path, **found.loop)
    assert (loop.optimizer, loop.learning_rate, loop.betas) == ("adam", 1e-3, (0.5, 0.999))
    assert (loop.epochs, loop.batch_size, loop.seed, loop.weight_decay) == (15, 8, 111, 0.0)
    assert (loop.schedule, loop.warm_up, loop.clip) == ("constant", 0.0, 0.0)
    assert found.uses_test_part
    assert not found.augments
    assert found.validation_share == 0


def test_the_published_recipe_of_sowa(tmp_path: Path) -> None:
    """The authors' configuration: spec section 7."""
    found = recipe("sowa")
    loop = LoopConfig(folder=tmp_path, **found.loop)
    assert (loop.optimizer, loop.learning_rate, loop.weight_decay) == ("adamw", 1e-3, 0.2)
    assert (loop.epochs, loop.batch_size) == (1, 8)
    assert found.uses_test_part
