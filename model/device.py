"""Where the network runs, in which precision, with how much memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch

from model.errors import ModelError, OutOfMemory

PRECISIONS = {"float32": None, "float16": torch.float16, "bfloat16": torch.bfloat16}
_CPU_WORDS = ("can't allocate memory", "not enough memory", "alloc_cpu")


@dataclass(frozen=True, slots=True)
class DeviceMemory:
    """Memory of a device in bytes; on the CPU that of the machine and of this process.

    Attributes:
        used: Held by this process (CUDA: reserved by torch).
        peak: Highest `used` so far.
        free: Available now, 0 if unknown.
        total: Of the device, 0 if unknown.
    """

    used: int
    peak: int
    free: int
    total: int


def choose_device(wish: str = "auto") -> torch.device:
    """Return the device for "auto", "cpu", "cuda" or "cuda:N"; auto is CUDA, else the CPU.

    Raises:
        ModelError: The wish is unknown, or there is no such device.
    """
    kind, _, number = wish.partition(":")
    if wish == "auto":
        return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")
    if wish == "cpu":
        return torch.device("cpu")
    if kind != "cuda" or (number and not number.isdecimal()):
        raise ModelError(f"No device is called {wish!r}; use auto, cpu, cuda or cuda:N.")
    index = int(number or 0)
    if not torch.cuda.is_available():
        raise ModelError(f"Device {wish} is not there: torch finds no CUDA GPU; use auto or cpu.")
    if index >= torch.cuda.device_count():
        raise ModelError(f"Device {wish} is not there; choose cuda:0 up to the last GPU, or cpu.")
    return torch.device("cuda", index)


def device_name(device: torch.device) -> str:
    """Return a name for people: "cpu (2 threads)" or "cuda:0 (NVIDIA ...)"."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return f"cpu ({torch.get_num_threads()} threads)"


def precision(device: torch.device, name: str = "float32") -> AbstractContextManager[object]:
    """Return the context in which a network runs in a precision.

    float32 is the reference's and the default everywhere: a stored picture then gives its
    score again. The half precisions save time on GPUs (the map moves by about 2e-3) and cost
    time on CPUs without matrix units, so they are refused there.

    Raises:
        ModelError: The name is unknown or does not suit the device.
    """
    if name not in PRECISIONS:
        raise ModelError(f"No precision is called {name!r}; use {', '.join(PRECISIONS)}.")
    dtype = PRECISIONS[name]
    if dtype is None:
        return nullcontext()
    if device.type != "cuda":
        raise ModelError(f"Precision {name} needs a CUDA GPU; use float32 on the CPU.")
    return torch.autocast(device.type, dtype)


@contextmanager
def enough_memory(device: torch.device, what: str) -> Iterator[None]:
    """Turn a failed allocation inside into a sentence.

    Args:
        device: Where the work runs; its cache is emptied after a failure.
        what: What was tried, for the message: "judging a 4096 x 256 image".

    Raises:
        OutOfMemory: The device has too little memory.
    """
    try:
        yield
    except (RuntimeError, MemoryError, ModelError) as error:
        if not _is_out_of_memory(error) and not _is_out_of_memory(error.__cause__):
            raise
        if device.type == "cuda":
            torch.cuda.empty_cache()
        raise OutOfMemory(
            f"The memory of {device} does not suffice for {what}; use a smaller image size or "
            "batch, or end other programs."
        ) from error


def _is_out_of_memory(error: BaseException | None) -> bool:
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return any(words in str(error) for words in _CPU_WORDS)


def is_device_lost(error: BaseException) -> bool:
    """True if a CUDA error has spoilt the process: only a new process can use the GPU again."""
    return isinstance(error, torch.AcceleratorError)


def memory(device: torch.device) -> DeviceMemory:
    """Return the memory numbers of a device."""
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        used = torch.cuda.memory_reserved(device)
        return DeviceMemory(used, torch.cuda.max_memory_reserved(device), free, total)
    used, peak = _process_memory()
    free, total = _machine_memory()
    return DeviceMemory(used, peak, free, total)


def _machine_memory() -> tuple[int, int]:
    """Return available and total bytes; zeros where the system does not tell."""
    if sys.platform == "win32" or "SC_AVPHYS_PAGES" not in os.sysconf_names:
        return 0, 0
    page = os.sysconf("SC_PAGE_SIZE")
    return page * os.sysconf("SC_AVPHYS_PAGES"), page * os.sysconf("SC_PHYS_PAGES")


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _Counters(ctypes.Structure):
        """PROCESS_MEMORY_COUNTERS of psapi."""

        _fields_ = [
            ("cb", wintypes.DWORD),
            ("page_faults", wintypes.DWORD),
            ("peak_working_set", ctypes.c_size_t),
            ("working_set", ctypes.c_size_t),
            ("rest", ctypes.c_size_t * 6),
        ]

    def _process_memory() -> tuple[int, int]:
        """Return the process's bytes in memory now, and at most so far."""
        counters = _Counters()
        counters.cb = ctypes.sizeof(counters)
        process = ctypes.windll.kernel32.GetCurrentProcess
        process.restype = wintypes.HANDLE
        query = ctypes.windll.psapi.GetProcessMemoryInfo
        query.argtypes = [wintypes.HANDLE, ctypes.POINTER(_Counters), wintypes.DWORD]
        query(process(), ctypes.byref(counters), counters.cb)
        return counters.working_set, counters.peak_working_set

else:
    import resource
    from pathlib import Path

    def _process_memory() -> tuple[int, int]:
        """Return the process's bytes in memory now, and at most so far."""
        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        status = Path("/proc/self/status")
        if not status.is_file():
            return peak, peak
        # Linux's ru_maxrss begins with what the parent had when it started this process
        lines = (line.split() for line in status.read_text(encoding="utf-8").splitlines())
        sizes = {words[0]: int(words[1]) * 1024 for words in lines if words[-1:] == ["kB"]}
        used = sizes.get("VmRSS:", peak)
        return used, max(used, sizes.get("VmHWM:", used))
