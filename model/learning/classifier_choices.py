"""What can be chosen when a classifier learns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from model.learning.choices import choice

OPTIMIZERS = ("adamw", "adadelta", "adam", "radam", "sgd")
WEIGHTINGS = ("none", "balanced", "root")


@dataclass(frozen=True, slots=True)
class ClassifierChoices:
    """Choices of the classifier; those of the contest that it comes from stand in the texts."""

    network: str = choice(
        "", "network of timm that learns as a whole (efficientnet_b4); empty: a frozen backbone"
    )
    backbone: str = choice("adclip-tiny", "frozen backbone below the heads, where no network is")
    weights: Path | None = choice(None, "file with weights for the network; empty: from scratch")
    size: int = choice(
        0, "side of the input, pixels; 0: 384, or what the backbone is for", low=0, high=1024
    )
    folds: int = choice(
        5, "networks, each judged on its own fold; 1: a fifth is held out", low=1, high=20
    )
    epochs: int = choice(70, "at most", low=1, high=1000)
    patience: int = choice(
        20, "epochs without a better macro F1 until it stops; 0: never", low=0, high=1000
    )
    batch: int = choice(32, "pictures of one step", low=1, high=1024)
    optimizer: str = choice(
        "adamw", "adamw, adadelta (the contest's), adam, radam or sgd", options=OPTIMIZERS
    )
    learning_rate: float = choice(0.0, "0: the optimizer's usual one", low=0.0, high=10.0)
    weight_decay: float = choice(0.0, "of the optimizer", low=0.0, high=1.0)
    weighting: str = choice(
        "none", "none, root or balanced: how much more rare labels count", options=WEIGHTINGS
    )
    smoothing: float = choice(0.0, "label smoothing", low=0.0, high=0.5)
    drop_path: float = choice(0.2, "stochastic depth of a network", low=0.0, high=0.9)
    turn: float = choice(0.0, "pictures are turned by up to so many degrees", low=0.0, high=180.0)
    second_turn: float = choice(
        0.0, "and then by 0 to so many; the contest took 45 and 80", low=0.0, high=180.0
    )
    flips: bool = choice(True, "pictures are mirrored both ways")
    no_flips: str = choice("metal_nut", "products that are not mirrored, joined by +")
    no_turns: str = choice("", "products that are not turned, joined by +")
    views: int = choice(
        4, "views of each picture that a frozen backbone looks at; 1: as it is", low=1, high=64
    )
    product: str = choice("", "the only product that may pass; empty: any that it has learned")
