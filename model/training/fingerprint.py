"""What a run's numbers depend on, so that a resume can tell another run from its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from model.errors import CheckpointError
from model.training.config import LoopConfig
from model.training.trainee import Trainee

_NO_MATTER = ("folder", "cache_bytes", "disk_bytes", "workers", "resume", "keep_epochs")


def settings(config: LoopConfig, trainee: Trainee) -> dict[str, Any]:
    """Return all choices that the numbers depend on, as JSON values.

    The number of epochs counts only where the learning rate depends on it: a run at a constant
    rate may be made longer.
    """
    values = {name: value for name, value in asdict(config).items() if name not in _NO_MATTER}
    if config.schedule == "constant" and config.warm_up == 0:
        del values["epochs"]
    values["weights of the losses"] = dict(trainee.weights)
    values["rates of the parameters"] = {name: trainee.rate(name) for name in trainee.trained()}
    values["class names"] = list(trainee.class_names)
    values["trained parameters"] = {n: list(p.shape) for n, p in trainee.trained().items()}
    return dict(json.loads(json.dumps(values)))


def frozen_hash(trainee: Trainee, precision: str) -> str:
    """Return a hash of all that frozen features depend on beside the picture, 32 hex digits.

    Args:
        trainee: Its frozen parameters, detector and configuration count.
        precision: In which the features are computed.
    """
    sums = hashlib.blake2b(digest_size=16)
    detector = trainee.detector
    facts = {"kind": detector.kind, "config": detector.config(), "precision": precision}
    sums.update(json.dumps(facts, sort_keys=True, default=str).encode())
    for name, weight in sorted(trainee.named_parameters()):
        if not weight.requires_grad:
            sums.update(f"{name}{tuple(weight.shape)}{weight.dtype}".encode())
            sums.update(_content(weight))
    return sums.hexdigest()


def joint_hash(digests: Mapping[Any, str]) -> str:
    """Return one hash for the digests of many examples, in the order of their keys."""
    lines = "\n".join(f"{key} {digests[key]}" for key in sorted(digests))
    return hashlib.blake2b(lines.encode(), digest_size=16).hexdigest()


def check_same_run(stored: Mapping[str, Any], own: Mapping[str, Any], folder: object) -> None:
    """Compare what a state says of its run with this one.

    Raises:
        CheckpointError: They differ; the message names the first difference.
    """
    for name in sorted(stored.keys() | own.keys()):
        if stored.get(name) != own.get(name):
            raise CheckpointError(
                f"The training state in {folder} is of a run with {_difference(name, stored, own)}"
                "; choose another folder, or the same options to go on with it."
            )


def _difference(name: str, stored: Mapping[str, Any], own: Mapping[str, Any]) -> str:
    if name == "data":
        return "other pictures"
    if name == "frozen":
        return "another backbone or detector"
    was, now = stored.get(name), own.get(name)
    words = name.replace("_", " ")
    if isinstance(was, int | float | str) and isinstance(now, int | float | str):
        return f"{words} {was} instead of {now}"
    return f"other {words}"


def _content(weight: Tensor) -> memoryview:
    flat = weight.detach().cpu().contiguous().flatten()
    return flat.view(torch.uint8).numpy().data
