"""A comparison from beginning to end: one detector after the other, what is done is kept."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from model.comparison.contender import Contender
from model.comparison.process import Listener, done_apart
from model.comparison.record import (
    FAILURE,
    JUDGED,
    LEARNED,
    MODEL,
    Failure,
    Record,
    Stage,
    read,
    read_record,
    write,
)
from model.comparison.speed import SpeedPlan
from model.comparison.split import Split, Wish
from model.comparison.task import Task
from model.device import choose_device, device_name
from model.errors import ModelError

PLAN, DETECTORS, TASK = "plan.json", "detectors", "task.json"
MAP_SIDE = 256

# (number from 1, detectors in all, detector, stage, steps done, steps in all)
Step = Callable[[int, int, str, str, int, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides every figure; a folder holds figures of one plan alone.

    Attributes:
        root: Folder of the data set.
        wish: What of it is used.
        split_sha256: Hash of the split that came of it.
        machine: Processor or GPU, cores and versions: speeds hold for it alone.
        device: As asked for.
        map_side: Side of the maps of the pixel figures, pixels.
        speed: How speed is measured.
    """

    root: str
    wish: Wish
    split_sha256: str
    machine: str
    device: str
    map_side: int = MAP_SIDE
    speed: SpeedPlan = field(default_factory=SpeedPlan)


@dataclass(frozen=True, slots=True)
class Setting:
    """How a comparison runs; changes no figure.

    Attributes:
        folder: Where everything goes.
        weights: Folders in which backbones are looked for.
        budget_s: Seconds for each of learning and judging of one detector; None for any.
        step: Told of progress.
        cancelled: Asked several times a second.
    """

    folder: Path
    weights: tuple[Path, ...]
    budget_s: float | None = None
    step: Step = lambda *_: None
    cancelled: Callable[[], bool] = lambda: False


def planned(
    root: Path, wish: Wish, split: Split, device: str, speed: SpeedPlan | None = None
) -> Plan:
    """Return the plan of a comparison on this machine.

    Raises:
        ModelError: There is no such device.
    """
    machine = machine_name(device)
    speed = speed or SpeedPlan()
    return Plan(root.resolve().as_posix(), wish, split.sha256, machine, device, speed=speed)


def compared(
    plan: Plan, split: Split, contenders: Sequence[Contender], setting: Setting
) -> tuple[Record, ...]:
    """Learn, judge and time every detector, each in processes of its own.

    What the folder holds already of the same plan is taken as it is; what failed is tried
    again. A detector that fails costs no other one.

    Args:
        plan: What decides the figures.
        split: The pictures.
        contenders: Told apart.
        setting: How it runs.

    Returns:
        A record for each contender, in their order.

    Raises:
        ModelError: The folder holds another comparison or cannot be written.
        ComparisonCancelled: The setting said so; what is done is kept.
    """
    _claim(setting.folder, plan)
    records = []
    for number, contender in enumerate(contenders, 1):
        folder = setting.folder / DETECTORS / contender.folder
        found = read_record(folder, contender, len(split.test))

        def step(
            stage: str, done: int, total: int, at: int = number, name: str = contender.name
        ) -> None:
            setting.step(at, len(contenders), name, stage, done, total)

        if found is None:
            task = Task(
                contender, split, folder, plan.wish.seed, plan.device,
                setting.weights, plan.map_side, plan.speed,
            )  # fmt: skip
            listener = Listener(step, setting.cancelled)
            found = _made(task, listener, setting.budget_s)
        else:
            step("kept", 1, 1)
        records.append(found)
    return tuple(records)


def machine_name(device: str) -> str:
    """Return what speeds hold for.

    Raises:
        ModelError: There is no such device.
    """
    chosen = choose_device(device)
    where = device_name(chosen) if chosen.type == "cuda" else "CPU"
    parts = (_processor(), f"{os.cpu_count()} cores", where, f"torch {torch.__version__}")
    return ", ".join(parts)


def _processor() -> str:
    """Return the processor's name for people."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name" and value.strip():
                return " ".join(value.split())
    return platform.processor() or platform.machine()


def _claim(folder: Path, plan: Plan) -> None:
    """Make the folder this plan's, or see that it is already."""
    file = folder / PLAN
    if not file.exists():
        if folder.is_dir() and any(folder.iterdir()):
            raise ModelError(
                f"The folder {folder} holds other things; name a new or empty one for --out."
            )
        write(file, plan)
        return
    before: dict[str, Any] = asdict(read(file, Plan))
    now: dict[str, Any] = asdict(plan)
    differing = [name.replace("_", " ") for name in now if before[name] != now[name]]
    if differing:
        raise ModelError(
            f"The folder {folder} holds a comparison with another {', '.join(differing)}; figures "
            "of the two must not be mixed: give the same options or another --out."
        )


def _made(task: Task, listener: Listener, seconds: float | None) -> Record:
    """Do what is left to do of one detector."""
    folder, contender = task.folder, task.contender
    write(folder / TASK, task)
    for name in (FAILURE, JUDGED):
        (folder / name).unlink(missing_ok=True)
    stages = [Stage.JUDGE]
    if contender.learns and not all((folder / name).is_file() for name in (MODEL, LEARNED)):
        stages = [Stage.LEARN, Stage.JUDGE]
    for stage in stages:
        # loading takes seconds, in which the process itself says nothing
        listener.step(f"starts to {stage.value}", 0, 1)
        failure = done_apart(stage, folder / TASK, listener, seconds)
        if failure is not None:
            return _failed(folder, contender, failure)
    found = read_record(folder, contender, len(task.split.test))
    if found is None:
        sentence = "Its files cannot be read; see whether the disk is full."
        return _failed(folder, contender, Failure(Stage.JUDGE.value, sentence))
    return found


def _failed(folder: Path, contender: Contender, failure: Failure) -> Record:
    write(folder / FAILURE, failure)
    return Record(contender, failure=failure)
