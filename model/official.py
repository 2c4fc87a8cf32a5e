"""The prompt files of the AnomalyCLIP reference, `epoch_N.pth`, read and written."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from model.atomic import whole_file
from model.errors import CheckpointError, ForeignFile, Misfit
from model.layers.prompts import PromptLearner
from model.weight_file import fill, is_finite, read_tensors

KEY = "prompt_learner"
# float16 storage of a backbone moves its embeddings by this much
_EMBEDDING_TOLERANCE = 2e-3


def is_official(content: Mapping[str, Any]) -> bool:
    """True if a torch file's content has the reference's form."""
    return set(content) == {KEY} and isinstance(content[KEY], Mapping)


def read_official(file: Path) -> dict[str, Tensor]:
    """Return the prompt learner's tensors of an `epoch_N.pth`; no code in it is run.

    Raises:
        CheckpointError: The file is missing, damaged, holds code or has another form.
    """
    content = read_tensors(file)
    if not is_official(content):
        raise ForeignFile(f"The file {file} is no AnomalyCLIP prompt file (epoch_N.pth).")
    state = dict(content[KEY])
    if any(not isinstance(value, Tensor) for value in state.values()):
        raise CheckpointError(f"The file {file} holds more than tensors; get the right one.")
    return state


def learner_for(clip: nn.Module, file: Path) -> PromptLearner:
    """Return a prompt learner with the sizes and values of an `epoch_N.pth`.

    Raises:
        CheckpointError: As `read_official`, or the prompts were made for another backbone.
    """
    state = read_official(file)
    context, compound = state.get("ctx_pos"), state.get("compound_prompts_text.0")
    if context is None or context.ndim != 4 or (compound is not None and compound.ndim != 2):
        raise Misfit(f"The prompts {file} do not fit: ctx_pos is missing or misshaped.")
    depth = 1 + sum(key.startswith("compound_prompts_text.") for key in state)
    t_n_ctx = 0 if compound is None else compound.shape[0]
    if not 1 <= context.shape[2] <= 60 or t_n_ctx > context.shape[2]:
        raise Misfit(f"The prompts {file} do not fit: their length is out of range.")
    learner = PromptLearner(clip, context.shape[2], t_n_ctx, depth)
    fill_official(learner, clip, state, file)
    return learner


def fill_official(
    learner: PromptLearner, clip: nn.Module, state: Mapping[str, Tensor], file: Path
) -> None:
    """Put an `epoch_N.pth` state into a learner of the same sizes.

    Raises:
        CheckpointError: A tensor is missing, surplus, misshaped or not finite, or the words'
            embeddings in it are not those of `clip`; the learner is as before.
    """
    learner.take_token_embeddings(clip)
    complaint = f"The prompts {file} do not fit"
    own = learner.state_dict()
    for key in own.keys() & state.keys():
        if own[key].shape != state[key].shape:
            continue
        same_words = "tokenized" not in key or torch.equal(own[key], state[key].to(own[key]))
        if not same_words or ("token_" in key and not _is_near(own[key], state[key])):
            raise Misfit(
                f"{complaint}: they were made for another backbone or other words ({key})."
            )
    fill(learner, state, complaint)


def save_official(learner: PromptLearner, clip: nn.Module, file: Path) -> None:
    """Write an `epoch_N.pth` that the reference loads strictly; whole or not at all.

    Raises:
        CheckpointError: A value is not finite, or the file cannot be written.
    """
    state = official_state(learner, clip)
    for key, value in state[KEY].items():
        if not is_finite(value):
            raise CheckpointError(f"{key} is not finite; the prompts {file} were not written.")
    content = io.BytesIO()
    torch.save(state, content)
    try:
        with whole_file(file) as part:
            part.write_bytes(content.getvalue())
    except OSError as error:
        raise CheckpointError(
            f"Cannot write the prompts {file}: {error.strerror or error}."
        ) from error


def official_state(learner: PromptLearner, clip: nn.Module) -> dict[str, dict[str, Tensor]]:
    """Return the content of an `epoch_N.pth`: {"prompt_learner": copies on the CPU}."""
    learner.take_token_embeddings(clip)
    return {KEY: {k: value.detach().cpu().clone() for k, value in learner.state_dict().items()}}


def _is_near(own: Tensor, other: Tensor) -> bool:
    other = other.to(own)
    if not torch.isfinite(other).all():
        return True
    scale = float(own.abs().max()) if own.numel() else 0.0
    return torch.allclose(own, other, rtol=0.0, atol=_EMBEDDING_TOLERANCE * max(scale, 1e-6))
