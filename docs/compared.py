"""Compares all detectors on real images with one command a data set, for `docs/results.md`.

    python docs/compared.py                   # what is missing, then the page of results
    python docs/compared.py --only cookies    # one data set

The command goes on where it was interrupted. What was measured is kept in `docs/compared.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ROOT / "docs" / "compared.json"
COSTS = ("learning s", "images/s", "p99 ms", "CPU ms", "peak RAM MiB", "parameters")
FIGURES = ("image_auroc", "image_ap", "f1_max", "pixel_auroc", "aupro")
TITLES = ("image AUROC", "AP", "F1-max", "pixel AUROC", "AUPRO")
_DETECTORS = (
    "--checkpoint default --detector few_shot_clip --detector patchcore --detector cfa "
    "--detector msflow --detector painted_clip --detector efficient_ad --detector classifier"
)
COMMANDS = {
    "magnetic_tile": (
        f"compare --data {{data}}/magnetic_tile {_DETECTORS} --train-good 100 --defects 8 "
        "--min-fps 10 --out {work}/compare-magnetic_tile --json"
    ),
    "cookies": (
        f"compare --data {{data}}/cookies {_DETECTORS} --defects 3 --min-fps 10 "
        "--out {work}/compare-cookies --json"
    ),
}


def measure(name: str, data: Path, work: Path) -> dict[str, Any]:
    """Run a data set's comparison and return what it says.

    Raises:
        subprocess.CalledProcessError: The command has failed; its words are on the terminal.
    """
    words = [word.format(data=data, work=work) for word in COMMANDS[name].split()]
    found = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE"},
    )
    said: dict[str, Any] = json.loads(found.stdout.strip().splitlines()[-1])
    said.pop("data")
    return said


def section() -> str:
    """Return the part of the page about all detectors side by side; "" if nothing was measured."""
    if not MEASURED.is_file():
        return ""
    found: dict[str, Any] = json.loads(MEASURED.read_text("utf-8"))
    return "\n\n".join(_table(name, one) for name, one in found.items())


def _table(name: str, said: dict[str, Any]) -> str:
    heads = ("detector", *TITLES, *COSTS)
    lines = [
        f"## {name}: all detectors, one split",
        "",
        f"{said['train_good']} good pictures to learn from, for the classifier "
        f"{said['train_defects']} defective ones too; {said['test']} test pictures. In brackets "
        "the 95 % interval (test pictures drawn again a thousand times). The detectors learned and "
        "judged after each other on the same two cores; other programs took "
        f"{said['others_share'] or 0:.0%} of them at most, so compare speeds by the CPU time of a "
        "picture.",
        "",
        f"| {' | '.join(heads)} |",
        "|---" * len(heads) + "|",
    ]
    for one in said["detectors"]:
        if one["state"] != "judged":
            lines.append(f"| {one['detector']} | {one['why']} |" + " |" * (len(heads) - 2))
            continue
        cells = [_interval(one, figure) for figure in FIGURES]
        cells += [
            _number(one["learning_seconds"], ".0f"),
            _number(one["images_per_second"], ".1f"),
            _number(one["p99_ms"], ".0f"),
            _number(one["cpu_ms"], ".0f"),
            _number(one["alone_peak_ram_mib"], ".0f"),
            _number(one["parameters"], ",d"),
        ]
        lines.append(f"| {one['detector']} | {' | '.join(cells)} |")
    lines += ["", " ".join(said["in_words"]), "", f"    python main.py {COMMANDS[name]}"]
    return "\n".join(lines)


def _interval(one: dict[str, Any], figure: str) -> str:
    value, low, high = (one[figure + end] for end in ("", "_low", "_high"))
    if value is None:
        return "-"
    return f"{value:.3f}" if low is None else f"{value:.3f} [{low:.3f}, {high:.3f}]"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def main() -> int:
    """Compare on each data set that has no figures yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", default="", help="data sets whose name holds this")
    parser.add_argument("--work", type=Path, default=ROOT / "runs" / "results")
    options = parser.parse_args()
    found = json.loads(MEASURED.read_text("utf-8")) if MEASURED.is_file() else {}
    data = Path(os.environ.get("ADCLIP_DATA", ROOT.parent / "shared" / "data"))
    for name in COMMANDS:
        if name not in found and options.only in name:
            found[name] = measure(name, data, options.work.absolute())
            MEASURED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return subprocess.run([sys.executable, str(ROOT / "docs" / "results.py"), "--page"]).returncode


if __name__ == "__main__":
    sys.exit(main())
