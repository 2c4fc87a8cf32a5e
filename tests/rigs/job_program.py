"""What stands in for the program where a test needs a job's process, but no learning.

It does what the words of its command say, one after the other:
`step STAGE DONE TOTAL`, `epoch NUMBER`, `wait` (until stdin is closed; then it ends with code 3),
`error SENTENCE`, `touch FILE`, `env NAME FILE`, `end`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.jobs.job import Job

WORDS = [sys.executable, str(Path(__file__))]


def job(*words: str, name: str = "fine", folder: str = "", epochs: int = 0) -> Job:
    """Return a job of one step for the stand-in."""
    # late: the stand-in itself begins without the program's libraries
    from app.jobs.job import Job, JobStep

    return Job(
        kind="train",
        name=name,
        by="kim",
        folder=folder,
        epochs=epochs,
        steps=(JobStep(words=words),),
    )


def _say(**values: object) -> None:
    print(json.dumps(values), flush=True)


def _epoch(number: int) -> dict[str, object]:
    losses = {"total": 4.0 / number, "validation": 5.0 / number}
    figures = {"quality": 1 - 0.5 / number, "image_auroc": 1 - 0.5 / number}
    return {"number": number, "losses": losses, "metrics": figures, "seconds": 1.5}


def main(words: list[str]) -> int:
    """Do what the words say."""
    left = iter(words)
    for word in left:
        if word == "step":
            _say(stage=next(left), done=int(next(left)), total=int(next(left)))
        elif word == "epoch":
            _say(epoch=_epoch(int(next(left))), epochs=3)
        elif word == "wait":
            os.read(0, 1)
            return 3
        elif word == "error":
            sys.stderr.write(f"error: {next(left)}\n")
            return 2
        elif word == "touch":
            Path(next(left)).write_text("made", encoding="utf-8")
        elif word == "env":
            value = os.environ.get(next(left), "")
            Path(next(left)).write_text(value, encoding="utf-8")
        elif word == "end":
            _say(result={"checkpoint": "best.safetensors"})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
