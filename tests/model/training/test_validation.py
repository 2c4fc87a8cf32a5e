from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from model.detector import Scores
from model.errors import ModelError
from model.training import validation
from model.training.example import Batch
from model.training.interrupt import Cancelled
from model.training.trainee import Trainee
from model.training.validation import validate
from tests.model.training.trainees import Blotch


class Oracle(Trainee):
    """Says of a picture what its feature "says", and of a pixel what "map" holds."""

    def __init__(self) -> None:
        super().__init__()
        self.detector = Blotch()
        self.weights, self.class_names = {}, ()

    def features(self, images: Tensor) -> dict[str, Tensor]:
        return {}

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        return {"loss": batch.features["says"].sum() * 0}

    def scores(self, batch: Batch) -> Scores:
        assert not torch.is_grad_enabled()
        return Scores(batch.features["says"], batch.features["map"])


def batch(says: list[float], labels: list[int], known: list[bool] | None = None) -> Batch:
    count = len(says)
    masks = torch.zeros(count, 8, 8)
    masks[:, :4] = torch.tensor(labels, dtype=torch.float32)[:, None, None]
    # the map is right to the pixel where the score is positive and wrong elsewhere
    right = torch.tensor(says)[:, None, None, None].sign()
    return Batch(
        torch.zeros(count, 3, 8, 8),
        masks,
        torch.tensor(known or count * [True]),
        torch.tensor(labels),
        torch.full((count,), -1),
        {"says": torch.tensor(says), "map": right * masks[:, None]},
    )


def judged(*batches: Batch, pixels: int = 64) -> dict[str, float]:
    return validate(Oracle(), batches, pixels, lambda: False)


def test_figures_of_two_batches_are_those_of_all_pictures() -> None:
    found = judged(batch([0.1, 0.9, 0.2], [0, 1, 0]), batch([0.15], [1]))
    assert found["image_auroc"] == pytest.approx(3 / 4)
    assert found["image_ap"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["f1_max"] == pytest.approx(0.8)
    assert found["pixel_auroc"] == 1
    assert found["quality"] == pytest.approx(3 / 4)


def test_pictures_without_a_mask_count_for_the_image_alone() -> None:
    found = judged(batch([-1.0, 0.5, 0.4], [1, 1, 0], [False, True, True]))
    assert found["pixel_auroc"] == 1
    assert found["image_auroc"] == 0.5
    nowhere = judged(batch([0.5, 0.4], [1, 0], [False, False]))
    assert "pixel_auroc" not in nowhere
    assert nowhere["quality"] == nowhere["image_auroc"] == 1


def test_what_one_class_leaves_undefined_is_left_out() -> None:
    found = judged(batch([0.5, 0.4], [0, 0]))
    assert not {"quality", "image_auroc", "image_ap", "f1_max", "pixel_auroc"} & found.keys()
    found = judged(batch([0.5, 0.4], [1, 1]))
    assert "image_auroc" not in found
    assert found["quality"] == found["pixel_auroc"] == 1


def test_a_map_of_another_size_is_brought_to_that_of_the_mask() -> None:
    given = batch([0.5, 0.4], [1, 0])
    given.features["map"] = given.features["map"][:, :, ::2, ::2]
    assert judged(given)["pixel_auroc"] == pytest.approx(1, abs=0.05)


def test_of_many_pixels_every_nth_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    area = validation.auroc

    def counting(labels: torch.Tensor, scores: torch.Tensor) -> float:
        counted.append(len(scores))
        return area(labels, scores)  # type: ignore[arg-type]

    monkeypatch.setattr(validation, "auroc", counting)
    monkeypatch.setattr(validation, "_MOST_PIXELS", 40)
    judged(batch([0.5, 0.4], [1, 0]), pixels=128)
    assert counted == [2, 32]


def test_no_picture_gives_no_figure() -> None:
    assert judged() == {}


@pytest.mark.parametrize("place", ["says", "map"])
def test_scores_that_are_not_finite_are_refused(place: str) -> None:
    bad = batch([0.5, 0.4], [1, 0])
    bad.features[place].view(-1)[0] = torch.nan
    with pytest.raises(ModelError, match="not finite"):
        judged(bad)


def test_cancel_is_asked_between_batches() -> None:
    asked = itertools.count()
    batches = [batch([0.5, 0.4], [1, 0])] * 3
    with pytest.raises(Cancelled):
        validate(Oracle(), batches, 64, lambda: next(asked) == 2)
    assert next(asked) == 3
