"""Which of ONNX Runtime's providers runs a graph: the CPU, or TensorRT where it is to be had."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from model.errors import ModelError
from model.export.packages import need, version_of

Provider = Literal["cpu", "tensorrt"]

_CPU = "CPUExecutionProvider"
_CUDA = "CUDAExecutionProvider"
_TENSORRT = "TensorrtExecutionProvider"


class NoTensorRt(ModelError):
    """TensorRT cannot be used on this computer; the sentence says what it lacks."""


def check_tensorrt() -> None:
    """Refuse where ONNX Runtime does not come with TensorRT.

    Raises:
        NoTensorRt: It does not.
        MissingPackage: ONNX Runtime is not installed.
    """
    runtime: Any = need("onnxruntime")
    known = runtime.get_available_providers()
    if _TENSORRT not in known:
        name = _installed()
        raise NoTensorRt(
            f"TensorRT cannot be used here: {name} comes without it. On a computer with an NVIDIA "
            "GPU install NVIDIA's TensorRT and the package onnxruntime-gpu in place of "
            "onnxruntime."
        )


def session_of(path: Path, threads: int, provider: Provider) -> Any:
    """Return ONNX Runtime's session of a file.

    Args:
        path: The file.
        threads: Threads of the CPU; 0 for as many as there are cores.
        provider: "tensorrt" keeps its engines in a folder beside the file, since it takes minutes
            to build them.

    Raises:
        ModelError: ONNX Runtime is missing or refuses the file.
        NoTensorRt: TensorRT is asked for and does not run it.
    """
    runtime: Any = need("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    # Errors reach the caller as exceptions; warnings speak of the graph's insides.
    options.log_severity_level = 3
    if provider == "tensorrt":
        check_tensorrt()
    try:
        session = runtime.InferenceSession(str(path), options, providers=_providers(path, provider))
    except Exception as error:
        # The runtime's own exceptions have no common base but Exception.
        raise ModelError(f"ONNX Runtime cannot use {path}: {error}.") from error
    if provider == "tensorrt" and session.get_providers()[:1] != [_TENSORRT]:
        # it goes on with the CPU by itself where a library does not load
        raise NoTensorRt(
            f"TensorRT cannot be used here: {_installed()} could not start it. Check that "
            "the versions of the GPU's driver, CUDA and TensorRT fit it."
        )
    return session


def engine_folder(path: Path) -> Path:
    """Return where TensorRT keeps what it built for a file."""
    return path.with_suffix(".tensorrt")


def _providers(path: Path, provider: Provider) -> list[Any]:
    if provider == "cpu":
        return [_CPU]
    settings = {
        "trt_engine_cache_enable": True,
        "trt_engine_cache_path": str(engine_folder(path)),
        "trt_timing_cache_enable": True,
        "trt_timing_cache_path": str(engine_folder(path)),
        "trt_fp16_enable": False,
    }
    # both in full float32: the shortened products of TF32 would leave parity
    return [(_TENSORRT, settings), (_CUDA, {"use_tf32": 0}), _CPU]


def _installed() -> str:
    for name in ("onnxruntime-gpu", "onnxruntime"):
        if version := version_of(name):
            return f"{name} {version}"
    return "ONNX Runtime"
