"""What follows the epochs: a detector that compares with normal parts is shown them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from model.data import Sample
from model.detector import Detector
from model.detectors.ad_clip import AdClip
from model.images import Picture, read_image
from model.teach import MAX_SHOTS, Lesson, TeachingCancelled, teach_base
from model.tiling import plan_tiles
from model.training.interrupt import Cancelled
from model.training.material import defective_of, good_of
from model.training.shots import Split

# with fewer than this held out, their spread says less than that of the pictures trained on
_ENOUGH_HELD_OUT = 5
# from so many labelled defects and good pictures on the trained parts know more than the bank, and
# count for more; with fewer good ones they learn the pictures instead of the product
_ENOUGH_DEFECTIVE, _ENOUGH_GOOD = 5, 50
TRAINED = 0.6


def finish(
    detector: Detector,
    parts: Split,
    seed: int,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    trained: float = TRAINED,
) -> None:
    """Give an AD-CLIP detector its memory bank, where one product alone was learned from.

    Nothing is done for other detectors, nor where pictures of several products were learned
    from: what is normal for one is a defect for another.

    Args:
        detector: With its final weights.
        parts: The split of the run; the bank holds good training pictures (200 at most).
        seed: Of the bank.
        progress: Called with (steps done, steps in all).
        cancelled: Asked between two pictures.
        trained: Weight of the trained parts beside the bank where there are labelled defects and
            good pictures enough.

    Raises:
        Cancelled: It was asked for.
        DatasetError: A picture cannot be read.
        ModelError: A picture cannot be used.
    """
    good, held_out = good_of(parts.train), good_of(parts.validation)
    if not isinstance(detector, AdClip) or not is_one_product(good):
        return
    others = [read_image(sample.path) for sample in _spread(held_out, MAX_SHOTS)]
    defective = len(defective_of(parts.train))
    if defective >= _ENOUGH_DEFECTIVE and len(good) >= _ENOUGH_GOOD:
        detector.blend = replace(detector.blend, trained=trained)
    remembered = remember(detector, good, seed, progress, cancelled)
    _standardise(detector, remembered, others, cancelled)


def is_one_product(good: Sequence[Sample]) -> bool:
    """Return whether there are good pictures, and of one product alone."""
    return len({one.product for one in good}) == 1


def remember(
    detector: AdClip,
    good: Sequence[Sample],
    seed: int,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> list[Picture]:
    """Give a detector a new memory bank, and return the pictures that it holds.

    Args:
        detector: Its statistics stay as they are.
        good: Good samples; 200 at most are remembered, evenly out of all.
        seed: Of the bank.
        progress: Called with (steps done, steps in all).
        cancelled: Asked between two pictures.

    Raises:
        Cancelled: It was asked for.
        DatasetError: A picture cannot be read.
        ModelError: A picture cannot be used.
    """
    shots = _spread(good, MAX_SHOTS)
    pictures = [read_image(sample.path) for sample in shots]
    names = [sample.path.name for sample in shots]
    _teach(detector, pictures, seed, progress, cancelled, names)
    return pictures


def join_bank(
    detector: AdClip,
    good: Sequence[Picture],
    held_out: Sequence[Picture],
    seed: int,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> None:
    """Give AD-CLIP a memory bank, and its logits the spread of normal parts as their unit.

    Args:
        detector: With its final weights.
        good: (H, W, 3) uint8 BGR each, 1 to 200: what the bank holds.
        held_out: Good pictures that were not trained on; the spread is theirs if they are
            enough, otherwise that of all.
        seed: Of the bank.
        progress: Called with (steps done, steps in all).
        cancelled: Asked between two pictures.

    Raises:
        Cancelled: It was asked for.
        ModelError: A picture cannot be used.
    """
    _teach(detector, good, seed, progress, cancelled, ())
    _standardise(detector, good, held_out, cancelled)


def _teach(
    detector: AdClip,
    good: Sequence[Picture],
    seed: int,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    names: Sequence[str],
) -> None:
    lesson = Lesson(names=tuple(names))
    detector.eval()
    try:
        detector.taught, _ = teach_base(
            detector.base, list(good), None, seed, progress, cancelled, lesson
        )
    except TeachingCancelled as error:
        raise Cancelled from error


def _standardise(
    detector: AdClip,
    good: Sequence[Picture],
    held_out: Sequence[Picture],
    cancelled: Callable[[], bool],
) -> None:
    judged = held_out if len(held_out) >= _ENOUGH_HELD_OUT else (*good, *held_out)
    detector.standardise(_inputs(detector, judged, cancelled))


def _spread(samples: Sequence[Sample], most: int) -> list[Sample]:
    """Return at most so many, evenly out of all."""
    count = min(len(samples), most)
    return [samples[index * len(samples) // count] for index in range(count)]


def _inputs(
    detector: AdClip, pictures: Sequence[Picture], cancelled: Callable[[], bool]
) -> Iterator[Tensor]:
    for picture in pictures:
        if cancelled():
            raise Cancelled
        tiles = plan_tiles(*picture.shape[:2])
        inputs = torch.cat([detector.preprocess(picture[tile.window]) for tile in tiles])
        yield inputs.to(detector.device)
