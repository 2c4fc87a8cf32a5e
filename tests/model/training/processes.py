"""Training runs as real processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
LIMIT_S = 240


def start(
    folder: Path, *options: str, env: dict[str, str] | None = None, own_group: bool = False
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.model.training.run_fit", str(folder), *options],
        cwd=ROOT,
        env=os.environ | (env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=own_group,
    )


def outcome(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for a run and return what its last line says."""
    try:
        out, errors = process.communicate(timeout=LIMIT_S)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    return dict(json.loads(out.splitlines()[-1]))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_together(folder: Path, size: int, *options: str) -> list[subprocess.Popen[str]]:
    """Start what torchrun would: a process for each rank, told where to meet."""
    meeting = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(free_port()),
        "WORLD_SIZE": str(size),
        "LOCAL_WORLD_SIZE": str(size),
    }
    return [
        start(folder, *options, env=meeting | {"RANK": str(rank), "LOCAL_RANK": str(rank)})
        for rank in range(size)
    ]


def figures(result: dict[str, Any]) -> list[dict[str, float]]:
    """Return losses and metrics by epoch."""
    return [epoch["losses"] | epoch["metrics"] for epoch in result["epochs"]]
