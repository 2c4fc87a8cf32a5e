from __future__ import annotations

import pytest

from model.errors import CheckpointError, UnknownDetector
from model.registry import DETECTORS, build
from tests.model.tiny_clip import backbone, few_shot, sowa, zero_shot


def test_the_known_detectors() -> None:
    clip = {"ad_clip", "anomaly_clip", "few_shot_clip", "sowa"}
    others = {"patchcore", "cfa", "msflow", "efficient_ad", "classifier"}
    assert set(DETECTORS) == clip | others
    assert all(kind.kind == name for name, kind in DETECTORS.items())


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownDetector, match=r"'flow'.*anomaly_clip, .*few_shot_clip, .*sowa"):
        build("flow", {}, backbone().clip)


@pytest.mark.parametrize("make", [zero_shot, few_shot, sowa])
def test_the_configuration_makes_the_same_detector(make) -> None:
    detector = make()
    again = build(detector.kind, detector.config(), detector.clip)
    assert type(again) is type(detector)
    assert again.config() == detector.config()
    mine, theirs = detector.checkpoint_state(), again.checkpoint_state()
    assert {k: v.shape for k, v in mine.items()} == {k: v.shape for k, v in theirs.items()}


@pytest.mark.parametrize("kind", list(DETECTORS))
@pytest.mark.parametrize("damage", [{}, {"preprocess": {}}, {"fusion": {"layers": []}}])
def test_a_damaged_configuration_is_refused(kind: str, damage: dict) -> None:
    with pytest.raises(CheckpointError, match="damaged"):
        build(kind, damage, backbone().clip)
