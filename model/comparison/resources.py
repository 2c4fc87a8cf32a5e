"""What a process takes of the machine while it works: memory, GPU, and what others take."""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import torch

from model.device import memory

log = logging.getLogger(__name__)
_PAUSE_S = 0.1
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Resources:
    """What a stretch of work took; None where the system does not tell.

    Attributes:
        peak_ram_mib: Largest resident size of the whole process so far, program included.
        gpu_mib: Most GPU memory that torch held.
        gpu_total_mib: Most GPU memory of this process by the driver, its own context included.
        gpu_use: Mean share of the time in which the GPU computed, 0 to 1.
        gpu_use_peak: Highest sample of it.
        others: Share of all processor cores that other programs took meanwhile, 0 to 1.
    """

    peak_ram_mib: float | None = None
    gpu_mib: float | None = None
    gpu_total_mib: float | None = None
    gpu_use: float | None = None
    gpu_use_peak: float | None = None
    others: float | None = None


class Sampler:
    """Watches the process between `with` and its end; then `resources` says what it took.

    Args:
        device: Where the work runs.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._gpu = _Gpu.of(device)
        self._use: list[float] = []
        self._held: list[float] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="resources")
        self.resources = Resources()

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._clock = _Clock()
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
        if self._gpu is not None:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, and sum up."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()
        is_cuda = self._device.type == "cuda"
        self.resources = Resources(
            peak_ram_mib=peak_ram_mib(),
            gpu_mib=memory(self._device).peak / _MIB if is_cuda else None,
            gpu_total_mib=max(self._held, default=None),
            gpu_use=sum(self._use) / len(self._use) if self._use else None,
            gpu_use_peak=max(self._use, default=None),
            others=self._clock.others(),
        )
        if self._gpu is not None:
            self._gpu.close()

    def _run(self) -> None:
        gpu = self._gpu
        while gpu is not None and not self._ended.wait(_PAUSE_S):
            use, held = gpu.sample()
            if use is not None:
                self._use.append(use)
            if held is not None:
                self._held.append(held)


class _Clock:
    """Processor time of this process and of the whole machine since it was made."""

    def __init__(self) -> None:
        self._own, self._busy, self._all = self._read()

    @staticmethod
    def _read() -> tuple[float, float, float]:
        own = psutil.Process().cpu_times()
        every = psutil.cpu_times()
        whole = float(sum(every)) - getattr(every, "guest", 0.0)
        idle = every.idle + getattr(every, "iowait", 0.0)
        return own.user + own.system, whole - idle, whole

    def others(self) -> float | None:
        """Return the share of the machine's cores that other programs took."""
        own, busy, every = self._read()
        spent = every - self._all
        if spent <= 0:
            return None
        return min(1.0, max(0.0, (busy - self._busy - own + self._own) / spent))


class _Gpu:
    """One GPU as its driver sees it, through NVIDIA's management library (NVML).

    Args:
        device: The GPU.
        nvml: The module `pynvml`, initialised.
    """

    def __init__(self, device: torch.device, nvml: Any) -> None:
        self._device, self._nvml = device, nvml

    @classmethod
    def of(cls, device: torch.device) -> _Gpu | None:
        """Return the GPU of a device; None for the CPU and where the library cannot be used."""
        if device.type != "cuda":
            return None
        try:
            # late: only machines with such a GPU need it
            import pynvml

            pynvml.nvmlInit()
        except ImportError:
            log.info("nvidia-ml-py is not installed; the GPU's use is not measured")
            return None
        except pynvml.NVMLError as error:
            log.info("NVML cannot be used (%s); the GPU's use is not measured", error)
            return None
        return cls(device, pynvml)

    def sample(self) -> tuple[float | None, float | None]:
        """Return the share of the time in which it computed, and this process's MiB.

        Some drivers and virtual GPUs tell only one of the two; what is not told is None.
        """
        use: float | None = None
        held: float | None = None
        with suppress(self._nvml.NVMLError, RuntimeError):
            use = torch.cuda.utilization(self._device) / 100
        with suppress(self._nvml.NVMLError, RuntimeError):
            held = self._held()
        return use, held

    def _held(self) -> float | None:
        name = f"GPU-{torch.cuda.get_device_properties(self._device).uuid}"
        handle = self._nvml.nvmlDeviceGetHandleByUUID(name)
        for one in self._nvml.nvmlDeviceGetComputeRunningProcesses(handle):
            if one.pid == os.getpid() and one.usedGpuMemory is not None:
                return float(one.usedGpuMemory) / _MIB
        return None

    def close(self) -> None:
        """Let the library go."""
        with suppress(self._nvml.NVMLError):
            self._nvml.nvmlShutdown()


def peak_ram_mib() -> float | None:
    """Return this process's largest resident size so far, MiB; None where it is not told.

    On Linux that of the program alone: `getrusage` would tell that of the process which
    started it, if that was larger.
    """
    status = Path("/proc/self/status")
    if sys.platform == "linux" and status.is_file():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    peak = memory(torch.device("cpu")).peak
    return peak / _MIB if peak else None
