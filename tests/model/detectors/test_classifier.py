from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from model import registry
from model.detectors.classifier import Classifier, ClassifierForm
from model.errors import CheckpointError, ModelError
from model.explaining import EXPLAINING, explains
from model.export.network import exported
from model.layers.class_network import ClassNetwork
from model.learning.material import Label
from model.predictor import Predictor
from model.preprocess import Preprocess
from model.types import Calibration, CheckpointInfo

LABELS = (
    Label("bolt", "bent"),
    Label("bolt", "good"),
    Label("nut", "flip"),
    Label("nut", "good"),
    Label("nut", "scratch"),
)


class Told(ClassNetwork):
    """Has the logits that it is told."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.told = nn.Parameter(logits)

    def features(self, given: Tensor) -> Tensor:
        return given

    def logits(self, features: Tensor) -> Tensor:
        return self.told.expand(len(features), -1)

    def as_picture(self, features: Tensor) -> Tensor:
        return features

    def evidence(self, features: Tensor, direction: Tensor) -> Tensor:
        return direction[:, :3]


def form(members: int = 1, product: str = "", network: str = "test_efficientnet") -> ClassifierForm:
    preprocess = Preprocess(48, filter="area", whole=True)
    return ClassifierForm(LABELS, network, members, preprocess, product)


def told(*logits: list[float], product: str = "") -> Classifier:
    members = [Told(torch.tensor([one])) for one in logits]
    return Classifier(form(len(members), product), None, members).eval().requires_grad_(False)


def of_timm(members: int = 2) -> Classifier:
    torch.manual_seed(3)
    made = Classifier.from_config(form(members).to_json(), nn.Identity())
    return made.eval().requires_grad_(False)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-8, 8, width=32), min_size=10, max_size=10))
def test_the_score_is_that_of_the_spec(values: list[float]) -> None:
    first, second = values[:5], values[5:]
    scores = told(first, second)(torch.zeros(1, 3, 4, 4))
    both = np.array([first, second], np.float64)
    p = (np.exp(both) / np.exp(both).sum(axis=1, keepdims=True)).mean(axis=0)
    by_product = {"bolt": p[:2].sum(), "nut": p[2:].sum()}
    good = {"bolt": p[1], "nut": p[3]}
    product = max(by_product, key=lambda name: by_product[name])
    wanted = 1 - good[product] / by_product[product]
    if abs(by_product["bolt"] - by_product["nut"]) > 1e-5:
        assert float(scores.image_score) == pytest.approx(wanted, abs=1e-5)
    assert 0 <= float(scores.image_score) <= 1
    assert scores.class_probabilities is not None
    assert np.allclose(scores.class_probabilities.numpy()[0], p, atol=1e-5)


def test_another_product_is_never_ok_where_one_is_named() -> None:
    good_bolt = [0.0, 9.0, 0.0, 0.0, 0.0]
    assert float(told(good_bolt)(torch.zeros(1, 3, 4, 4)).image_score) < 0.01
    named = told(good_bolt, product="nut")
    assert float(named(torch.zeros(1, 3, 4, 4)).image_score) > 0.99
    assert float(told([0, 0, 0, 9.0, 0], product="nut")(torch.zeros(1, 3, 4, 4)).image_score) < 0.01


def test_the_map_explains_not_good_against_good_of_that_product() -> None:
    # of "bolt" the first logit is the only defect, the second is good
    network = told([5.0, 5.0, 0.0, 0.0, 0.0])
    images = torch.zeros(1, 3, 2, 2)
    images[0, 0, 0, 0], images[0, 1, 1, 1], images[0, 2, 0, 1] = 2.0, 3.0, 7.0
    images[0, 0, 1, 0] = 1.0
    found = network(images)
    assert float(found.image_score) == pytest.approx(0.5, abs=1e-5)
    # the highest place is as high as the score, the others in proportion
    wanted = torch.tensor([[0.5, 0.0], [0.25, 0.0]])
    assert torch.allclose(found.anomaly_map[0, 0], wanted, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_the_map_is_never_higher_than_the_score(seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    logits = (3 * torch.randn(5, generator=draw)).tolist()
    scores = told(logits)(torch.randn(3, 3, 4, 4, generator=draw))
    highest = scores.anomaly_map.amax(dim=(1, 2, 3))
    assert (highest <= scores.image_score + 1e-6).all()
    assert ((highest - scores.image_score).abs() < 1e-5).any() or float(highest.max()) == 0


def test_scores_stay_finite_when_a_network_is_certain() -> None:
    scores = told([0.0, 200.0, 0.0, 0.0, 0.0], [-200.0, 0.0, 200.0, -200.0, 0.0])(
        torch.zeros(2, 3, 4, 4)
    )
    for found in (scores.image_score, scores.anomaly_map, scores.class_probabilities):
        assert found is not None
        assert torch.isfinite(found).all()


def test_one_member_alone_is_judged_by_itself() -> None:
    made = of_timm()
    images = torch.randn(2, 3, 48, 48)
    with torch.inference_mode():
        each = [made.of_member(number)(images).class_probabilities for number in (0, 1)]
        both = made(images).class_probabilities
    assert each[0] is not None
    assert each[1] is not None
    assert both is not None
    assert torch.allclose((each[0] + each[1]) / 2, both, atol=1e-6)
    assert not torch.allclose(each[0], each[1])


def test_saved_and_loaded_it_says_the_same() -> None:
    made = of_timm()
    again = registry.build("classifier", made.config(), nn.Identity()).eval()
    state = made.checkpoint_state()
    assert not any(key.endswith("num_batches_tracked") for key in state)
    again.load_checkpoint_state({key: value.clone() for key, value in state.items()})
    images = torch.randn(1, 3, 48, 48)
    with torch.no_grad():
        assert torch.equal(made(images).image_score, again(images).image_score)


@pytest.mark.parametrize("damage", ["missing", "surplus", "shape", "nan"])
def test_a_damaged_state_changes_nothing(damage: str) -> None:
    made = of_timm(1)
    state = {key: value.clone() + 1 for key, value in made.checkpoint_state().items()}
    before = {key: value.clone() for key, value in made.checkpoint_state().items()}
    key = next(iter(state))
    if damage == "missing":
        del state[key]
    elif damage == "surplus":
        state["members.7.x"] = torch.ones(1)
    else:
        state[key] = torch.ones(2) if damage == "shape" else state[key] * torch.nan
    with pytest.raises(CheckpointError):
        made.load_checkpoint_state(state)
    assert all(torch.equal(before[key], value) for key, value in made.checkpoint_state().items())


@pytest.mark.parametrize(
    "change",
    [
        {"labels": []},
        {"labels": [["nut", "good"]]},
        {"labels": [["nut", "bent"], ["nut", "flip"]]},
        {"labels": [["nut", "good"], ["nut", "good"], ["nut", "bent"]]},
        {"labels": "ab"},
        {"labels": None},
        {"members": 0},
        {"members": 1000},
        {"members": "many"},
        {"product": "screw"},
        {"network": "no_such_network"},
        {"network": ""},
        {"preprocess": {}},
        {"preprocess": {"size": 10**6, "mean": [0, 0, 0], "std": [1, 1, 1]}},
        {"labels": [["nut", "good"], *[["nut", f"bad{n}"] for n in range(10_000)]]},
    ],
)
def test_a_damaged_description_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(CheckpointError):
        Classifier.from_config(form().to_json() | change, nn.Identity())


def test_names_are_states_where_there_is_one_product() -> None:
    assert form().names[0] == "bolt-bent"
    one = ClassifierForm(LABELS[2:], "test_efficientnet", 1, Preprocess(48))
    assert one.names == ("flip", "good", "scratch")


def test_long_pictures_are_seen_whole_and_the_map_says_that_it_explains() -> None:
    made = of_timm(1)
    seen: list[int] = []
    made.register_forward_hook(lambda _module, given, _out: seen.append(len(given[0])))
    info = CheckpointInfo(None, "x", "classifier", "", "", 48, "", 0, Calibration(), 1, "", "", 0)  # type: ignore[arg-type]
    found = Predictor(made, Calibration(), info).predict(np.full((300, 64, 3), 99, np.uint8))
    assert seen == [1]
    assert found.explains
    assert found.anomaly_map.shape == (300, 64)
    assert [name for name, _ in found.class_probabilities] != []


def test_a_map_that_needs_a_backward_pass_is_not_exported_in_silence() -> None:
    torch.manual_seed(0)
    plain = Classifier.from_config(form().to_json(), nn.Identity()).eval().requires_grad_(False)
    graph = exported(plain).module()
    images = torch.randn(1, 3, 48, 48)
    with torch.no_grad():
        assert torch.allclose(graph(images)[1], plain(images).anomaly_map, atol=1e-5)
    config = form(network="mobilenetv3_small_050").to_json()
    other = Classifier.from_config(config, nn.Identity()).eval().requires_grad_(False)
    with pytest.raises(ModelError, match="mobilenetv3_small_050 needs a backward pass"):
        exported(other)


def test_the_table_of_what_explains_is_the_registry_s() -> None:
    kinds = registry.DETECTORS.items()
    assert {name for name, kind in kinds if getattr(kind, "explains", False)} == EXPLAINING
    assert explains("classifier")
    assert not explains("few_shot_clip")
