from __future__ import annotations

import torch

from model.pretrain_data import batches, lesson_gain, make_batch
from model.pretrain_schedule import Phase, Schedule

SCHEDULE = Schedule((Phase(48, 2, 2), Phase(240, 1, 2)), 1e-3, 1, 2, "float32")


def test_masks_labels_and_captions_agree() -> None:
    batch = make_batch(4, 0, 6, 120)
    assert batch.images.shape == (24, 120, 120, 3)
    assert batch.masks.shape == (24, 60, 60)
    praise = ("flawless", "good", "perfect", "undamaged", "clean")
    for label, caption in zip(batch.labels.tolist(), batch.captions, strict=True):
        assert (label == 0) == any(f" {word} " in caption for word in praise)
    # each defective view stands beside the good one of the same place
    assert batch.labels[1::2].sum() == 0
    assert batch.labels[0::4].float().mean() > 0.7


def test_a_worker_process_makes_the_same_batches_as_this_one() -> None:
    here = list(batches(SCHEDULE, 1, 0, 0))
    there = list(batches(SCHEDULE, 1, 0, 1))
    assert len(here) == SCHEDULE.steps
    for one, other in zip(here, there, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.masks, other.masks)
        assert one.captions == other.captions


def test_a_later_start_gives_the_rest_of_the_stream() -> None:
    whole = list(batches(SCHEDULE, 1, 0, 0))
    rest = list(batches(SCHEDULE, 1, 3, 0))
    assert len(rest) == 1
    assert torch.equal(rest[0].images, whole[3].images)


def test_halves_make_the_whole() -> None:
    batch = make_batch(4, 0, 3, 48)
    first, second = batch.split(2)
    assert torch.equal(torch.cat([first.images, second.images]), batch.images)
    assert first.captions + second.captions == batch.captions


def test_lessons_get_harder_up_to_a_point() -> None:
    gains = [lesson_gain(index) for index in (0, 5_000, 10_000, 20_000)]
    assert gains[0] > gains[1] > gains[2] == gains[3] >= 1
