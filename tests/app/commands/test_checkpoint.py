from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import cli, paths
from app.cli_codes import BAD_INPUT, DONE
from app.inspection.recipe import Recipe
from app.inspection.verdict import Verdict
from app.settings.recipes import RecipeBook
from tests.rigs.reviewed import Shop, open_shop

SHIPPED = paths.shipped_checkpoints()


@pytest.fixture
def shop(own_home: Path) -> Iterator[Shop]:
    found = open_shop(own_home)
    RecipeBook(found.store).save(Recipe(name="bolt", checkpoint="default"))
    yield found
    found.store.close()


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = DONE) -> str:
    assert cli.run_command(cli.parse(["checkpoint", *words])) == code
    out, err = capsys.readouterr()
    return err if code else out


def test_list(capsys: pytest.CaptureFixture[str], own_home: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.pth").write_bytes(b"\x80\x02}.")
    lines = said(capsys, "list", str(tmp_path), "--json", "--hash").splitlines()
    found = {Path(entry["path"]).name: entry for entry in map(json.loads, lines)}
    assert found["demo.safetensors"]["info"]["n_shots"] == 60
    assert len(found["demo.safetensors"]["info"]["sha256"]) == 64
    assert (found["default.safetensors"]["n_ctx"], found["default.safetensors"]["shipped"]) == (
        12,
        True,
    )
    assert found["bad.pth"]["info"] is None
    text = said(capsys, "list", str(tmp_path))
    assert "12/4" in text
    assert "bad.pth: The file" in text
    assert "no folder" in said(capsys, "list", str(tmp_path / "none"), code=BAD_INPUT)


def test_import_and_export(
    capsys: pytest.CaptureFixture[str], own_home: Path, tmp_path: Path
) -> None:
    shutil.copy(SHIPPED / "default.safetensors", tmp_path / "mine.safetensors")
    out = said(capsys, "import", str(tmp_path / "mine.safetensors"), "--unchecked", "--name", "new")
    assert Path(out.strip()) == own_home / "checkpoints" / "new.safetensors"
    out = said(capsys, "export", "new", str(tmp_path / "out"), "--json")
    target = Path(json.loads(out)["path"])
    assert target.read_bytes() == (SHIPPED / "default.safetensors").read_bytes()
    assert "no checkpoint 'none'" in said(capsys, "export", "none", "x", code=BAD_INPUT)


def test_check_says_what_is_bad(
    capsys: pytest.CaptureFixture[str], own_home: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes((SHIPPED / "default.safetensors").read_bytes()[:-5])
    words = ["check", str(bad), "--json", "--device", "cpu"]
    assert cli.run_command(cli.parse(["checkpoint", *words])) == BAD_INPUT
    damaged = json.loads(capsys.readouterr().out)
    assert (damaged["ok"], damaged["problem"]) == (False, "damaged")
    assert "cut off" in damaged["sentence"]
    assert "Name the files" in said(capsys, "check", code=BAD_INPUT)


def test_compare(capsys: pytest.CaptureFixture[str], shop: Shop, tmp_path: Path) -> None:
    for word in ("good", "", "defective"):
        shop.part(Verdict.NG if word == "defective" else Verdict.OK, word, recipe="bolt")
    kept = tmp_path / "kept.json"
    words = ("compare", "demo", "--last", "2", "--device", "cpu", "--json", "--out", str(kept))
    found = json.loads(said(capsys, *words))
    assert json.loads(kept.read_text("utf-8")) == found
    assert (found["recipe"], found["counts"]["pictures"]) == ("bolt", 2)
    assert (found["current"]["name"], found["candidate"]["name"]) == ("default", "demo")
    assert {pair["expected"] for pair in found["pairs"]} == {None, "NG"}
    assert all(Path(pair["picture"]).is_file() for pair in found["pairs"])
    text = said(capsys, "compare", "default", "--last", "1", "--recipe", "bolt")
    assert "same verdict: 1 of 1" in text


def test_compare_says_what_is_missing(
    capsys: pytest.CaptureFixture[str], shop: Shop, own_home: Path
) -> None:
    assert "No recipe was used yet" in said(capsys, "compare", "demo", code=BAD_INPUT)
    refusal = said(capsys, "compare", "none", "--recipe", "bolt", code=BAD_INPUT)
    assert "no checkpoint 'none'" in refusal
    assert "--last" in said(capsys, "compare", "demo", "--last", "0", code=BAD_INPUT)
    empty = ("compare", "demo", "--home", str(own_home / "other"))
    assert "no database" in said(capsys, *empty, code=BAD_INPUT)
