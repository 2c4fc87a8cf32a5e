"""What a person wants trained: checked before it begins, then turned into a job."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.i18n import N_, language, tr
from app.jobs.job import Job, JobStep
from app.jobs.teach_order import choices_problem, is_taught, teach_words
from app.learner_words import LEARNER_WORDS
from app.paths import Home
from app.review.export_files import safe_name
from app.review.improve_words import place_of
from model.training.recipes import RECIPES

Source = Literal["folder", "reviews"]

SCRATCH = "none"
"""Start that means random prompts on a backbone."""

TINY = "adclip-tiny"
_MOST_FILES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOrder:
    """The options of `train`, as the form gives them; None and "" follow the training recipe.

    Attributes:
        name: Of the new checkpoint.
        source: A folder with labelled pictures, or the reviewed parts of a product.
        folder: The folder.
        product: Recipe of the station whose reviewed parts are taken.
        machine_masks: Take the machine's regions where nobody drew a mask.
        recipe: Way to train, a key of `model.training.recipes.RECIPES`, or a detector that is
            taught, a key of `app.learner_words.LEARNER_WORDS`.
        choices: Of a detector that is taught, "key=value,key=value".
        good: Good pictures to learn from.
        defective: Defective pictures to learn from.
        epochs: At most.
        minutes: Time to spend.
        seed: Of split, order and views.
        start: Checkpoint to start from, a path or name; `SCRATCH` for none.
        backbone: For a start from nothing.
        keep_every: Epochs between two that are kept as files.
        learning_rate: Peak rate.
        batch_size: Pictures of one step.
        patience: Epochs without a better validation until it stops; 0 for never.
        validation: Share of the pictures that choose the best epoch, 0 to below 1.
        image_size: Side of the picture that the model sees, pixels.
        paint: Defects painted onto good pictures: "auto", "always" or "never".
        augments: Vary the pictures.
        without: Variations that would make a good part a defective one: "flip", "rotation",
            "crop", "light", "colour".
        unfreeze: Last vision blocks that train too.
        members: Detectors that judge together, each trained without another part of the pictures.
        device: "auto", "cpu" or "cuda".
    """

    name: str
    source: Source = "folder"
    folder: Path | None = None
    product: str = ""
    machine_masks: bool = False
    recipe: str = "adclip"
    choices: str = ""
    good: int | None = None
    defective: int | None = None
    epochs: int | None = None
    minutes: float | None = None
    seed: int = 111
    start: str = ""
    backbone: str = ""
    keep_every: int | None = None
    learning_rate: float | None = None
    batch_size: int | None = None
    patience: int | None = None
    validation: float | None = None
    image_size: int | None = None
    paint: str = "auto"
    augments: bool = True
    without: tuple[str, ...] = ()
    unfreeze: int = 0
    members: int | None = None
    device: str = "auto"

    @property
    def most_epochs(self) -> int:
        """Epochs that it trains at most; 0 where nobody knows before it has begun."""
        if is_taught(self.recipe):
            return 0
        return int(self.epochs or RECIPES[self.recipe].loop.get("epochs", 200))


def default_epochs(recipe: str) -> int:
    """Return the epochs of a way to train if nobody says otherwise."""
    return TrainingOrder(name="", recipe=recipe).most_epochs


def problems(order: TrainingOrder, home: Home) -> dict[str, str]:
    """Return what is wrong with an order: field name -> one sentence, translated.

    Looks at files, so not on the GUI thread where they may lie on a network.
    """
    found: dict[str, str] = {}
    _check_name(order, home, found)
    _check_data(order, found)
    if is_taught(order.recipe):
        problem = choices_problem(order)
        return found | ({"choices": problem} if problem else {})
    _check_start(order, home, found)
    if order.learning_rate is not None and not 0 < order.learning_rate <= 1:
        found["learning_rate"] = tr("The learning rate lies above 0 and at 1 at most.")
    if order.unfreeze and order.recipe == "sowa":
        found["unfreeze"] = tr("SOWA leaves the backbone as it is; enter 0.")
    if order.members:
        _check_members(order, order.members, found)
    return found


def _check_members(order: TrainingOrder, members: int, found: dict[str, str]) -> None:
    if order.recipe != "adclip" or order.unfreeze:
        found["members"] = tr(
            "Only AD-CLIP on a backbone that stays as it is has several; leave this empty."
        )
        return
    least = min(n for n in (order.good, order.defective, members) if n)
    if least < members:
        found["members"] = tr("There must be a good and a defective picture for each of them.")


def _check_name(order: TrainingOrder, home: Home, found: dict[str, str]) -> None:
    name = order.name.strip()
    if not name:
        found["name"] = tr("Give the new checkpoint a name.")
    elif safe_name(name, "") != name:
        found["name"] = tr("This name cannot be that of a file; use letters and digits.")
    elif any(path.exists() for path in place_of(name, home)):
        found["name"] = tr("There is a training or checkpoint of this name; choose another one.")


def _check_data(order: TrainingOrder, found: dict[str, str]) -> None:
    if order.source == "reviews":
        if not order.product:
            found["product"] = tr("Choose the product whose reviewed parts are learned from.")
    elif order.folder is None:
        found["folder"] = tr("Choose the folder with the pictures.")
    elif not order.folder.is_dir():
        found["folder"] = tr("There is no folder {folder}; check the path.").format(
            folder=order.folder
        )


def _check_start(order: TrainingOrder, home: Home, found: dict[str, str]) -> None:
    if order.start == SCRATCH:
        if not order.backbone:
            found["backbone"] = tr("Name the backbone to start on.")
        elif order.backbone != TINY and not any(home.weights.glob("*")):
            found["backbone"] = tr(
                "No weights of a larger backbone are on this station; take {name}."
            ).format(name=TINY)
    elif order.start and not Path(order.start).is_file():
        found["start"] = tr("There is no file {file}; choose another checkpoint.").format(
            file=order.start
        )


def job_of(order: TrainingOrder, home: Home, by: str, evidence: Path) -> Job:
    """Return the job that does what was ordered.

    Args:
        order: Without problems.
        home: Folders of the station.
        by: Who ordered it.
        evidence: Folder of the stored pictures, for reviewed parts.
    """
    name = order.name.strip()
    folder, file = place_of(name, home)
    steps = []
    data = order.folder
    if order.source == "reviews":
        data = folder / "set"
        steps.append(_export_step(order, home, data, evidence))
    if is_taught(order.recipe):
        words = teach_words(order, home, data or Path(), file)
    else:
        words = train_words(order, home, data or Path(), folder / "run", file)
    steps.append(JobStep(words=words))
    return Job(
        kind="teach" if is_taught(order.recipe) else "train",
        name=name,
        by=by,
        steps=tuple(steps),
        folder=str(folder),
        epochs=order.most_epochs,
    )


def _export_step(order: TrainingOrder, home: Home, data: Path, evidence: Path) -> JobStep:
    words = [
        "dataset", "export-reviews", str(data), f"--home={home.root}",
        f"--recipe={order.product}", f"--evidence={evidence}", f"--seed={order.seed}",
        f"--language={language()}",
    ]  # fmt: skip
    if order.machine_masks:
        words.append("--machine-masks")
    return JobStep(words=tuple(words), makes=str(data), needs_database=True)


def train_words(
    order: TrainingOrder, home: Home, data: Path, run: Path, out: Path
) -> tuple[str, ...]:
    """Return the words of `train`.

    Args:
        order: What is wanted.
        home: Folders of the station.
        data: Folder of the labelled pictures.
        run: Where state, epochs and report go; a state there is gone on with.
        out: Where the best checkpoint is wanted too.
    """
    every = order.keep_every or max(1, math.ceil(order.most_epochs / _MOST_FILES))
    words = [
        "train", f"--home={home.root}", f"--train-data-path={data}", f"--save-path={run}",
        f"--out={out}", f"--name={order.name.strip()}", f"--recipe={order.recipe}",
        f"--seed={order.seed}", f"--save-freq={every}", f"--paint={order.paint}",
        f"--device={order.device}", "--resume",
    ]  # fmt: skip
    for option, value in (
        ("shots", _shots(order)),
        ("epoch", order.epochs),
        ("minutes", order.minutes),
        ("checkpoint", order.start),
        ("backbone", order.backbone if order.start == SCRATCH else ""),
        ("learning-rate", order.learning_rate),
        ("batch-size", order.batch_size),
        ("patience", order.patience),
        ("validation", order.validation),
        ("image-size", order.image_size),
        ("unfreeze", f"last={order.unfreeze}" if order.unfreeze else ""),
        ("members", order.members),
    ):
        if value not in (None, ""):
            text = f"{value:g}" if isinstance(value, float) else str(value)
            words.append(f"--{option}={text}")
    if not order.augments:
        words.append("--no-augment")
    elif order.without:
        words += ["--without", *order.without]
    return tuple(words)


def _shots(order: TrainingOrder) -> str:
    numbers = (("anomaly", order.defective), ("good", order.good))
    return ",".join(f"{name}={number}" for name, number in numbers if number is not None)


RECIPE_WORDS: dict[str, tuple[str, str]] = {
    "adclip": (
        N_("AD-CLIP, for one product"),
        N_("The usual choice: good pictures and, if there are any, defective ones of one product."),
    ),
    "anomalyclip": (
        N_("AnomalyCLIP, for many products"),
        N_("For a large data set of many products; the result then works on others unseen."),
    ),
    "sowa": (
        N_("SOWA, on a large backbone"),
        N_("As AnomalyCLIP, with small added layers; needs the weights of a large backbone."),
    ),
    **{name: (words.text, words.what) for name, words in LEARNER_WORDS.items()},
}
"""Way to train or detector -> its name and what it is for, English source texts."""
