from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model import checkpoint
from model.detectors.cfa import Cfa
from model.detectors.patchcore import PatchCore, _weighted
from model.errors import CheckpointError
from model.patchcore_settings import PatchCoreSettings
from model.plain_bank import PlainBank
from tests.model import tiny_patchcore as tiny
from tests.model.tiny_clip import picture

BACKBONES = ("adclip-tiny", "resnet18")


def images(count: int = 2) -> torch.Tensor:
    torch.manual_seed(5)
    return torch.randn(count, 3, tiny.SIZE, tiny.SIZE)


def score_of(points: torch.Tensor, rows: torch.Tensor, neighbours: int = 9) -> torch.Tensor:
    apart = torch.cdist(points, rows[None], compute_mode="donot_use_mm_for_euclid_dist")
    found = apart.min(2)
    return _weighted(points, found.values, found.indices, rows, neighbours)


@pytest.mark.parametrize("name", BACKBONES)
@pytest.mark.parametrize(("kind", "coordinates"), [("patchcore", 0), ("patchcore", 6), ("cfa", 0)])
def test_a_checkpoint_gives_the_same_scores(
    tmp_path: Path, kind: str, name: str, coordinates: int
) -> None:
    if kind == "cfa":
        made = tiny.cfa(name)
    else:
        settings = PatchCoreSettings((1, 2), 1, coordinates, place=float(coordinates))
        made = tiny.patchcore(name, settings)
    file = tiny.saved(made, name, tmp_path / "x.safetensors")
    loaded = checkpoint.load(file, device="cpu", weight_folders=tiny.backbones().folders)
    assert loaded.detector.kind == kind
    assert loaded.info.n_shots == 3
    assert loaded.detector.config() == made.config()
    with torch.no_grad():
        first, again = made(images()), loaded.detector(images())
    assert torch.equal(first.image_score, again.image_score)
    assert torch.equal(first.anomaly_map, again.anomaly_map)
    assert loaded.predict(picture(1)).anomaly_map.shape == (60, 80)


@pytest.mark.parametrize("kind", ["patchcore", "cfa"])
def test_every_picture_of_a_batch_is_judged_by_itself(kind: str) -> None:
    detector = tiny.MAKERS[kind]()
    with torch.no_grad():
        together = detector(images(3))
        alone = [detector(one[None]) for one in images(3)]
    assert together.anomaly_map.shape == (3, 1, tiny.SIZE, tiny.SIZE)
    for number, one in enumerate(alone):
        assert torch.allclose(together.image_score[number], one.image_score[0], atol=1e-4)
        assert torch.allclose(together.anomaly_map[number], one.anomaly_map[0], atol=1e-4)


@pytest.mark.parametrize("kind", ["patchcore", "cfa"])
def test_damaged_states_are_refused(kind: str) -> None:
    detector = tiny.MAKERS[kind]()
    for key in detector.checkpoint_state():
        state = detector.checkpoint_state()
        del state[key]
        with pytest.raises(CheckpointError, match=f"{key} is missing"):
            detector.load_checkpoint_state(state)
        state[key] = torch.full_like(detector.checkpoint_state()[key], float("nan"))
        with pytest.raises(CheckpointError, match="not finite"):
            detector.load_checkpoint_state(state)
        state[key] = torch.zeros(3)
        with pytest.raises(CheckpointError, match="shape"):
            detector.load_checkpoint_state(state)


@pytest.mark.parametrize("kind", ["patchcore", "cfa"])
def test_damaged_descriptions_are_refused(kind: str) -> None:
    detector = tiny.MAKERS[kind]()
    config = detector.config()
    backbone = tiny.network("adclip-tiny")
    for key in config:
        with pytest.raises(CheckpointError, match="damaged"):
            type(detector).from_config({k: v for k, v in config.items() if k != key}, backbone)
        with pytest.raises(CheckpointError, match="damaged"):
            type(detector).from_config(config | {key: "x"}, backbone)
    with pytest.raises(CheckpointError, match="backbone"):
        type(detector).from_config(config, torch.nn.Identity())


def test_a_description_cannot_ask_for_all_memory() -> None:
    backbone = tiny.network("adclip-tiny")
    config = tiny.patchcore().config()
    with pytest.raises(CheckpointError, match="damaged"):
        PatchCore.from_config(config | {"bank": [10**9, *config["bank"][1:]]}, backbone)
    with pytest.raises(CheckpointError, match="damaged"):
        Cfa.from_config(tiny.cfa().config() | {"count": 10**9}, backbone)


def test_a_bank_of_another_backbone_is_refused() -> None:
    config = tiny.patchcore().config()
    with pytest.raises(CheckpointError, match="another backbone"):
        PatchCore.from_config(config, tiny.network("resnet18"))


def test_a_remembered_picture_is_no_news_and_a_changed_one_is() -> None:
    detector = tiny.patchcore()
    with torch.no_grad():
        rows, _ = detector.patches(images(1))
        known = rows[0, :, 0]
        bank = PlainBank(known.mean(0), known - known.mean(0))
        seen = detector.judge(images(1), bank)
        changed = images(1)
        changed[:, :, 12:24, 24:36] += 3
        spoilt = detector.judge(changed, bank)
    assert seen.image_score < 0.05
    assert spoilt.image_score > 1
    # the map is highest where the picture was changed
    down, across = divmod(int(spoilt.anomaly_map.argmax()), tiny.SIZE)
    assert 8 <= down < 28
    assert 20 <= across < 40


def test_blocks_and_smooth_differ_and_peak_follows_the_map() -> None:
    found = {}
    for name in ("smooth", "blocks"):
        detector = tiny.patchcore(settings=PatchCoreSettings((2,), 3, score="peak", map=name))
        with torch.no_grad():
            found[name] = detector(images())
        highest = found[name].anomaly_map.flatten(1).topk(round(0.01 * tiny.SIZE**2)).values
        assert torch.allclose(found[name].image_score, highest.mean(1))
    assert not torch.allclose(found["smooth"].anomaly_map, found["blocks"].anomaly_map, atol=1e-3)


def test_a_tiny_input_needs_no_wider_border() -> None:
    """Where a reflected pad of 16 pixels is not possible, the border is mirrored more often."""
    detector = tiny.patchcore("resnet18", PatchCoreSettings((1,), 1))
    with torch.no_grad():
        scores = detector(torch.randn(1, 3, 16, 16))
    assert bool(scores.anomaly_map.isfinite().all())


@given(st.integers(2, 20), st.integers(1, 12), st.integers(0, 50))
def test_the_score_is_a_large_share_of_the_largest_distance(
    rows: int, neighbours: int, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn(2, 7, 5, generator=generator)
    known = torch.randn(rows, 5, generator=generator)
    largest = torch.cdist(points, known[None]).amin(2).amax(1)
    found = score_of(points, known, neighbours)
    count = min(rows, neighbours)
    least = 1.0 if count < 2 else 1 - 1 / count
    assert bool((found <= largest * (1 + 1e-4)).all())
    assert bool((found >= least * largest * (1 - 1e-4)).all())


def test_a_bank_of_one_row_or_of_equal_rows_never_says_all_is_well() -> None:
    points = torch.full((1, 4, 3), 2.0)
    assert score_of(points, torch.zeros(1, 3)).item() == pytest.approx(12**0.5)
    assert score_of(points, torch.zeros(30, 3)).item() == pytest.approx(12**0.5 * 8 / 9)


@pytest.mark.parametrize(
    "wrong",
    [
        {"levels": ()},
        {"levels": (2, 1)},
        {"levels": (1, 1)},
        {"levels": (4,)},
        {"neighbourhood": 2},
        {"coordinates": -1},
        {"neighbours": 0},
        {"sigma": float("nan")},
        {"place": -1.0},
        {"score": "mean"},
        {"map": "rough"},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    values = PatchCoreSettings().to_json() | wrong
    with pytest.raises(ValueError, match=r"levels|must|unknown"):
        PatchCoreSettings.from_json(values)


def test_settings_come_back_from_json() -> None:
    settings = PatchCoreSettings((1, 3), 5, 32, 4.0, 5, "peak", "blocks", 1.5)
    assert PatchCoreSettings.from_json(settings.to_json()) == settings
