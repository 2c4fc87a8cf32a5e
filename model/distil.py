"""Making a teacher for EfficientAD: a small network learns what a large one says of each patch.

EfficientAD (Batzner, Heckler and Koenig, WACV 2024), appendix A.2.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save as bytes_of
from torch import Tensor

from model.atomic import whole_file
from model.backbones import backbones_at
from model.checkpoint_header import TEACHER_KEY
from model.detectors.efficient_ad import input_of
from model.device import choose_device, enough_memory
from model.distil_pictures import Pictures
from model.distil_state import State
from model.distil_target import Target, make_target
from model.errors import CheckpointError, ModelError
from model.layers.pdn import SIZES, Pdn
from model.learning.watch import Watch, epoch_of
from model.weight_file import file_sha256, is_finite

FITTED_CLIP, FITTED_RESNET = 64, 10_000
_WEIGHT_DECAY = 1e-5
_SLOWING = 0.2
_NOTES = 20


@dataclass(frozen=True, slots=True)
class DistilConfig:
    """How to make a teacher.

    Attributes:
        out: The weight file, ending in .safetensors.
        size: Key of `model.layers.pdn.SIZES`.
        images: Folder of pictures; None draws procedural products.
        target: Name of the large network.
        target_file: Its weights; None looks in the folders.
        steps: Training steps; the paper takes 60,000.
        batch: Pictures of one step; the paper takes 16.
        pictures: Different pictures at most.
        learning_rate: Of Adam; 0 takes that of the size.
        seed: Of weights, order and procedural pictures.
        device: "auto", "cpu" or "cuda".
        folders: Where the large network is looked for.
    """

    out: Path
    size: str = "xs"
    images: Path | None = None
    target: str = "adclip-tiny"
    target_file: Path | None = None
    steps: int = 2000
    batch: int = 4
    pictures: int = 500
    learning_rate: float = 0.0
    seed: int = 0
    device: str = "auto"
    folders: tuple[Path, ...] = ()

    @property
    def fingerprint(self) -> str:
        """What a state must agree with to be gone on from."""
        values = asdict(self)
        kept = {key: str(value) for key, value in values.items() if key not in _INDIFFERENT}
        return json.dumps(kept, sort_keys=True)


_INDIFFERENT = frozenset({"out", "device", "folders"})


@dataclass(frozen=True, slots=True)
class Distilled:
    """A finished teacher.

    Attributes:
        file: Its weights.
        sha256: Hash of the file.
        size: Of the network.
        target: What it learned from.
        pictures: Different pictures seen.
        steps: Training steps.
        loss: Mean squared error of the last twentieth; 1 says nothing, 0 is the large network.
        resumed: Step from which this run went on; 0 for none.
    """

    file: Path
    sha256: str
    size: str
    target: str
    pictures: int
    steps: int
    loss: float
    resumed: int


def distil(config: DistilConfig, watch: Watch) -> Distilled:
    """Make a teacher; a run that was ended goes on where it last noted its state.

    The file appears whole or not at all; the state beside it goes when the file is there.

    Raises:
        CheckpointError: The large network is missing or damaged, or the file cannot be written.
        ModelError: A picture cannot be used, or the training runs away.
        TeachingCancelled: The watch said so; the state stays.
    """
    if config.out.suffix != ".safetensors":
        raise CheckpointError(f"The teacher {config.out} must be a file ending in .safetensors.")
    where = choose_device(config.device)
    with torch.random.fork_rng(), enough_memory(where, "distilling a teacher"):
        torch.manual_seed(config.seed)
        run = _Run(config, where)
        run.begin(watch)
        loss = run.train(watch)
    _save(run.student, config, run.target)
    run.state.remove()
    return Distilled(
        config.out,
        file_sha256(config.out),
        config.size,
        config.target,
        len(run.pictures),
        config.steps,
        loss,
        run.resumed,
    )


class _Run:
    """One run: networks, pictures and state."""

    def __init__(self, config: DistilConfig, where: torch.device) -> None:
        shape = SIZES[config.size]
        self.config, self.where = config, where
        self.target: Target = make_target(
            config.target, config.target_file, backbones_at(config.folders), shape.features
        )
        self.target.to(where)
        self.pictures = Pictures.of(config.images, config.pictures, config.seed)
        self.student = Pdn(config.size, shape.features, padding=True).to(where)
        rate = config.learning_rate or shape.learning_rate
        self.optimizer = torch.optim.Adam(
            self.student.parameters(), rate, weight_decay=_WEIGHT_DECAY
        )
        self.rate = rate
        self.state = State(config.out, config.fingerprint)
        self.resumed = 0
        self._inputs = self.pictures.inputs(input_of(256))
        self._targets: dict[int, Tensor] = {}
        self._room = 1 << 30

    def begin(self, watch: Watch) -> None:
        """Fit the target, or take up what an earlier run noted."""
        noted = self.state.read()
        if noted is not None:
            self.student.load_state_dict(noted["student"])
            self.optimizer.load_state_dict(noted["optimizer"])
            self._take_fit(noted["fit"])
            self.resumed = int(noted["step"])
            return
        is_resnet = "directions" not in self.target.state_dict()
        count = min(len(self.pictures), FITTED_RESNET if is_resnet else FITTED_CLIP)
        self.target.fit(self._large(range(count), watch))

    def _take_fit(self, fit: dict[str, Tensor]) -> None:
        own = self.target.state_dict()
        for key, value in fit.items():
            own[key].copy_(value)

    def _fit(self) -> dict[str, Tensor]:
        keys = ("centre", "spread", "directions", "middle")
        return {key: value for key, value in self.target.state_dict().items() if key in keys}

    def _large(self, numbers: Sequence[int], watch: Watch) -> Iterator[Tensor]:
        """Yield the large network's inputs, (1, 3, S, S)."""
        for done, number in enumerate(numbers, 1):
            yield self.pictures.input(number, self.target.preprocess).to(self.where)
            watch.step("features", done, len(numbers))

    def train(self, watch: Watch) -> float:
        """Take all steps that are left; return the mean loss of the last twentieth."""
        config = self.config
        every = max(1, config.steps // _NOTES)
        losses: list[float] = []
        last = None
        for step in range(self.resumed, config.steps):
            self._set_rate(step)
            losses.append(self._step(step))
            done = step + 1
            if done % every == 0 or done == config.steps:
                mean = float(np.mean(losses[-every:]))
                if not np.isfinite(mean):
                    raise ModelError("The training ran away; give a smaller --learning-rate.")
                last = epoch_of(-(-done // every), self._rate(step), {"total": mean}, 0.0)
                self._note(done)
            watch.step("training", done, config.steps, -(-done // every), last)
        return float(np.mean(losses[-every:])) if losses else 0.0

    def _rate(self, step: int) -> float:
        """Return the rate of a step: even, then falling to a tenth over the last fifth."""
        left = (self.config.steps - step) / self.config.steps
        return self.rate * max(0.1, min(1.0, left / _SLOWING))

    def _set_rate(self, step: int) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate(step)

    def _step(self, step: int) -> float:
        numbers = self.pictures.drawn(step, self.config.batch)
        images = torch.cat([self._inputs(number) for number in numbers]).to(self.where)
        wanted = torch.cat([self._wanted(number) for number in numbers]).to(self.where).float()
        said: Tensor = self.student(images)
        grid = (int(said.shape[2]), int(said.shape[3]))
        if tuple(wanted.shape[2:]) != grid:
            wanted = F.interpolate(wanted, size=grid, mode="bilinear", align_corners=False)
        loss = F.mse_loss(said, wanted)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return float(loss.detach())

    def _wanted(self, number: int) -> Tensor:
        """Return (1, C, g, g) float16; kept while a gigabyte suffices."""
        kept = self._targets.get(number)
        if kept is None:
            large = self.pictures.input(number, self.target.preprocess)
            with torch.no_grad():
                kept = self.target(large.to(self.where)).half().cpu()
            if kept.nbytes <= self._room:
                self._targets[number] = kept
                self._room -= kept.nbytes
        return kept

    def _note(self, step: int) -> None:
        content: dict[str, Any] = {
            "step": step,
            "student": self.student.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "fit": self._fit(),
        }
        self.state.write(content)


def _save(student: Pdn, config: DistilConfig, target: Target) -> None:
    state = {key: value.detach().cpu().contiguous() for key, value in student.state_dict().items()}
    for key, value in state.items():
        if not is_finite(value):
            raise CheckpointError(f"{key} is not finite; {config.out} was not written.")
    facts = {
        "size": config.size,
        "target": target.facts,
        "steps": config.steps,
        "batch": config.batch,
        "pictures": config.pictures,
        "images": "procedural" if config.images is None else config.images.name,
        "seed": config.seed,
    }
    # one entry alone: the library writes several in any order, and the hash would change
    data = bytes_of(state, {TEACHER_KEY: json.dumps(facts)})
    try:
        with whole_file(config.out) as part:
            part.write_bytes(data)
    except OSError as error:
        raise CheckpointError(
            f"Cannot write the teacher {config.out}: {error.strerror or error}."
        ) from error
