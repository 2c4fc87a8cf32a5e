"""The commands `report` and `month`, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tqdm import tqdm

from app import cli, paths
from app.cli_codes import BAD_INPUT, DONE, NG_FOUND
from app.store import open_store
from tests.rigs import reported_lot as lot

Lines = tuple[int, str, str]


@pytest.fixture(autouse=True)
def no_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tqdm from starting a thread that outlives the test."""
    monkeypatch.setattr(tqdm, "monitor_interval", 0)


@pytest.fixture
def home(own_home: Path) -> Path:
    own_home.mkdir(parents=True)
    store = open_store(paths.home(own_home).database_url)
    lot.store_it(store)
    store.close()
    return own_home


def run(capsys: pytest.CaptureFixture[str], *words: object) -> Lines:
    options = cli.parse([str(word) for word in words])
    code = cli.guarded(lambda: int(options.run(options)))
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize("ending", ["pdf", "html", "csv", "parquet"])
def test_a_lot_becomes_a_file(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    file = tmp_path / f"shift.{ending}"
    code, out, _ = run(capsys, "report", "--lot", lot.LOT, "--out", file, "--language", "ko")
    assert (code, out.strip()) == (DONE, str(file))
    begin = {"pdf": b"%PDF", "html": b"<!DOCTYPE", "csv": b"\xef\xbb\xbf", "parquet": b"PAR1"}
    assert file.read_bytes().startswith(begin[ending])


def test_json_are_the_facts_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--json", "report", "--checkpoint", lot.CHECKPOINT, "--by", "Choi")
    assert code == DONE
    found = json.loads(out)
    assert found["tally"]["parts"] == 100
    assert found["made_by"] == "Choi"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--lot", "nix", "--json"], "There is no lot 'nix'; known are: 'L-77'."),
        (["--json"], "Say what to report on"),
        (["--lot", "L-77"], "Say where to"),
        (["--lot", "L-77", "--shift", "A", "--json"], "do not go together"),
        (["--day", "2026-10-05", "--json"], "--day needs --shift"),
        (["--since", "yesterday", "--json"], "is no date"),
        (["--lot", "L-77", "--out", "report.doc"], "no known ending"),
        (["--verify", "--out", "a.pdf"], "writes no report"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    code, out, err = run(capsys, "report", *words)
    assert (code, out) == (BAD_INPUT, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_days_are_taken_whole(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day = lot.START.astimezone().date().isoformat()
    code, out, _ = run(capsys, "report", "--since", day, "--until", day, "--json")
    assert code == DONE
    assert json.loads(out)["tally"]["parts"] == 100
    _, out, _ = run(capsys, "report", "--since", "2027-01-01", "--json")
    assert json.loads(out)["tally"]["parts"] == 0


def test_no_records_yet_is_a_sentence(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "report", "--lot", "a", "--json")
    assert code == BAD_INPUT
    assert "There are no records" in err


def test_a_place_that_cannot_be_written_is_a_sentence(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    out = tmp_path / "file" / "a.csv"
    code, _, err = run(capsys, "report", "--lot", lot.LOT, "--out", out)
    assert code == BAD_INPUT
    assert "cannot be written" in err


def test_verify_finds_the_picture_that_was_changed(
    own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, _ = run(capsys, "month", "--records", 400, "--pictures", 5, "--days", 4)
    assert code == DONE
    code, out, _ = run(capsys, "report", "--verify", "--json")
    assert code == DONE
    assert json.loads(out)["checked"] == 10
    changed = next(own_home.joinpath("evidence").rglob("*.map.png"))
    changed.write_bytes(b"x")
    code, out, _ = run(capsys, "report", "--verify")
    assert code == NG_FOUND
    assert f"changed: {changed.relative_to(own_home / 'evidence').as_posix()}" in out


def test_the_month_tells_its_true_rates_and_fills_only_once(
    own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("month", "--records", 300, "--seed", 5, "--first-day", "2026-10-01", "--json")
    code, out, _ = run(capsys, *words)
    assert code == DONE
    told = json.loads(out)
    assert told["records"] == 300
    assert 0 < told["false_call_rate"] < 0.02
    code, _, err = run(capsys, *words)
    assert code == BAD_INPUT
    assert "already holds records" in err
    code, _, err = run(capsys, "month", "--records", 0)
    assert code == BAD_INPUT
    assert "at least 1" in err
