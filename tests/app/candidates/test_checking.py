from __future__ import annotations

from pathlib import Path

import pytest

from app import i18n
from app.candidates.checking import CheckProcess, CheckReport, check_in_process
from app.paths import Home
from tests.app.candidates.conftest import Files
from tests.rigs.bad_pickles import payloads

PLENTY = 4_000_000_000


def test_a_good_file_and_one_with_code_each_in_its_own_process(
    files: Files, home: Home, tmp_path: Path
) -> None:
    marker, bad = tmp_path / "ran", tmp_path / "epoch_1.pth"
    bad.write_bytes(payloads(marker)["nested"])
    report = check_in_process(bad, home, "cpu")
    assert (report.ok, report.problem) == (False, "code")
    assert not marker.exists()
    report = check_in_process(files.taught, home, "cpu")
    assert (report.ok, report.problem) == (True, "")
    assert report.sentence == "The checkpoint taught.safetensors can be used."
    assert report.info is not None
    assert report.info.sha256
    assert min(report.load_s, report.model_ms, report.memory_mb) > 0
    assert CheckReport.from_json(report.to_json()).info == report.info


@pytest.mark.logs_expected
def test_whatever_happens_to_the_process_there_is_a_sentence(files: Files, home: Home) -> None:
    with CheckProcess(home, "cpu", patience_s=0.0, spare=PLENTY) as process:
        # it has not even begun
        report = process.check(files.plain, lambda: True)
        assert (report.problem, report.ok) == ("cancelled", False)
        report = process.check(files.taught)
        assert (report.problem, report.ok) == ("time", False)
        assert "took too long" in report.sentence
        assert report.headline.startswith("Loading took too long")
        child = process._child = process._started()
        child._process.terminate()
        child._process.wait()
        report = process.check(files.plain)
        assert (report.problem, report.ok) == ("died", False)
        assert "has died of it" in report.sentence


def test_too_little_memory_is_said(files: Files, home: Home) -> None:
    with CheckProcess(home, "cpu", spare=20_000_000) as process:
        report = process.check(files.taught)
    assert (report.problem, report.ok) == ("memory", False)
    assert "memory" in report.sentence


@pytest.mark.logs_expected
def test_without_a_program_there_is_a_sentence_too(
    files: Files, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(home.root / "none"))
    report = check_in_process(files.plain, home)
    assert (report.problem, report.ok) == ("died", False)
    assert "cannot be run" in report.sentence
    i18n.set_language("ko")
    report = check_in_process(files.plain, home)
    assert report.sentence == f"plain.safetensors: {report.headline}"
    assert "프로세스" in report.sentence
