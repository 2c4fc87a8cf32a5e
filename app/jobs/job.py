"""One piece of work in the queue, as it is kept on disk."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.inspection.record import new_id

FORMAT: Literal[1] = 1


class JobState(Enum):
    """How it stands with a job.

    WAITING: its turn comes. RUNNING: it runs, or is held while the line needs the machine.
    DONE, FAILED, STOPPED (by a person), INTERRUPTED (the program ended) last until somebody
    lets it go on.
    """

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


OPEN = (JobState.WAITING, JobState.RUNNING)
RESUMABLE = (JobState.FAILED, JobState.STOPPED, JobState.INTERRUPTED)


class JobStep(BaseModel):
    """One command of a job.

    Attributes:
        words: The command and its options, without `--progress-lines`. One that can go on from
            a state on disk says so itself (`--resume`): every try begins with the same words.
        makes: What the command makes whole or not at all; if it is there, the step is done. ""
            for nothing of the kind.
        needs_database: The command reads the records; where they are is told by its
            environment, since command lines can be read by everybody.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    words: tuple[str, ...]
    makes: str = ""
    needs_database: bool = False


class Job(BaseModel):
    """What is to be done and what came of it; immutable.

    Attributes:
        format: Format number of this document.
        id: Own UUIDv7.
        kind: "train" or "teach"; says how its result is shown.
        name: For people; that of the checkpoint it makes.
        by: Who asked for it.
        steps: What to run, one after the other.
        folder: Where its files go; "" if it has none of its own.
        epochs: Epochs at most; 0 if it has none.
        queued: When it was put into the queue, UTC; decides whose turn it is.
        state: How it stands.
        step: Steps that are done.
        tries: How often it was begun.
        active_s: Time that it has run in all its tries, seconds, without what it was held.
        ended: When it ended last, UTC.
        sentence: Why it failed or stopped.
        result: What the last step told at its end.
        slower: Largest measured loss of the line's speed, a share; None if nothing was measured.
        pid: Process that works on it; 0 for none.
        pid_began: When that process began, seconds since 1970: process numbers come back.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    format: Literal[1] = FORMAT
    id: str = Field(default_factory=new_id)
    kind: str
    name: str
    by: str = ""
    steps: tuple[JobStep, ...] = Field(min_length=1)
    folder: str = ""
    epochs: int = Field(default=0, ge=0)
    queued: datetime = Field(default_factory=lambda: datetime.now(UTC))
    state: JobState = JobState.WAITING
    step: int = Field(default=0, ge=0)
    tries: int = Field(default=0, ge=0)
    active_s: float = Field(default=0.0, ge=0)
    ended: datetime | None = None
    sentence: str = ""
    result: dict[str, Any] = Field(default_factory=dict)
    slower: float | None = None
    pid: int = 0
    pid_began: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in OPEN

    @property
    def can_resume(self) -> bool:
        """Whether a person can let it go on."""
        return self.state in RESUMABLE

    def next_step(self) -> int:
        """Return the number of the step to run; all of them if nothing is left to do."""
        number = self.step
        while number < len(self.steps):
            made = self.steps[number].makes
            if not made or not Path(made).exists():
                break
            number += 1
        return number

    def changed(self, **values: Any) -> Job:
        """Return the job with other values."""
        return self.model_copy(update=values)
