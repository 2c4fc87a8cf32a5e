"""How a running job is called."""

from __future__ import annotations

import pytest

from app.i18n import set_language
from app.jobs.job import Job, JobState, JobStep
from app.station.job_look import JobLook
from app.ui.training_words import state_text


@pytest.mark.parametrize(
    ("language", "turn", "text"),
    [
        ("en", (0, 0), "learns"),
        ("en", (2, 4), "learns (2 of 4)"),
        ("ko", (2, 4), "학습 중 (2/4)"),
    ],
)
def test_which_training_of_how_many(language: str, turn: tuple[int, int], text: str) -> None:
    step = JobStep(words=("train",))
    job = Job(kind="train", name="bolt", by="kim", steps=(step,), state=JobState.RUNNING)
    set_language(language)
    assert state_text(job, JobLook(job.id, "training", turn=turn)) == text
