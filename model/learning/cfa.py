"""CFA learned from good pictures: centres from their mean, then a short training."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from sklearn.cluster import KMeans
from torch import Tensor

from model.backbones import Backbones
from model.calibration import of_predictions
from model.detectors.cfa import Cfa, Descriptor
from model.device import choose_device, enough_memory
from model.images import Picture
from model.layers.feature_levels import FeatureLevels
from model.learning.choices import choice
from model.learning.learner import Learned
from model.learning.material import Material
from model.learning.watch import Watch, epoch_of
from model.predictor import predict_with
from model.preprocess import Preprocess
from model.teaching import checked
from model.tiling import plan_tiles
from model.training.config import Epoch

_HARD = 3
_MARGIN = 0.1
_SCALE = 1000.0
_MOST_BYTES = 1 << 30
Cells = Callable[[int], Tensor]


@dataclass(frozen=True, slots=True)
class CfaChoices:
    """What can be chosen; the names of the paper in brackets."""

    backbone: str = choice(
        "adclip-tiny", "frozen network: a ResNet or a CLIP whose weights are here"
    )
    size: int = choice(
        0, "side of the network's input, pixels; 0 for its usual one", low=0, high=512
    )
    epochs: int = choice(10, "times that every picture is seen", low=0, high=200)
    rate: float = choice(1e-4, "learning rate of AdamW", low=1e-6, high=1.0)
    narrower: int = choice(2, "features by so much narrower (gamma_d)", low=1, high=16)
    fewer: int = choice(1, "centres by so much fewer than patches (gamma_c)", low=1, high=64)
    radius: float = choice(
        1e-5, "patches nearer than this to a centre are not drawn (r)", low=0, high=10
    )


class CfaLearner:
    """Draws normal patches to centres; see `model.learning.learner.Learner`."""

    choices = CfaChoices
    needs_defects = False

    def learn(
        self,
        material: Material,
        choices: CfaChoices,
        backbones: Backbones,
        device: str,
        watch: Watch,
    ) -> Learned:
        """Return the detector and limits from pictures held out."""
        known, held_out = material.good.split(0.25, least=2)
        where = choose_device(device)
        with enough_memory(where, "learning the product"), torch.random.fork_rng(devices=[]):
            found = backbones.load(choices.backbone)
            torch.manual_seed(material.seed)
            detector = _blank(found.module, choices).to(where)
            cells = _kept(detector, known)
            _set_centres(detector, known, cells, choices, watch)
            epochs = _trained(detector, known, cells, choices, watch)
            seen = []
            for number, picture in enumerate(held_out.checked(), 1):
                seen.append(predict_with(detector.eval(), detector.preprocess, where, picture))
                watch.step("limits", number, len(held_out))
        limits = of_predictions(seen, method=f"{len(seen)} normal images held out")
        return Learned(detector, limits, found.name, found.sha256, {}, epochs)


def _blank(backbone: torch.nn.Module, choices: CfaChoices) -> Cfa:
    levels = FeatureLevels(backbone)
    preprocess = Preprocess(levels.side(choices.size), levels.mean, levels.std)
    return Cfa(backbone, preprocess, max(1, sum(levels.channels) // choices.narrower), 1)


def _cells(detector: Cfa, picture: Picture) -> Tensor:
    """Return (T, D, h, w) of the tiles in which the picture will be judged."""
    tiles = [detector.preprocess(picture[t.window]) for t in plan_tiles(*picture.shape[:2])]
    with torch.no_grad():
        return torch.cat([detector.cells(one.to(detector.device)) for one in tiles])


def _kept(detector: Cfa, known: Material) -> Cells:
    """Return a way to the cells of a picture by number that keeps as many as a gigabyte holds."""
    size = _cells(detector, checked(known.pictures[0])).nbytes
    keep = lru_cache(maxsize=max(1, _MOST_BYTES // size))
    return keep(lambda number: _cells(detector, checked(known.pictures[number])))


def _set_centres(
    detector: Cfa, known: Material, cells: Cells, choices: CfaChoices, watch: Watch
) -> None:
    """Take the mean of every place before training as a centre, or k-means of those."""
    total = torch.zeros((), device=detector.device)
    for number in range(len(known)):
        with torch.no_grad():
            total = total + detector.descriptor(cells(number)).mean(0)
        watch.step("features", number + 1, len(known))
    centres = total / len(known)
    if choices.fewer > 1:
        count = max(1, len(centres) // choices.fewer)
        groups = KMeans(count, n_init=1, random_state=known.seed).fit(centres.cpu().numpy())
        centres = torch.from_numpy(groups.cluster_centers_).to(centres)
    detector.descriptor.centres, detector.n_shots = centres, len(known)


def _trained(
    detector: Cfa, known: Material, cells: Cells, choices: CfaChoices, watch: Watch
) -> tuple[Epoch, ...]:
    weights = detector.descriptor.convolution.parameters()
    optimizer = torch.optim.AdamW(weights, choices.rate, weight_decay=5e-4, amsgrad=True)
    rng, epochs = np.random.default_rng(known.seed), list[Epoch]()
    for number in range(1, choices.epochs + 1):
        begun, losses = time.monotonic(), []
        last = epochs[-1] if epochs else None
        for step, index in enumerate(rng.permutation(len(known)).tolist(), 1):
            loss = crowding_loss(detector.descriptor, cells(index), choices.radius)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(float(loss.detach()))
            done = (number - 1) * len(known) + step
            watch.step("training", done, choices.epochs * len(known), number, last)
        spent = time.monotonic() - begun
        epochs.append(epoch_of(number, choices.rate, {"total": float(np.mean(losses))}, spent))
    return tuple(epochs)


def crowding_loss(descriptor: Descriptor, cells: Tensor, radius: float) -> Tensor:
    """Return the loss of (B, D, h, w) cells: draw to near centres, push from the next ones."""
    apart = descriptor.nearest(descriptor(cells), 2 * _HARD)
    drawn = (apart[..., :_HARD] - radius**2).clamp_min(0).mean()
    pushed = (radius**2 - apart[..., _HARD:] - _MARGIN).clamp_min(0)
    return _SCALE * (drawn + (pushed.mean() if pushed.numel() else 0))


LEARNER = CfaLearner()
