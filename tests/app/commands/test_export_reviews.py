from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tqdm import tqdm

from app import cli
from app.cli_codes import BAD_INPUT, DONE
from app.inspection.verdict import Verdict
from model.datasets.collection import read_collection
from tests.rigs.reviewed import SPOT, Shop, open_shop


@pytest.fixture(autouse=True)
def no_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar's watching thread outlives the command; a process of its own would end it."""
    monkeypatch.setattr(tqdm, "monitor_interval", 0)


@pytest.fixture
def shop(own_home: Path) -> Iterator[Shop]:
    found = open_shop(own_home)
    yield found
    found.store.close()


def run(*words: str | Path) -> int:
    return cli.run_command(cli.parse(["dataset", "export-reviews", *map(str, words)]))


def test_a_set_is_written_with_the_filters_and_described(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for lot in ("L1", "L1", "L1", "L2"):
        shop.part(Verdict.OK, "good", lot=lot)
    shop.part(Verdict.NG, "confirmed", mask=(SPOT,), lot="L1", defect="dent")
    shop.part(Verdict.NG, ["good", "defective"], lot="L1")
    assert run(tmp_path / "a", "--lot", "L1", "--json") == DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["train_good"], told["test_good"], told["kinds"]) == (2, 1, {"dent": 1})
    assert told["left_out"] == {"disagreement": 1}
    assert len(read_collection(tmp_path / "a").test) == 2
    assert run(tmp_path / "b", "--recipe", "bolt", "--verdict", "OK", "--held-out", "0") == DONE
    out = capsys.readouterr().out
    assert "good to learn from" in out
    assert cli.run_command(cli.parse(["dataset", "describe", str(tmp_path / "a")])) == DONE


@pytest.mark.parametrize(
    "words",
    [("--held-out", "1"), ("--most", "0"), ("--since", "yesterday"), ("--lot", "none")],
)
def test_bad_input_is_one_sentence(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, str]
) -> None:
    shop.part(Verdict.OK, "good")
    assert run(tmp_path / "a", *words) == BAD_INPUT
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert not (tmp_path / "a").exists()


def test_a_home_without_records_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "a", "--home", tmp_path / "nowhere") == BAD_INPUT
    assert "no records" in capsys.readouterr().err
