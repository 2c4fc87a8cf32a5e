"""Runs main.py as a user does: another process, its own home, JSON on stdout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def environment(**extra: str) -> dict[str, str]:
    """The test's environment, offscreen and without the variables of a test run."""
    values = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}
    return values | {"QT_QPA_PLATFORM": "offscreen", "PYTHONUNBUFFERED": "1"} | extra


def run(*words: str | Path, timeout: float = 600, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run to the end; stdout and stderr as text."""
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        env=environment(**extra),
        cwd=ROOT,
        check=False,
    )


def start(*words: str | Path, **extra: str) -> subprocess.Popen[str]:
    """Start and return at once; stdout is a pipe, stderr goes to the test's own."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(**extra),
        cwd=ROOT,
    )


def objects(text: str) -> list[dict[str, Any]]:
    """One JSON object a line; a line that is none fails the test."""
    return [json.loads(line) for line in text.splitlines()]


def stored(home: Path) -> list[dict[str, Any]]:
    """All records of a home, through the product's own command."""
    done = run("records", "--json", "--home", home)
    assert done.returncode == 0, done.stderr
    return objects(done.stdout)
