"""What came of loading a candidate in a throw-away process."""

from __future__ import annotations

from dataclasses import dataclass

from model.types import CheckpointInfo


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Whether a checkpoint can be put to use, and what it costs.

    Attributes:
        ok: It was loaded and has judged a picture.
        sentence: What is wrong and what to do, or that nothing is.
        info: What its header says; None if that cannot be understood.
        load_s: Time to load it, seconds; 0 unless it was.
        model_ms: Time to judge one picture once it is warm, milliseconds; 0 unless it did.
        memory_mb: What the process grew by, 10^6 bytes, on a GPU what it holds there.
        problem: Stable code: "", "file", "format", "code", "values", "fit", "backbone",
            "memory", "time", "died", "model", "cancelled".
    """

    ok: bool
    sentence: str
    info: CheckpointInfo | None = None
    load_s: float = 0.0
    model_ms: float = 0.0
    memory_mb: float = 0.0
    problem: str = ""
