"""The tensors of a TorchScript archive, read without running the program in it.

OpenAI publishes CLIP in this form, and `torch.jit.load` runs what such a file contains. Its
`data.pkl` is read here by an unpickler that knows tensors, containers and inert stand-ins for
the archive's own classes, and refuses everything else.
"""

from __future__ import annotations

import pickle
import struct
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.errors import CheckpointError

_TYPES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}
# what a damaged archive or pickle raises
_DAMAGE = (
    zipfile.BadZipFile,
    StopIteration,
    LookupError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    OSError,
    struct.error,
    zlib.error,
)


def is_torchscript(file: Path) -> bool:
    """True if a file is a zip archive with a program in it, as `torch.jit.save` writes."""
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def read_torchscript(file: Path) -> dict[str, Tensor]:
    """Return the archive's tensors under their dotted names, on the CPU.

    Raises:
        CheckpointError: The archive is damaged or asks for anything but tensors.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            name = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
            folder = name.removesuffix("data.pkl")
            with archive.open(name) as stream:
                root = _Reader(stream, lambda key: archive.read(f"{folder}data/{key}")).load()
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"The file {file} was not loaded, since reading it would run code ({error}); use "
            "the safetensors form of these weights."
        ) from error
    except _DAMAGE as error:
        raise CheckpointError(f"The file {file} is damaged; get it again.") from error
    tensors: dict[str, Tensor] = {}
    _collect(root, "", tensors)
    return tensors


class _Module:
    """Stands in for a class of the archive: keeps its attributes, does nothing."""

    def __init__(self, *_: object) -> None:
        self.state: object = None

    def __setstate__(self, state: object) -> None:
        self.state = state


class _Reader(pickle.Unpickler):
    def __init__(self, stream: Any, storage_bytes: Callable[[str], bytes]) -> None:
        super().__init__(stream)
        self._storage_bytes = storage_bytes
        self._storages: dict[str, Tensor] = {}

    def find_class(self, module: str, name: str) -> Any:
        """Return one of the few harmless things a model needs."""
        if module == "__torch__" or module.startswith("__torch__."):
            return _Module
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        if module == "torch.jit._pickle" and name.startswith("build_"):
            return list
        known = {
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("torch.jit._pickle", "restore_type_tag"): _first,
            ("torch", "device"): str,
            ("collections", "OrderedDict"): OrderedDict,
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return known[module, name]

    def persistent_load(self, pid: Any) -> Tensor:
        """Return a storage, flat, of ("storage", type, key, place, count)."""
        kind, dtype, key, _, count = pid
        if kind != "storage" or not isinstance(dtype, torch.dtype):
            raise pickle.UnpicklingError("it asks for an unknown storage")
        if key not in self._storages:
            content = bytearray(self._storage_bytes(key))
            flat = torch.frombuffer(content, dtype=dtype) if count else torch.empty(0, dtype=dtype)
            self._storages[key] = flat
        return self._storages[key]


def _tensor(storage: Tensor, offset: int, size: Any, stride: Any, *_: object) -> Tensor:
    # as_strided refuses what lies outside the storage
    return storage.as_strided(tuple(size), tuple(stride), offset)


def _first(value: object, *_: object) -> object:
    return value


def _collect(part: object, prefix: str, tensors: dict[str, Tensor]) -> None:
    """Put the tensors of a module tree into `tensors` by their dotted names."""
    state = part.state if isinstance(part, _Module) else None
    for name, value in state.items() if isinstance(state, dict) else ():
        if isinstance(value, Tensor):
            tensors[f"{prefix}{name}"] = value
        else:
            _collect(value, f"{prefix}{name}.", tensors)
