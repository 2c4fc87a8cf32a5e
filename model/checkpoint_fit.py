"""Whether a checkpoint's tensors go with what its header says of prompts and backbone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.checkpoint_header import Header
from model.errors import CheckpointError, Misfit

Shapes = Mapping[str, tuple[int, ...]]
_CONTEXTS = ("ctx_pos", "ctx_neg")
_DEEP = "compound_prompts_text.0"


@dataclass(frozen=True, slots=True)
class PromptSizes:
    """How long learned prompts are.

    Attributes:
        n_ctx: Learned words of a prompt.
        t_n_ctx: Learned words in the deeper blocks of the text tower; None without any.
        width: Size of a word.
    """

    n_ctx: int
    t_n_ctx: int | None
    width: int


def prompt_sizes(shapes: Shapes) -> PromptSizes | None:
    """Return the sizes that tensors have; None if there are no prompts, or none of that form.

    Args:
        shapes: Sizes of every tensor by name.
    """
    context = next((shape for key, shape in shapes.items() if _last(key) == _CONTEXTS[0]), ())
    if len(context) != 4:
        return None
    deep = next((shape for key, shape in shapes.items() if key.endswith(_DEEP)), ())
    return PromptSizes(context[2], deep[0] if len(deep) == 2 else None, context[3])


def check_prompts(path: Path, header: Header, shapes: Shapes) -> None:
    """Compare the prompts' lengths with those that the header names.

    Raises:
        CheckpointError: They are others.
    """
    found, said = prompt_sizes(shapes), _said(header)
    if found is None:
        return
    pairs = (("n_ctx", found.n_ctx), ("t_n_ctx", found.t_n_ctx))
    for name, length in pairs:
        if length is not None and said.get(name, length) != length:
            raise Misfit(
                f"The checkpoint {path} cannot be used: its prompts have {name} {length}, but its "
                f"header says {said[name]!r}; get the right file."
            )
    _check_twins(path, shapes)


def check_backbone(path: Path, name: str, text_width: int, shapes: Shapes) -> None:
    """Compare the prompts' width with that of the backbone's text tower.

    Args:
        path: For the sentence.
        name: The backbone that the checkpoint names.
        text_width: Of its text tower.
        shapes: Sizes of every tensor by name.

    Raises:
        CheckpointError: They were learned on another backbone.
    """
    found = prompt_sizes(shapes)
    if found is not None and found.width != text_width:
        raise Misfit(
            f"The checkpoint {path} was made for another backbone: its prompts have width "
            f"{found.width}, but {name} takes {text_width}; get the right file."
        )


@contextmanager
def usable(path: Path, causes: tuple[type[Exception], ...]) -> Iterator[None]:
    """Name the file in what goes wrong inside, if it is not named yet.

    Args:
        path: The checkpoint.
        causes: What a file's content can raise besides `CheckpointError`; becomes one.

    Raises:
        CheckpointError: Instead of the inner error.
    """
    try:
        yield
    except CheckpointError as error:
        text = str(error)
        if str(path) in text:
            raise
        # a detector says what does not fit without knowing of files
        kind = Misfit if type(error) is CheckpointError else type(error)
        raise kind(f"The checkpoint {path} cannot be used: {text[:1].lower()}{text[1:]}") from error
    except causes as error:
        raise Misfit(
            f"The checkpoint {path} cannot be used: its content contradicts its header; "
            "get the file again."
        ) from error


def _check_twins(path: Path, shapes: Shapes) -> None:
    """Refuse a normal and an anomalous prompt of different sizes."""
    found = {_last(key): shape for key, shape in shapes.items() if _last(key) in _CONTEXTS}
    if len(set(found.values())) > 1:
        raise Misfit(
            f"The checkpoint {path} cannot be used: its normal and its anomalous prompts differ "
            "in size (n_ctx); get the right file."
        )


def _said(header: Header) -> dict[str, Any]:
    config = header.config.get("base", header.config)
    prompts = config.get("prompts") if isinstance(config, dict) else None
    return prompts if isinstance(prompts, dict) else {}


def _last(key: str) -> str:
    return key.rpartition(".")[2]
