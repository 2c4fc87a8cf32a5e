"""A comparison in real processes: one that fails costs no other, what is done is kept."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from model import checkpoint
from model.comparison.child import FAILED, work
from model.comparison.contender import Contender
from model.comparison.process import ComparisonCancelled, Listener, done_apart
from model.comparison.record import (
    FAILURE,
    JUDGED,
    LEARNED,
    LOG,
    MODEL,
    PIXELS,
    SCORES,
    Learning,
    Record,
    Stage,
    read,
    read_record,
    write,
)
from model.comparison.resources import Resources
from model.comparison.run import DETECTORS, PLAN, TASK, Plan, Setting, compared, planned
from model.comparison.speed import SpeedPlan
from model.comparison.split import Split, Wish, draw
from model.comparison.task import Task, judge, learn
from model.datasets.collection import read_collection
from model.errors import DatasetError, ModelError
from model.learning.watch import Watch
from tests.model.comparison.made import data_set, tiny_checkpoint, weights

QUICK = SpeedPlan(batch=2, seconds=0.0)
QUIET = Listener(lambda *_: None, lambda: False)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return data_set(tmp_path_factory.mktemp("set"))


@pytest.fixture(scope="module")
def split(root: Path) -> Split:
    return draw(read_collection(root), Wish())


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Contender:
    return tiny_checkpoint(tmp_path_factory.mktemp("checkpoints") / "tiny.safetensors")


def task(contender: Contender, split: Split, folder: Path) -> Task:
    folder.mkdir(parents=True, exist_ok=True)
    return Task(contender, split, folder, 0, "cpu", (weights(),), 32, QUICK)


@pytest.fixture(scope="module")
def plan(root: Path, split: Split) -> Plan:
    return replace(planned(root, Wish(), split, "cpu", QUICK), map_side=32)


@pytest.fixture(scope="module")
def run(
    plan: Plan, split: Split, tiny: Contender, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[tuple[object, ...]], tuple[Record, ...]]:
    """A comparison of a checkpoint that works and one whose file has gone."""
    folder = tmp_path_factory.mktemp("run") / "out"
    gone = Contender("gone", checkpoint=folder.parent / "gone.safetensors", sha256="0" * 64)
    steps: list[tuple[object, ...]] = []
    setting = Setting(folder, (weights(),), step=lambda *now: steps.append(now))
    return folder, steps, compared(plan, split, (gone, tiny), setting)


def test_one_that_fails_costs_no_other(
    run: tuple[Path, list[tuple[object, ...]], tuple[Record, ...]], split: Split
) -> None:
    folder, steps, (gone, found) = run
    assert gone.failure is not None
    assert "gone.safetensors" in gone.failure.sentence
    assert gone.scores is None
    assert (folder / DETECTORS / gone.contender.folder / FAILURE).is_file()
    assert found.failure is None
    assert found.judging is not None
    assert found.judging.detector == "anomaly_clip"
    assert found.scores is not None
    assert found.scores.values.shape == (len(split.test),)
    assert found.scores.heat.shape == (len(split.test), 32, 32)
    assert found.pixels is not None
    assert found.judging.speed.images == 20
    assert steps[:2] == [
        (number, 2, name, "starts to judge", 0, 1) for number, name in ((1, "gone"), (2, "tiny"))
    ]
    assert steps[-1][3:] == ("judging", len(split.test), len(split.test))


def test_what_is_done_is_kept_and_what_failed_is_tried_again(
    run: tuple[Path, list[tuple[object, ...]], tuple[Record, ...]],
    plan: Plan,
    split: Split,
    tiny: Contender,
) -> None:
    folder, _, (_, first) = run
    before = (folder / DETECTORS / tiny.folder / JUDGED).stat().st_mtime_ns
    steps: list[tuple[object, ...]] = []
    setting = Setting(folder, (weights(),), step=lambda *now: steps.append(now))
    (again,) = compared(plan, split, (tiny,), setting)
    assert (folder / DETECTORS / tiny.folder / JUDGED).stat().st_mtime_ns == before
    assert steps == [(1, 1, "tiny", "kept", 1, 1)]
    assert again.scores is not None
    assert first.scores is not None
    np.testing.assert_array_equal(again.scores.values, first.scores.values)


@pytest.mark.parametrize("name", [SCORES, PIXELS, JUDGED])
def test_a_damaged_file_is_made_anew_not_believed(
    name: str,
    run: tuple[Path, list[tuple[object, ...]], tuple[Record, ...]],
    tiny: Contender,
    split: Split,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "one"
    shutil.copytree(run[0] / DETECTORS / tiny.folder, folder)
    assert read_record(folder, tiny, len(split.test)) is not None
    assert read_record(folder, tiny, len(split.test) + 1) is None
    (folder / name).write_bytes((folder / name).read_bytes()[:-30])
    assert read_record(folder, tiny, len(split.test)) is None


def test_a_folder_holds_one_comparison(plan: Plan, split: Split, tmp_path: Path) -> None:
    write(tmp_path / PLAN, replace(plan, wish=Wish(seed=5)))
    with pytest.raises(ModelError, match="another wish; figures of the two must not be mixed"):
        compared(plan, split, (), Setting(tmp_path, ()))
    (tmp_path / PLAN).write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="damaged; delete it"):
        compared(plan, split, (), Setting(tmp_path, ()))
    (tmp_path / PLAN).rename(tmp_path / "letter.txt")
    with pytest.raises(ModelError, match="holds other things"):
        compared(plan, split, (), Setting(tmp_path, ()))


def test_a_stop_ends_the_process_and_keeps_the_rest(
    plan: Plan, split: Split, tiny: Contender, tmp_path: Path
) -> None:
    setting = Setting(tmp_path / "out", (weights(),), cancelled=lambda: True)
    with pytest.raises(ComparisonCancelled, match="goes on from there"):
        compared(plan, split, (tiny,), setting)


def test_a_process_out_of_time_is_ended(split: Split, tiny: Contender, tmp_path: Path) -> None:
    write(tmp_path / TASK, task(tiny, split, tmp_path))
    found = done_apart(Stage.JUDGE, tmp_path / TASK, QUIET, 0.3)
    assert found is not None
    assert "out of time" in found.sentence
    assert not (tmp_path / JUDGED).exists()


def test_a_process_that_is_killed_is_a_failure_with_its_log(
    split: Split, tiny: Contender, tmp_path: Path
) -> None:
    write(tmp_path / TASK, task(tiny, split, tmp_path))

    def kill() -> bool:
        for one in psutil.Process().children():
            one.kill()
        return False

    found = done_apart(Stage.JUDGE, tmp_path / TASK, Listener(lambda *_: None, kill), None)
    assert found is not None
    assert found.sentence.startswith("Its process ")
    assert found.log == str(tmp_path / LOG)


def test_a_task_that_cannot_be_read_is_a_failure_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / TASK).write_text("{}", encoding="utf-8")
    assert work(Stage.JUDGE, tmp_path / TASK) == FAILED
    (line,) = capsys.readouterr().out.splitlines()
    assert "task.json cannot be read" in json.loads(line)["error"]


def test_what_a_stage_did_is_told_in_lines(
    split: Split, tiny: Contender, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / TASK, task(tiny, split, tmp_path))
    assert work(Stage.JUDGE, tmp_path / TASK) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0]["stage"] == "speed"
    count = len(split.test)
    assert lines[-1] == {"stage": "judging", "done": count, "total": count}


def test_learning_leaves_a_checkpoint_that_can_be_judged(split: Split, tmp_path: Path) -> None:
    """In this process: the learner is the real one, on the shipped backbone."""
    from app.paths import shipped_checkpoints

    some = replace(split, good=split.good[:2])
    contender = Contender("few", spec="few_shot_clip")
    work = replace(task(contender, some, tmp_path), weights=(shipped_checkpoints(),))
    seen: set[str] = set()
    learn(work, Watch(lambda now: seen.add(now.stage)))
    facts = read(tmp_path / LEARNED, Learning)
    assert (facts.good, facts.defects) == (2, 0)
    assert facts.seconds > 0
    assert seen
    info = checkpoint.inspect(tmp_path / MODEL)
    assert (info.detector, info.name) == ("few_shot_clip", "few")
    assert info.calibration.is_usable


def test_without_masks_there_are_no_pixel_counts(
    split: Split, tiny: Contender, tmp_path: Path
) -> None:
    bare = tuple(replace(one, mask=None) for one in split.test)
    judge(task(tiny, replace(split, test=bare), tmp_path), Watch())
    found = read_record(tmp_path, tiny, len(bare))
    assert found is not None
    assert found.pixels is None


def test_a_missing_picture_is_told_by_its_name(
    split: Split, tiny: Contender, tmp_path: Path
) -> None:
    lost = (*split.test, replace(split.test[0], path=tmp_path / "lost.png"))
    with pytest.raises(DatasetError, match=r"lost\.png"):
        judge(task(tiny, replace(split, test=lost), tmp_path), Watch())


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    facts = Learning(1.5, 4, 0, 3, Resources(100.0, others=0.5))
    write(tmp_path / "facts.json", facts)
    assert read(tmp_path / "facts.json", Learning) == facts
