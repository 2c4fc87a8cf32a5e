"""After the epochs: the memory bank, and how much it counts beside what was trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.data import Sample
from model.detectors.ad_clip import AdClip
from model.images import write_image
from model.training.finish import finish
from model.training.shots import Split
from tests.model.tiny_clip import picture, predictor


def samples(folder: Path, good: int, defective: int) -> Split:
    names = [("good", index) for index in range(good)]
    names += [("scratch", index) for index in range(defective)]
    found = []
    for kind, index in names:
        path = folder / f"{kind}-{index}.png"
        write_image(path, picture(index))
        found.append(Sample(path, kind, kind != "good"))
    return Split(tuple(found), (), ())


@pytest.mark.parametrize(
    ("good", "defective", "weight"), [(3, 0, 0.4), (3, 4, 0.4), (3, 5, 0.6), (2, 5, 0.4)]
)
def test_labelled_defects_make_the_trained_parts_count_for_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, good: int, defective: int, weight: float
) -> None:
    monkeypatch.setattr("model.training.finish._ENOUGH_GOOD", 3)
    base = predictor("anomaly_clip").detector
    detector = AdClip(base)  # type: ignore[arg-type]
    parts = samples(tmp_path, good, defective)
    finish(detector, parts, 0, lambda _done, _all: None, lambda: False)
    assert detector.n_shots == good
    assert detector.blend.trained == weight
    assert detector.config()["blend"]["trained"] == weight
