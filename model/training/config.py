"""How to train, as data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """The loop's choices; the defaults are those of AD-CLIP (AdamW, 1e-4, batch 8).

    Attributes:
        folder: Where state, epochs and curves are written.
        epochs: At most.
        batch_size: Examples of one step, over all processes.
        accumulate: Steps whose gradients are added up before the weights change.
        optimizer: "adamw" or "adam".
        learning_rate: Peak rate.
        betas: Of the optimiser.
        weight_decay: Of AdamW.
        schedule: "constant" or "cosine" (to zero, after `warm_up` of the steps).
        warm_up: Share of the steps in which the rate rises.
        clip: Largest norm of the gradient; 0 for no clipping.
        average: Decay of the moving average of the weights that is judged and kept, 0 <= d < 1;
            0 takes the weights as they are.
        patience: Epochs without a better validation until training stops; 0 for never.
        seed: Of order and views; same seed, same numbers.
        turns: Variants of each picture whose frozen features are kept; 0 draws new ones each
            epoch and keeps none.
        cache_bytes: Features kept in memory at most; beyond it they go to disk.
        disk_bytes: And at most so much there; beyond it they are computed anew.
        workers: Processes that read pictures; 0 reads in the training process.
        mixed_precision: Half precision where the device gains by it (CUDA); else float32.
        resume: Go on from the state in `folder`.
        keep_epochs: Write a file for each epoch, not only for the best.
    """

    folder: Path
    epochs: int = 200
    batch_size: int = 8
    accumulate: int = 1
    optimizer: str = "adamw"
    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.01
    schedule: str = "constant"
    warm_up: float = 0.0
    clip: float = 0.0
    average: float = 0.0
    patience: int = 0
    seed: int = 111
    turns: int = 1
    cache_bytes: int = 2 << 30
    disk_bytes: int = 8 << 30
    workers: int = 0
    mixed_precision: bool = True
    resume: bool = False
    keep_epochs: bool = True


@dataclass(frozen=True, slots=True)
class Epoch:
    """One line of the training curves.

    Attributes:
        number: From 1.
        learning_rate: At its end.
        losses: Mean of each unweighted loss by name, "total", weighted, and "validation", the
            total on the validation pictures if there are any.
        metrics: Validation figures by name: "image_auroc", "image_ap", "f1_max",
            "pixel_auroc" where they are defined, and "quality", by which epochs are compared.
        seconds: Time it took.
    """

    number: int
    learning_rate: float
    losses: dict[str, float]
    metrics: dict[str, float]
    seconds: float


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """How far a run is.

    Attributes:
        stage: "features", "training" or "validation".
        done: Steps done of this stage.
        total: Steps of this stage in all.
        epoch: Current epoch from 1; 0 before the first.
        last: The last finished epoch, if any.
    """

    stage: str
    done: int
    total: int
    epoch: int = 0
    last: Epoch | None = None


@dataclass(frozen=True, slots=True)
class LoopResult:
    """What a run came to.

    Attributes:
        epochs: All finished epochs in order, those before a resume included.
        best: Number of the best epoch.
        stopped: "finished", "patience" or "cancelled".
    """

    epochs: tuple[Epoch, ...]
    best: int
    stopped: str
