"""What is in a data set, and what is wrong with it, before anything is trained on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.data import Sample
from model.datasets.collection import Collection
from model.datasets.give_aways import give_aways, is_strong
from model.datasets.look import Look, look_at
from model.datasets.near_duplicates import Duplicate, near_duplicates
from model.datasets.source_sides import sources_on_both_sides
from model.errors import ModelError


class DescriptionCancelled(ModelError):
    """The caller asked to stop."""


@dataclass(frozen=True, slots=True)
class Count:
    """Images of one kind of one product in one phase.

    Attributes:
        product: Class.
        phase: "train" or "test".
        kind: "good" or the kind of defect.
        images: How many.
        masks: How many of them have a mask.
    """

    product: str
    phase: str
    kind: str
    images: int
    masks: int


@dataclass(frozen=True, slots=True)
class Description:
    """Facts and faults of a data set.

    Attributes:
        name: Of the data set.
        root: Its folder.
        counts: Per product, phase and kind.
        sizes: (width, height, images), the most frequent first.
        unreadable: Images that cannot be read, and why.
        missing_masks: Defective images without a mask: they count on image level only.
        empty_masks: Masks of defective images that show no defect.
        good_with_defects: Good images whose mask shows a defect.
        masks_of_another_size: Masks that do not fit their image.
        unreadable_masks: Masks that cannot be read.
        duplicates: Pairs of train and test that show the same thing.
        give_aways: By product, the AUROC of each trivial cue over the test part.
        warnings: What to mind, one sentence each; empty if nothing is wrong.
        split_sources: Sources of which train and test have pictures, and how many.
    """

    name: str
    root: Path
    counts: tuple[Count, ...]
    sizes: tuple[tuple[int, int, int], ...]
    unreadable: tuple[str, ...]
    missing_masks: tuple[Path, ...]
    empty_masks: tuple[str, ...]
    good_with_defects: tuple[str, ...]
    masks_of_another_size: tuple[str, ...]
    unreadable_masks: tuple[str, ...]
    duplicates: tuple[Duplicate, ...]
    give_aways: dict[str, dict[str, float | None]]
    warnings: tuple[str, ...]
    split_sources: tuple[str, ...] = ()


def describe(
    collection: Collection,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Description:
    """Read every image and mask once and say what is there and what is wrong.

    Bad files are reported, not raised.

    Args:
        collection: The data set.
        progress: Called with (images done, images in all).
        cancelled: Asked between two images.

    Raises:
        DescriptionCancelled: `cancelled` said so.
        DatasetError: The table that says what comes from one source cannot be read.
    """
    samples = (*collection.train, *collection.test)
    looks = []
    for done, sample in enumerate(samples, start=1):
        if cancelled is not None and cancelled():
            raise DescriptionCancelled("The description was stopped.")
        looks.append(look_at(sample))
        if progress is not None:
            progress(done, len(samples))
    return _described(collection, looks)


def _described(collection: Collection, looks: Sequence[Look]) -> Description:
    readable = [look for look in looks if not look.trouble]
    count = len(collection.train)
    train = [look for look in looks[:count] if not look.trouble]
    test = [look for look in looks[count:] if not look.trouble]
    duplicates: list[Duplicate] = []
    cues = {}
    for product in collection.products:
        mine = _of(test, product)
        duplicates += near_duplicates(_of(train, product), mine)
        cues[product] = give_aways(mine)
    split = sources_on_both_sides(collection)
    sizes = Counter((look.width, look.height) for look in readable)
    counts = tuple(_counts(collection))
    return Description(
        name=collection.name,
        root=collection.root,
        counts=counts,
        sizes=tuple((w, h, n) for (w, h), n in sizes.most_common()),
        unreadable=tuple(look.trouble for look in looks if look.trouble),
        missing_masks=tuple(one.sample.path for one in looks if one.mask_trouble == "missing"),
        empty_masks=_messages(looks, "empty"),
        good_with_defects=_messages(looks, "good"),
        masks_of_another_size=_messages(looks, "size"),
        unreadable_masks=_messages(looks, "unreadable"),
        duplicates=tuple(duplicates),
        give_aways=cues,
        warnings=(
            *_thin(counts, collection.products),
            *_faults(looks),
            *_leaks(collection, duplicates, split),
            *_cheap(cues),
        ),
        split_sources=split,
    )


def _of(looks: Sequence[Look], product: str) -> list[Look]:
    return [look for look in looks if look.sample.product == product]


def _messages(looks: Sequence[Look], trouble: str) -> tuple[str, ...]:
    return tuple(look.mask_message for look in looks if look.mask_trouble == trouble)


def _counts(collection: Collection) -> Iterator[Count]:
    """Yield the counts in the order of the collection, good parts first."""
    parts: dict[str, tuple[Sample, ...]] = {"train": collection.train, "test": collection.test}
    for product in collection.products:
        for phase, samples in parts.items():
            mine = [sample for sample in samples if sample.product == product]
            images = Counter(sample.kind for sample in mine)
            masks = Counter(sample.kind for sample in mine if sample.mask is not None)
            for kind in sorted(images, key=lambda name: name != "good"):
                yield Count(product, phase, kind, images[kind], masks[kind])


def _thin(counts: Sequence[Count], products: Sequence[str]) -> Iterator[str]:
    for product in products:
        mine = [count for count in counts if count.product == product]
        good = sum(count.images for count in mine if count.kind == "good")
        total = sum(count.images for count in mine)
        if total == 1:
            yield f"The class {product} has one image only; nothing can be trained or measured."
        elif not good:
            yield f"The class {product} has no good image; image scores cannot be measured."
        elif good == total:
            yield f"The class {product} has no defective image; nothing can be measured."


def _faults(looks: Sequence[Look]) -> Iterator[str]:
    has_masks = {look.sample.product for look in looks if look.sample.mask is not None}
    missing = [one for one in looks if one.mask_trouble == "missing"]
    partly = sum(one.sample.product in has_masks for one in missing)
    numbers = Counter(look.mask_trouble for look in looks)
    for number, text in (
        (sum(bool(look.trouble) for look in looks), "cannot be read"),
        (partly, "have no mask although others of their class do"),
        (numbers["empty"], "have a mask that shows no defect"),
        (numbers["good"], "count as good but have a mask that shows a defect"),
        (numbers["size"], "have a mask of another size"),
        (numbers["unreadable"], "have a mask that cannot be read"),
    ):
        if number:
            yield f"Images that {text}: {number}."


def _leaks(
    collection: Collection, duplicates: Sequence[Duplicate], split: Sequence[str]
) -> Iterator[str]:
    if split:
        yield (
            f"Sources of which both training and test have pictures: {len(split)}; they make the "
            "results too good."
        )
    seen = len({pair.test for pair in duplicates})
    if seen:
        yield (
            f"Test images that show the same thing as a training image: {seen} of "
            f"{len(collection.test)}; they make the results too good."
        )


def _cheap(cues: dict[str, dict[str, float | None]]) -> Iterator[str]:
    for product, values in cues.items():
        for cue, value in values.items():
            if value is not None and is_strong(value):
                yield (
                    f"The {cue} alone tells defective from good in the class {product} (AUROC "
                    f"{max(value, 1 - value):.2f}); compare every result with it."
                )
