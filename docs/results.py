"""Measures what the shipped default reaches on real images and writes `docs/results.md`.

    python docs/results.py                  # what is missing, then the page
    python docs/results.py --only "tile.*seed 1"   # jobs whose key matches a pattern
    python docs/results.py --page           # the page alone, from what was measured

Every figure is the output of the commands that the page lists. What was measured is kept in
`docs/results.json`; delete an entry to measure it again. The data sets are looked for in
`ADCLIP_DATA`, else in `../shared/data`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import compared

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ROOT / "docs" / "results.json"
PAGE = ROOT / "docs" / "results.md"
WORDS = ROOT / "docs" / "results_words.md"
FIGURES = ("image_auroc", "image_ap", "f1_max", "pixel_auroc", "aupro")
TITLES = ("image AUROC", "AP", "F1-max", "pixel AUROC", "AUPRO")
SEEDS = (0, 1, 2)
SETS = ("magnetic_tile", "cookies", "metal_nut")
GOOD = {"magnetic_tile": 746, "cookies": 31, "metal_nut": 0}
WAYS = ("zero-shot", "memory bank", "teach", "painted", "fine-tuned", "SOWA from", "SOWA")
# epochs that bring the small rounds to about the same number of steps as the large one
ROUNDS = {(10, 4): 80, (10, 10): 80, (10, 110): 48}

_MEMBERS = 4
_BANKS = (1, 2, 4, 8, 16, 0)  # 0: all that a bank holds


@dataclass(frozen=True)
class Job:
    """One row of a table with one seed.

    Attributes:
        data: Data set.
        row: What the row is called.
        seed: Of the draw of pictures and of the training; -1 where nothing is drawn.
        commands: Arguments of main.py; the last one prints the figures. "{data}" is the folder
            of the data sets, "{work}" that of the results.
    """

    data: str
    row: str
    seed: int
    commands: tuple[str, ...]

    @property
    def key(self) -> str:
        """Name in the file of what was measured."""
        return f"{self.data} | {self.row} | seed {self.seed}"


@dataclass(frozen=True)
class Measured:
    """What a job has given: figures by name, seconds of all its commands, and these."""

    figures: dict[str, float | None]
    seconds: float
    commands: tuple[str, ...]


def jobs() -> Iterator[Job]:
    """Yield all jobs: a whole table with the first seed before the next one's."""
    for data in SETS:
        yield Job(data, "zero-shot, shipped default", -1, (_test(data, "default"),))
    for seed in SEEDS:
        for data, good in (("magnetic_tile", (110, 10, 4)), ("cookies", (10, 4, 21))):
            for count in good:
                yield from _fine_tuned(data, (10, count), seed)
            yield from _fine_tuned(data, (10, good[0]), seed, _MEMBERS)
            yield from _painted(data, 10, seed)
            yield from _bank(data, 10, seed)
        yield from _all_painted("magnetic_tile", 8, seed)
        if seed == SEEDS[0]:
            # every step goes through the tower: one seed has to do
            yield from _unfrozen("magnetic_tile", 110, seed)
        for shots in _BANKS:
            for data, most in (("magnetic_tile", 200), ("cookies", GOOD["cookies"])):
                yield from _bank(data, shots or most, seed)
        yield from _sowa(seed)


def _test(data: str, checkpoint: str) -> str:
    return f"test --data {{data}}/{data} --checkpoint {checkpoint} --json"


def _bank(data: str, shots: int, seed: int) -> Iterator[Job]:
    file = f"{{work}}/{data}-bank{shots}-{seed}.safetensors"
    good = f"--good {{data}}/{data}/train/good"
    teach = f"teach {good} --shots {shots} --seed {seed} --out {file} --json"
    yield Job(data, f"memory bank, {shots} good", seed, (teach, _test(data, file)))


def _train(data: str, shots: str, epochs: int, seed: int, more: str = "") -> str:
    words = f"{data}-{shots}-{seed}{more}"
    folder = "{work}/" + "-".join(words.replace("=", "").replace(",", "-").split())
    return (
        f"train --train-data-path {{data}}/{data} --shots {shots} --epoch {epochs} --seed {seed} "
        f"--save-path {folder} --save-freq 100000 --json{more}"
    )


def _fine_tuned(data: str, count: tuple[int, int], seed: int, members: int = 0) -> Iterator[Job]:
    anomaly, good = count
    shots = f"anomaly={anomaly},good={good}"
    epochs = ROUNDS.get(count, 40)
    row, more = f"fine-tuned, {anomaly} anomalous + {good} good", " --turns 4"
    if members:
        row, more = f"{row}, {members} members", f"{more} --members {members}"
    yield Job(data, row, seed, (_train(data, shots, epochs, seed, more),))


def _painted(data: str, shots: int, seed: int) -> Iterator[Job]:
    file = f"{{work}}/{data}-paint{shots}-{seed}.safetensors"
    good = f"--good {{data}}/{data}/train/good"
    teach = f"teach {good} --shots {shots} --paint --seed {seed} --out {file} --json"
    yield Job(data, f"teach --paint, {shots} good", seed, (teach, _test(data, file)))


def _all_painted(data: str, epochs: int, seed: int) -> Iterator[Job]:
    command = _train(data, f"anomaly=0,good={GOOD[data]}", epochs, seed, " --turns 2")
    yield Job(data, f"painted defects, all {GOOD[data]} good", seed, (command,))


def _unfrozen(data: str, good: int, seed: int) -> Iterator[Job]:
    shots = f"anomaly=10,good={good}"
    command = _train(data, shots, ROUNDS[10, good], seed, " --turns 4 --unfreeze last=2")
    yield Job(data, f"fine-tuned, 10 anomalous + {good} good, 2 blocks too", seed, (command,))


def _sowa(seed: int) -> Iterator[Job]:
    """SOWA learns from one product's test part and judges the others, as its authors have it."""
    for learned, judged in (("cookies", "magnetic_tile"), ("magnetic_tile", "cookies")):
        folder = f"{{work}}/sowa-{learned}"
        file = f"{folder}/best.safetensors"
        train = (
            f"train --recipe sowa --train-data-path {{data}}/{learned} --epoch 4 --seed 0 "
            f"--save-path {folder} --save-freq 100000 --json"
        )
        row = f"SOWA from {learned}"
        if seed == SEEDS[0]:
            yield Job(judged, f"{row}, zero-shot", 0, (train, _test(judged, file)))
        if seed == SEEDS[0] and learned == "magnetic_tile":
            yield Job("metal_nut", f"{row}, zero-shot", 0, (train, _test("metal_nut", file)))
        for shots in (1, 2, 4, 8, 16):
            taught = f"{{work}}/{judged}-sowa{shots}-{seed}.safetensors"
            teach = (
                f"teach --good {{data}}/{judged}/train/good --shots {shots} --seed {seed} "
                f"--checkpoint {file} --out {taught} --json"
            )
            commands = (train, teach, _test(judged, taught))
            yield Job(judged, f"{row}, {shots} good", seed, commands)
    for data, counts in (("magnetic_tile", (110, 10, 4)), ("cookies", (10, 4, 21))):
        for good in counts:
            command = _train(data, f"anomaly=10,good={good}", 20, seed, " --recipe sowa")
            yield Job(data, f"SOWA fine-tuned, 10 anomalous + {good} good", seed, (command,))


def measure(job: Job, data: Path, work: Path, done: set[str]) -> Measured:
    """Run a job's commands; one that has run already is not run again.

    Raises:
        subprocess.CalledProcessError: A command has failed; its words are on the terminal.
    """
    started, output = time.monotonic(), "{}"
    for command in job.commands:
        if command in done and command != job.commands[-1]:
            continue
        words = [word.format(data=data, work=work) for word in command.split()]
        found = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), *words],
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE"},
        )
        done.add(command)
        output = found.stdout.strip().splitlines()[-1]
    values = json.loads(output)
    values = values.get("test") or values
    figures = {name: values.get(name) for name in FIGURES}
    return Measured(figures, time.monotonic() - started, job.commands)


def page(measured: dict[str, Measured]) -> str:
    """Return the tables, after the words about them."""
    parts = [WORDS.read_text("utf-8").rstrip() if WORDS.is_file() else "# Results"]
    for data in SETS:
        rows: dict[str, list[Measured]] = {}
        for key, found in measured.items():
            name, row, _ = key.split(" | ")
            if name == data:
                rows.setdefault(row, []).append(found)
        if rows:
            parts.append(_table(data, rows))
    parts += [part for part in (compared.section(), _commands(measured)) if part]
    return "\n\n".join(parts) + "\n"


def _table(data: str, rows: dict[str, list[Measured]]) -> str:
    lines = [f"## {data}", "", "| method | " + " | ".join(TITLES) + " | seeds | seconds |"]
    lines.append("|---" * (len(TITLES) + 3) + "|")
    for row, found in sorted(rows.items(), key=lambda one: _place(one[0])):
        cells = [_spread([one.figures.get(name) for one in found]) for name in FIGURES]
        seconds = statistics.mean(one.seconds for one in found)
        lines.append(f"| {row} | {' | '.join(cells)} | {len(found)} | {seconds:.0f} |")
    return "\n".join(lines)


def _place(row: str) -> tuple[int, list[int]]:
    """Return where a row stands in its table: by the way of learning, then by its numbers."""
    way = next((place for place, word in enumerate(WAYS) if row.startswith(word)), len(WAYS))
    return way, [int(word) for word in re.findall(r"\d+", row)]


def _spread(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    if len(known) == 1:
        return f"{known[0]:.3f}"
    return f"{statistics.mean(known):.3f} ± {statistics.stdev(known):.3f}"


def _commands(measured: dict[str, Measured]) -> str:
    lines = ["## Commands", "", "`{data}` is the folder of the sets, `{work}` one of your own.", ""]
    shown: set[str] = set()
    for key, found in measured.items():
        name, row, seed = key.split(" | ")
        if (name, row) in {tuple(one.split(" | ")[:2]) for one in shown}:
            continue
        shown.add(key)
        lines += [f"{name}, {row}, {seed}:", ""]
        lines += [f"    python main.py {command}" for command in found.commands] + [""]
    return "\n".join(lines).rstrip()


def load() -> dict[str, Measured]:
    """Return what was measured, by key."""
    if not MEASURED.is_file():
        return {}
    values = json.loads(MEASURED.read_text("utf-8"))
    return {
        key: Measured(one["figures"], one["seconds"], tuple(one["commands"]))
        for key, one in values.items()
    }


def save(measured: dict[str, Measured]) -> None:
    """Write what was measured, and the page."""
    values = {key: asdict(one) for key, one in measured.items()}
    MEASURED.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(measured), encoding="utf-8")


def main() -> int:
    """Measure what is missing and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", default="", help="jobs whose key matches this pattern")
    parser.add_argument("--page", action="store_true", help="write the page alone")
    parser.add_argument("--work", type=Path, default=ROOT / "runs" / "results")
    parser.add_argument("--most", type=int, default=10**9, help="so many jobs at most")
    options = parser.parse_args()
    measured = load()
    data = Path(os.environ.get("ADCLIP_DATA", ROOT.parent / "shared" / "data"))
    done: set[str] = set()
    wanted = [job for job in jobs() if re.search(options.only, job.key) and job.key not in measured]
    for job in [] if options.page else wanted[: options.most]:
        sys.stdout.write(f"{job.key}\n")
        found = measure(job, data, options.work.absolute(), done)
        sys.stdout.write(f"{found.figures} {found.seconds:.0f} s\n")
        # read again: another run may have measured other jobs meanwhile
        save(load() | {job.key: found})
    save(load())
    return 0


if __name__ == "__main__":
    sys.exit(main())
