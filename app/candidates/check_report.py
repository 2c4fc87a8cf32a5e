"""What came of loading a candidate in a throw-away process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.candidates.info_json import info_from_json, info_to_json
from app.i18n import N_, tr
from model.types import CheckpointInfo

DIED, TIME, CANCELLED, BUG = "died", "time", "cancelled", "bug"
MEMORY, MODEL, DUMB = "memory", "model", "dumb"
_HEADLINES = {
    "": N_("The checkpoint can be loaded."),
    "unusable": N_("The checkpoint cannot be used."),
    "foreign": N_("This file is no checkpoint; choose another one."),
    "damaged": N_("The file is damaged or cut off; get it again."),
    "code": N_("The file holds more than weights and was not read; ask for a safetensors file."),
    "values": N_("The weights hold impossible numbers; get the file again or train anew."),
    "misfit": N_("The parts of this file do not go together; get the right file."),
    "newer": N_("A newer program has written this file; update the program."),
    "backbone": N_("The weights of the backbone are missing on this computer; add them first."),
    MEMORY: N_("This computer has too little memory for it beside the running line."),
    MODEL: N_("It was loaded but cannot judge a picture; get the file again."),
    DUMB: N_("It gives every picture the same score; train anew."),
    TIME: N_("Loading took too long and was ended; try again while the line stands."),
    DIED: N_("The process that loaded it has died; do not use this file."),
    CANCELLED: N_("The check was stopped; nothing has changed."),
    BUG: N_("The check failed because of a fault of the program; see the log."),
}


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Whether a checkpoint can be put to use, and what it costs.

    Attributes:
        ok: It was loaded and has judged a picture.
        sentence: What is wrong and what to do, or that nothing is; names the file. Where the
            model says it, it is English.
        info: What its header says; None if that cannot be understood.
        load_s: Time to load it, seconds; 0 unless it was.
        model_ms: Time to judge one picture once it is warm, milliseconds; 0 unless it did.
        memory_mb: What the process grew by, 10^6 bytes, on a GPU what it holds there.
        problem: Stable code of what is wrong, "" if nothing; see `headline`.
    """

    ok: bool
    sentence: str
    info: CheckpointInfo | None = None
    load_s: float = 0.0
    model_ms: float = 0.0
    memory_mb: float = 0.0
    problem: str = ""

    @property
    def headline(self) -> str:
        """What is wrong in one short sentence of the user's language."""
        return tr(_HEADLINES.get(self.problem, _HEADLINES["unusable"]))

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "ok": self.ok,
            "problem": self.problem,
            "sentence": self.sentence,
            "info": None if self.info is None else info_to_json(self.info),
            "load_s": round(self.load_s, 3),
            "model_ms": round(self.model_ms, 3),
            "memory_mb": round(self.memory_mb, 1),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> CheckReport:
        """Return what `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: It did not write this.
        """
        info = values["info"]
        return cls(
            ok=bool(values["ok"]),
            sentence=str(values["sentence"]),
            info=None if info is None else info_from_json(info),
            load_s=float(values["load_s"]),
            model_ms=float(values["model_ms"]),
            memory_mb=float(values["memory_mb"]),
            problem=str(values["problem"]),
        )


def refused(problem: str, sentence: str, info: CheckpointInfo | None = None) -> CheckReport:
    """Return the report of a checkpoint that cannot be used.

    Args:
        problem: Stable code.
        sentence: Why, and what to do; brought onto one line.
        info: What its header says, if anything.
    """
    return CheckReport(False, " ".join(sentence.split())[:600], info, problem=problem)
