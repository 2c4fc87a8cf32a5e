"""bench prints every figure beside its baseline."""

from __future__ import annotations

import json
from pathlib import Path

from tests.end_to_end.station_process import run


def test_bench_measures_model_line_and_window(tmp_path: Path) -> None:
    done = run("bench", "--json", "--frames", 20, "--home", tmp_path)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert set(figures) >= {
        "model_ms",
        "predict_ms",
        "images_per_second",
        "pipeline_overhead_ms",
        "gui_delay_p99_ms",
        "window_images_per_second",
        "aupro_500_maps_s",
    }
    for figure in figures.values():
        assert figure["value"] > 0
        assert (figure["ratio"] is None) == (figure["baseline"] is None)
    assert figures["model_ms"]["baseline_name"] == "open_clip encode_image"


def test_too_few_frames_are_refused(tmp_path: Path) -> None:
    done = run("bench", "--frames", 3, "--home", tmp_path)
    assert done.returncode == 2
    assert "--frames" in done.stderr


def test_lists_of_records_are_measured(tmp_path: Path) -> None:
    url = f"sqlite:///{(tmp_path / 'made-up.db').as_posix()}"
    done = run("bench", "--json", "--records", "1000", "--database", url, "--home", tmp_path)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["records"]["value"] >= 900
    names = ("page_p95_ms", "queue_page_p95_ms", "count_p95_ms", "counts_ms", "columns_ms")
    assert all(figures[name]["value"] > 0 for name in names)
    assert figures["page_p95_ms"]["baseline_name"] == "whole records"
    refused = run("bench", "--records", "3", "--home", tmp_path)
    assert refused.returncode == 2
    assert "--records" in refused.stderr
