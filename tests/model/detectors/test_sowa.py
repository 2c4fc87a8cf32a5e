from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.detectors.sowa import Sowa
from model.errors import ModelError
from model.layers.dual_prompts import DualPrompts
from model.preprocess import Preprocess
from model.registry import build
from model.sowa_settings import SowaSettings
from tests.model.clips import small_clip
from tests.model.tiny_clip import SIZE, backbone, picture, sowa


def inputs(detector: Sowa, count: int = 2) -> torch.Tensor:
    return torch.cat([detector.preprocess(picture(70 + seed)) for seed in range(count)])


def test_without_shots_the_score_is_a_probability_and_the_map_has_its_bounds() -> None:
    detector = sowa(shots=0)
    with torch.inference_mode():
        scores = detector(inputs(detector))
    assert ((scores.image_score > 0) & (scores.image_score < 1)).all()
    # two levels, each a softmax of two cosines
    low, high = 2 / (1 + torch.e**2), 2 * torch.e**2 / (1 + torch.e**2)
    assert low < float(scores.anomaly_map.min()) <= float(scores.anomaly_map.max()) < high


def test_a_remembered_picture_is_nowhere_far_and_another_one_is() -> None:
    detector = sowa(shots=0)
    with torch.inference_mode():
        seen = detector.features(inputs(detector))
        rows = detector.projected(seen.tokens)
        detector.remember([rows[0].transpose(0, 1)], max_rows=1000)
        maps = detector.evidence(seen, (SIZE, SIZE)).shot_map
    assert detector.n_shots == 1
    assert float(maps[0].max()) < 1e-3
    assert float(maps[1].max()) > 2e-3
    assert ((maps >= -1e-3) & (maps <= 4)).all()


def test_the_range_comes_from_normal_pictures_and_is_never_empty() -> None:
    detector = sowa()
    detector.set_range([3.0, 1.0, 2.0])
    assert detector.map_range[0] == 1.0
    assert 2.9 < float(detector.map_range[1]) <= 3.0
    detector.set_range([1.5])
    assert detector.map_range.tolist() == pytest.approx([1.5, 1.51])
    with pytest.raises(ValueError, match="at least one"):
        detector.set_range([])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 12), min_size=1, max_size=20))
def test_the_range_orders_scores_as_the_peaks_are(peaks: list[float]) -> None:
    detector = sowa()
    detector.set_range(peaks)
    low, high = detector.map_range.tolist()
    assert high > low
    assert low == pytest.approx(min(peaks), abs=1e-5)


def test_raw_rows_a_weight_and_a_mean_peak_where_they_are_chosen() -> None:
    published = sowa(shots=0)
    values = replace(published.settings, projected=False, text_weight=0.5, peak_fraction=0.1)
    torch.manual_seed(13)
    clip = published.clip
    chosen = Sowa(clip, published.prompts, published.preprocess, values).eval()
    chosen.adapters = published.adapters
    with torch.inference_mode():
        seen = chosen.features(inputs(chosen))
        alone = chosen.evidence(seen, (SIZE, SIZE))
        assert torch.equal(alone.text_map, published.evidence(seen, (SIZE, SIZE)).text_map)
        chosen.remember([seen.tokens[0].transpose(0, 1)], max_rows=1000)
        assert chosen.memory.rows.shape == (2, 16, 256)
        both = chosen.evidence(seen, (SIZE, SIZE))
    assert torch.equal(both.text_map, 0.5 * alone.text_map)
    assert float(both.shot_map[0].max()) < 1e-3 < float(both.shot_map[1].max())
    highest = both.anomaly_map.flatten(1).topk(round(0.1 * SIZE * SIZE), dim=1).values
    assert torch.allclose(chosen.peak(both), highest.mean(1))


def test_text_features_are_constants_until_they_are_refreshed() -> None:
    detector = sowa()
    before = detector.text_features.clone()
    with torch.no_grad():
        detector.prompts.ctx_neg.add_(torch.randn_like(detector.prompts.ctx_neg))
    assert torch.equal(detector.text_features, before)
    detector.refresh_text()
    assert torch.equal(detector.text_features[:, 0], before[:, 0])
    assert not torch.allclose(detector.text_features[:, 1], before[:, 1], atol=1e-3)
    assert torch.allclose(detector.text_features.norm(dim=-1), torch.ones(1, 2))


def test_the_product_chooses_the_class_and_an_unknown_one_the_first() -> None:
    clip = small_clip()
    prompts = DualPrompts(clip, 4, classes=("object", "screw"), normal=("{}",))
    made = {
        word: Sowa(clip, prompts, Preprocess(32), SowaSettings((1, 4), 2), word)
        for word in ("object", "screw", "bottle")
    }
    assert torch.equal(made["object"].text, made["object"].text_features[0])
    assert torch.equal(made["screw"].text, made["screw"].text_features[1])
    assert torch.equal(made["bottle"].text, made["bottle"].text_features[0])
    assert not torch.allclose(made["object"].text, made["screw"].text, atol=1e-3)


def test_without_shots_memory_is_not_stored_and_with_them_half_a_float_a_value() -> None:
    assert "memory.rows" not in sowa(shots=0).checkpoint_state()
    stored = sowa().checkpoint_state()["memory.rows"]
    assert stored.dtype == torch.float16
    # two levels, the coreset's 20 rows, joint width
    assert stored.shape == (2, 20, 128)
    names = sowa().checkpoint_state().keys()
    assert not any("clip" in name or "token" in name for name in names)


def test_a_loaded_detector_runs_no_text_tower_for_its_constants() -> None:
    first = sowa()
    again = build("sowa", first.config(), backbone().clip)
    state = first.checkpoint_state()
    state["text_features"] = state["text_features"].roll(1, 0).flip(1)
    again.load_checkpoint_state(state)
    assert isinstance(again, Sowa)
    assert torch.equal(again.text_features, state["text_features"])


@pytest.mark.parametrize(
    ("values", "size", "words"),
    [
        (SowaSettings((2, 5), window=3), 48, "3 patches does not divide the picture's 4 x 4"),
        (SowaSettings((2, 9), window=2), 48, "Level 9 does not exist: the backbone has 6 blocks"),
        (SowaSettings((2,), window=12), 240, "12 patches does not divide the picture's 20 x 20"),
    ],
)
def test_settings_that_do_not_fit_are_refused(values: SowaSettings, size: int, words: str) -> None:
    clip = backbone().clip
    with pytest.raises(ModelError, match=words):
        Sowa(clip, DualPrompts(clip, 4), Preprocess(size), values)


def test_pictures_of_another_size_are_refused_if_the_window_does_not_divide_them() -> None:
    detector = sowa()
    with torch.inference_mode():
        assert detector(torch.zeros(1, 3, 48, 72)).anomaly_map.shape == (1, 1, 48, 72)
        with pytest.raises(ModelError, match="does not divide"):
            detector(torch.zeros(1, 3, 48, 60))


def test_the_usual_settings_are_the_published_ones_for_the_published_tower() -> None:
    assert SowaSettings.for_depth(24, 24) == SowaSettings((6, 12, 18, 24), 12)
    tiny = SowaSettings.for_depth(6, 20)
    assert (tiny.levels, tiny.window) == ((2, 3, 5, 6), 10)
    assert not tiny.projected
    tiny.check(6, (20, 20))


@pytest.mark.parametrize(
    "values",
    [
        {"levels": ()},
        {"levels": (3, 2)},
        {"levels": (0, 2)},
        {"levels": (2, 2)},
        {"window": 1},
        {"heads": 0},
        {"depth": 0},
        {"dropout": 1.0},
        {"sigma": -1.0},
        {"text_weight": 1.5},
        {"peak_fraction": -0.1},
    ],
)
def test_settings_out_of_range_are_refused(values: dict) -> None:
    with pytest.raises(ValueError, match=r"levels|window|heads|dropout|range"):
        SowaSettings(**values)


def test_settings_survive_json() -> None:
    values = SowaSettings((1, 3), 5, 4, 2, 0.2, 1.5, False, 0.5, 0.02)
    assert SowaSettings.from_json(values.to_json()) == values
    with pytest.raises(TypeError):
        SowaSettings.from_json(values.to_json() | {"stranger": 1})


def test_prompts_refuse_what_does_not_fit() -> None:
    clip = small_clip()
    for wrong in (
        {"n_ctx": 0},
        {"classes": ()},
        {"normal": ("{}", "good {}")},
        {"classes": ("word " * 80,)},
    ):
        with pytest.raises(ValueError, match=r"prompts need|exceed"):
            DualPrompts(clip, **wrong)


def test_the_published_model_has_the_published_number_of_trained_parameters() -> None:
    from model.layers.window_attention import WindowAdapter

    contexts, fusion = 2 * 12 * 768, 768 * 768 + 768
    with torch.device("meta"):
        adapter = WindowAdapter(1024, 12)
    trained = sum(value.numel() for value in adapter.parameters())
    assert 4 * trained == 4_213_536
    assert contexts + fusion + 4 * trained == 4_822_560
