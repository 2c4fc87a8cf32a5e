"""What the golden panel asks of pool threads: every function here blocks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app import log
from app.camera.frame import Image
from app.errors import StoreError
from app.golden.details import Change, sample_event
from app.golden.set import GoldenSet
from app.i18n import tr
from app.inspection.golden import GoldenSample
from app.inspection.judgement import Predictor
from app.inspection.recipe import Recipe
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.ui.qa_desk import QaDesk
from model.images import read_image


@dataclass(frozen=True, slots=True)
class Order:
    """A golden sample that somebody wants.

    Attributes:
        source: A stored part or an image file.
        name: What people will call it.
        expected: The verdict that it must get.
        by: Who adds it.
    """

    source: InspectionRecord | Path
    name: str
    expected: Verdict
    by: str


def add(
    desk: QaDesk, order: Order, golden: GoldenSet, recipe: Recipe, predictor: Predictor
) -> GoldenSample:
    """Judge a picture and keep it.

    Raises:
        ExpectedError: It cannot be read, is judged otherwise, or cannot be kept.
        ModelError: The file is no picture.
    """
    image = picture(desk, order.source)
    sample = golden.add(image, order.name, recipe, predictor, expected=order.expected, by=order.by)
    _tell(desk, "added", sample, order.by)
    return sample


def measure(
    desk: QaDesk,
    samples: tuple[GoldenSample, ...],
    by: str,
    golden: GoldenSet,
    recipe: Recipe,
    predictor: Predictor,
) -> tuple[GoldenSample, ...]:
    """Judge samples anew for the checkpoint in force.

    Raises:
        ExpectedError: One does not get its verdict any more, or cannot be kept; those before
            it are measured.
    """
    renewed: list[GoldenSample] = []
    for sample in samples:
        renewed.append(golden.measure(sample, recipe, predictor, by))
        _tell(desk, "measured", renewed[-1], by)
    return tuple(renewed)


def retire(desk: QaDesk, sample: GoldenSample, by: str) -> None:
    """Use a sample no longer.

    Raises:
        StoreError: The database fails.
    """
    GoldenSet(desk.store.golden, desk.home.golden).retire(sample)
    _tell(desk, "retired", sample, by)


def require(desk: QaDesk, recipe: str, required: bool, by: str) -> Recipe:
    """Keep a new version of a recipe that wants its samples right, or no longer does.

    Raises:
        ExpectedError: There is no such recipe, or the database fails.
    """
    changed = desk.recipes.load(recipe).model_copy(update={"golden_required": required})
    reason = (
        "golden samples hold production" if required else "golden samples do not hold production"
    )
    return desk.recipes.save(changed, author=by, reason=reason)


def picture(desk: QaDesk, source: InspectionRecord | Path) -> Image:
    """Return the picture of a stored part or of a file, (H, W, 3) uint8 BGR.

    Raises:
        StoreError: The part's picture was not kept, is gone or damaged.
        ModelError: The file is no picture.
    """
    if isinstance(source, Path):
        return read_image(source)
    if source.evidence is None:
        raise StoreError(tr("The picture of this part was not kept."))
    return desk.evidence.load_image(source.evidence)


def _tell(desk: QaDesk, action: Change, sample: GoldenSample, by: str) -> None:
    try:
        desk.store.events.add(sample_event(action, sample, desk.keeper.settings.station, by))
    except StoreError as error:
        # The sample itself is kept; its own row says who added it.
        log.ui.warning("the change of golden sample %s is not in the events: %s", sample.id, error)
