from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model.data import Sample
from model.errors import DatasetError
from model.evaluate import Evaluation
from model.images import write_image
from model.lightening.loss import judged_samples, loss_between
from tests.model.lightening.toy import LIMITS, toy_predictor


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sample, ...]:
    folder = tmp_path_factory.mktemp("labelled")
    found = []
    for number in range(12):
        is_defective = number >= 6
        picture = np.full((40, 40, 3), 120 + number, np.uint8)
        if is_defective:
            picture[10:20, 10:20] = 255
        file = folder / f"{number}.png"
        write_image(file, picture)
        found.append(Sample(file, "hole" if is_defective else "good", is_defective))
    return tuple(found)


@pytest.fixture(scope="module")
def before(samples: tuple[Sample, ...]) -> Evaluation:
    return judged_samples(toy_predictor(), samples)


def with_scores(evaluation: Evaluation, scores: list[float]) -> Evaluation:
    """Return an evaluation in which other scores were found."""
    pairs = zip(evaluation.judged, scores, strict=True)
    return replace(evaluation, judged=tuple(replace(one, score=score) for one, score in pairs))


def test_nothing_is_lost_by_the_same_detector(before: Evaluation) -> None:
    loss = loss_between(before, before, (LIMITS, LIMITS))
    assert (loss.good, loss.defective, loss.lost) == (6, 6, 0.0)
    assert (loss.auroc.low, loss.auroc.high) == (0.0, 0.0)
    assert (loss.turned, loss.missed) == (0, 0)
    assert "these would ship" not in loss.to_text()


def test_the_loss_and_what_would_ship_are_said(before: Evaluation) -> None:
    was = with_scores(before, [0.1] * 6 + [2.0] * 6)
    # two defects become lower than every good picture
    now = with_scores(before, [0.1] * 6 + [2.0] * 4 + [0.05] * 2)
    loss = loss_between(was, now, (LIMITS, LIMITS))
    assert loss.lost == pytest.approx(1 / 3)
    assert loss.auroc.low is not None
    assert loss.auroc.high is not None
    assert loss.auroc.low <= loss.lost <= loss.auroc.high
    assert (loss.turned, loss.missed) == (2, 2)
    text = loss.to_text()
    assert "6 good and 6 defective" in text
    assert "+0.3333 (95% interval" in text
    assert "NG before and OK now, these would ship: 2" in text
    assert loss.to_json()["missed"] == 2
    assert loss_between(was, now, (LIMITS, LIMITS)) == loss


def test_each_is_judged_by_its_own_limit(before: Evaluation) -> None:
    was = with_scores(before, [0.1] * 6 + [2.0] * 6)
    now = with_scores(before, [1.1] * 6 + [3.0] * 6)
    own = replace(LIMITS, typical=LIMITS.typical + 1, limit=LIMITS.limit + 1)
    assert loss_between(was, now, (LIMITS, own)).turned == 0
    assert loss_between(was, now, (LIMITS, LIMITS)).turned == 6


def test_without_limits_no_verdict_is_counted(before: Evaluation) -> None:
    loss = loss_between(before, before, (replace(LIMITS, limit=float("nan")), LIMITS))
    assert (loss.turned, loss.missed) == (None, None)
    assert "verdicts" not in loss.to_text()


def test_one_class_alone_says_nothing(samples: tuple[Sample, ...]) -> None:
    for part in (samples[:6], samples[6:], ()):
        with pytest.raises(DatasetError, match="good and defective"):
            judged_samples(toy_predictor(), part)
