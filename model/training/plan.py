"""A whole training run as data: what goes in, what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from model.evaluate import Report
from model.training.augmentation import Augmentation
from model.training.config import Epoch, LoopConfig
from model.training.network import Network
from model.training.recipes import Recipe
from model.training.shots import Shots
from model.types import Calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainPlan:
    """One run.

    Attributes:
        data: Folder of the data set.
        recipe: Way to train.
        loop: Its loop; `loop.folder` takes all files of the run.
        dataset: Name or product within `data`; None takes all of it.
        network: Sizes; what is None follows the backbone, or `start`.
        start: Checkpoint whose prompts and heads the run starts from, ours or an official
            epoch_N.pth; None starts at random.
        weight_folders: Where the backbone is looked for.
        shots: Labelled pictures to learn from, validation included.
        validation_share: Share of the shots that is kept for validation; None as the recipe.
        uses_test_part: See `Recipe`; None as the recipe, but shots win.
        folds: Trains so many times on parts of the shots beforehand, for mean and spread; 0 not.
        members: So many detectors judge together, each trained without another part of the
            shots; 0 for one detector alone.
        augments: Vary the pictures; None as the recipe.
        augmentation: How.
        paint: Paint defects onto good pictures: "auto" where there are no defective ones, "always"
            beside them, "never".
        class_names: What the detector names; empty takes the kinds of the shots.
        weights: Of the losses by name; those left out keep their default.
        unfreeze: Last vision blocks that train too.
        device: "auto", "cpu", "cuda", "cuda:N".
        minutes: Time for the epochs; the run then ends as if they were all.
        save_every: Epochs between two epoch files.
        name: For people; the data set's if empty.
    """

    data: Path
    recipe: Recipe
    loop: LoopConfig
    dataset: str | None = None
    network: Network = field(default_factory=Network)
    start: Path | None = None
    weight_folders: tuple[Path, ...] = ()
    shots: Shots = field(default_factory=Shots)
    validation_share: float | None = None
    uses_test_part: bool | None = None
    folds: int = 0
    members: int = 0
    augments: bool | None = None
    augmentation: Augmentation = field(default_factory=Augmentation)
    paint: str = "auto"
    class_names: tuple[str, ...] = ()
    weights: dict[str, float] = field(default_factory=dict)
    unfreeze: int = 0
    device: str = "auto"
    minutes: float | None = None
    save_every: int = 1
    name: str = ""

    @property
    def runs(self) -> int:
        """Number of trainings, one after another."""
        return self.members or self.folds + 1


@dataclass(frozen=True, slots=True)
class FoldFigures:
    """Mean and spread of one figure over the folds of a cross-validation.

    Attributes:
        values: Of each fold in which the figure is defined.
        mean: Of them.
        spread: Their standard deviation (n - 1); 0 for one.
    """

    values: tuple[float, ...]
    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What a run came to.

    Attributes:
        stopped: "finished", "patience", "minutes" or "cancelled"; a cancelled run has made no
            checkpoint and goes on with `resume`.
        epochs: All finished epochs.
        best: Number of the best epoch, 0 if none.
        checkpoint: best.safetensors; None if cancelled.
        calibration: Its limits.
        report: Figures on the test part; None if there is none.
        folds: Figures of the cross-validation by name.
        counts: Pictures by part: "train_good", "train_defective", "validation_good" ...
        painted: True if defects were painted onto good pictures.
    """

    stopped: str
    epochs: tuple[Epoch, ...] = ()
    best: int = 0
    checkpoint: Path | None = None
    calibration: Calibration = field(default_factory=Calibration)
    report: Report | None = None
    folds: dict[str, FoldFigures] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    painted: bool = False
