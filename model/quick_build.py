"""Backbones without random weights, where the file fills them right after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

from torch.overrides import TorchFunctionMode

_INITIALISERS = "torch.nn.init"
_wanted: ContextVar[bool] = ContextVar("quick backbones", default=False)


class _Unfilled(TorchFunctionMode):
    """Passes every call on but those that draw a tensor's first values."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if getattr(func, "__module__", "") == _INITIALISERS:
            return args[0] if args else (kwargs or {})["tensor"]
        return func(*args, **(kwargs or {}))


@contextmanager
def quick_backbones() -> Iterator[None]:
    """Let `model.backbone.load_clip` inside draw no first weights, in this thread alone.

    Of ViT-L-14-336 that is 428 million numbers, which the file replaces at once. Random numbers
    that are drawn afterwards are others than without it, so what learns from a seed does not
    use it.
    """
    token = _wanted.set(True)
    try:
        yield
    finally:
        _wanted.reset(token)


def first_weights() -> AbstractContextManager[object]:
    """Return the context in which a backbone is built that a file fills to the last weight."""
    return _Unfilled() if _wanted.get() else nullcontext()
