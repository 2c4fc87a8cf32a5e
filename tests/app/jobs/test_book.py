from __future__ import annotations

from pathlib import Path

import pytest

from app.jobs.book import JobBook
from app.jobs.epochs import EpochPoint, best_epoch, kept_epochs
from app.jobs.job import Job, JobState, JobStep
from tests.rigs.job_program import job


def test_jobs_come_back_as_they_were_in_their_order(tmp_path: Path) -> None:
    book = JobBook(tmp_path / "jobs")
    assert book.load() == ()
    jobs = [job("end", name=name).changed(result={"limit": 1.5}) for name in "abc"]
    for one in reversed(jobs):
        book.save(one)
    assert book.load() == tuple(jobs)
    book.epochs(jobs[0]).append({"number": 1, "losses": {}, "metrics": {}, "seconds": 1})
    book.remove(jobs[0])
    assert book.load() == tuple(jobs[1:])
    assert book.epochs(jobs[0]).read() == ()


@pytest.mark.logs_expected
def test_a_damaged_file_is_put_aside(tmp_path: Path) -> None:
    book = JobBook(tmp_path)
    good = job("end")
    book.save(good)
    for number, text in enumerate(("{", '{"id": 1}', "")):
        (tmp_path / f"bad{number}.json").write_text(text, encoding="utf-8")
    assert book.load() == (good,)
    assert len(list(tmp_path.glob("*.damaged"))) == 3


def test_a_made_step_is_done_and_a_job_of_made_steps_too(tmp_path: Path) -> None:
    made = tmp_path / "set"
    steps = (JobStep(words=("a",), makes=str(made)), JobStep(words=("b",)))
    one = Job(kind="train", name="x", steps=steps)
    assert one.next_step() == 0
    made.mkdir()
    assert one.next_step() == 1
    assert one.changed(step=2).next_step() == 2
    assert not one.can_resume
    assert one.changed(state=JobState.FAILED).can_resume


def test_a_curve_survives_torn_lines_and_double_ones(tmp_path: Path) -> None:
    book, one = JobBook(tmp_path), job("end")
    file = book.epochs(one)
    for number, loss in ((2, 3.0), (1, 4.0), (2, 2.5)):
        values = {"total": loss, "nan": None}
        file.append({"number": number, "losses": values, "metrics": {}, "seconds": 1.0})
    with (tmp_path / f"{one.id}.epochs.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"number": 3, "lo')
    file.append({"number": 4, "losses": {}, "metrics": {}, "seconds": 1.0})
    points = file.read()
    assert [point.number for point in points] == [1, 2, 4]
    assert points[1].losses == {"total": 2.5}


def test_the_best_epoch_is_the_one_the_training_keeps() -> None:
    def point(number: int, quality: float, loss: float) -> EpochPoint:
        return EpochPoint(number, {"validation": loss}, {"quality": quality})

    assert best_epoch([]) == 0
    assert best_epoch([point(1, 0.5, 1.0), point(2, 0.9, 2.0), point(3, 0.9, 1.0)]) == 3
    assert best_epoch([point(1, 0.9, 1.0), point(2, 0.9, 1.0)]) == 1


def test_the_files_of_epochs_are_found_by_their_number(tmp_path: Path) -> None:
    names = (
        "epoch_2.pth epoch_2.safetensors epoch_10.pth epoch_10.json best.safetensors epoch_x.pth"
    )
    for name in names.split():
        (tmp_path / name).touch()
    found = kept_epochs(tmp_path)
    assert {number: file.name for number, file in found.items()} == {
        2: "epoch_2.safetensors", 10: "epoch_10.pth"
    }  # fmt: skip
    assert kept_epochs(tmp_path / "none") == {}
