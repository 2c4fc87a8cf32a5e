"""`recipe` from the command line, with and without a running station."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app import cli, paths
from app.inspection.recipe import Recipe
from app.paths import Home
from app.settings.recipes import RecipeBook
from app.settings.station import load
from app.store.database import open_store
from model import checkpoint
from model.backbone import TINY
from tests.model.tiny_clip import LIMITS, backbone, zero_shot


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("weights") / "bolt.safetensors"
    checkpoint.save(
        file, zero_shot(), LIMITS, name="bolt", backbone_name=TINY,
        backbone_sha256=backbone().sha256,
    )  # fmt: skip
    return file.read_bytes()


@pytest.fixture
def home(own_home: Path, weights: bytes) -> Home:
    home = paths.home(own_home)
    home.checkpoints.mkdir(parents=True)
    (home.checkpoints / "bolt.safetensors").write_bytes(weights)
    store = open_store(home.database_url)
    book = RecipeBook(store)
    book.save(Recipe(name="bolt", product="Bolt M8", checkpoint="bolt"), author="Lee", reason="new")
    book.save(
        Recipe(name="bolt", product="Bolt M8", checkpoint="bolt", ng_limit=0.5),
        author="Lee",
        reason="limit",
    )
    book.save(Recipe(name="nut", checkpoint="none"), author="Lee", reason="new")
    store.close()
    return home


def run(*words: str) -> int:
    return cli.run_command(cli.parse(["recipe", *words]))


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("home")
def test_list_and_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["name"], row["version"], row["product"]) for row in rows] == [
        ("bolt", 2, "Bolt M8"),
        ("nut", 1, ""),
    ]
    assert run("show", "bolt", "--version", "1", "--json") == 0
    shown = told(capsys)
    assert shown["recipe"]["version"] == 1
    assert [one["reason"] for one in shown["versions"]] == ["limit", "new"]
    assert run("list") == 0
    assert "Bolt M8" in capsys.readouterr().out
    assert run("show", "bolt") == 0


@pytest.mark.usefixtures("home")
def test_diff_is_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("diff", "bolt") == 0
    assert capsys.readouterr().out == "NG limit: that of the checkpoint -> 0.5\n"
    assert run("diff", "bolt", "2", "1", "--json") == 0
    assert told(capsys)[0]["before"] == "0.5"
    assert run("diff", "bolt", "2", "2") == 0
    assert capsys.readouterr().out == "no difference\n"
    assert run("diff", "bolt", "--with", "nut", "--json") == 0
    assert {one["key"] for one in told(capsys)} == {"product", "checkpoint", "ng_limit"}


def test_without_a_station_use_sets_the_next_start(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("use", "bolt", "--json") == 0
    answer = told(capsys)
    assert (answer["ok"], answer["running"], answer["version"]) == (True, False, 2)
    settings = load(home.settings)
    assert (settings.recipe, settings.recipe_version) == ("bolt", 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("use", "nothing"), "no recipe 'nothing'"),
        (("use", "nut"), "no checkpoint 'none'"),
        (("use", "bolt", "--version", "1"), "older version"),
        (("show", "bolt", "--version", "9"), "'bolt 9'"),
        (("approve", "bolt", "--author", "Lee"), "somebody else"),
        (("approve", "bolt", "--author", " "), "needs the name"),
        (("import", "none.zip", "--author", "Kim"), "cannot be read"),
        (("import", "none.zip", "--author", " "), "--author needs a name"),
    ],
)
@pytest.mark.usefixtures("home")
def test_what_cannot_be_done_is_one_sentence_and_code_2(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_an_unapproved_recipe_is_refused_until_a_second_person_approves(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.settings.write_text("approval_required = true\n", encoding="utf-8")
    assert run("use", "bolt") == 2
    assert "not approved" in capsys.readouterr().err
    assert run("approve", "bolt", "--author", "Park", "--note", "tried", "--json") == 0
    assert told(capsys)["by"] == "Park"
    assert run("use", "bolt") == 0
    assert run("list", "--json") == 0
    assert '"usable_version": 2' in capsys.readouterr().out


def test_export_and_import(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", "bolt", str(tmp_path), "--json") == 0
    file = told(capsys)["file"]
    assert Path(file).name == "bolt-2.recipe.zip"
    there = tmp_path / "there"
    words = ("import", file, "--author", "Kim", "--as", "bolt-b", "--home", str(there), "--json")
    assert run(*words) == 0
    taken = told(capsys)
    assert (taken["recipe"], taken["version"]) == ("bolt-b", 1)
    assert Path(taken["checkpoint"]) == there / "checkpoints" / "bolt.safetensors"
    assert run("import", file, "--author", "Kim") == 0
    assert "Recipe bolt, version 3, was taken in." in capsys.readouterr().out


def test_without_a_database_there_is_nothing(
    own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("list") == 2
    assert "run the station first" in capsys.readouterr().err
    assert not own_home.exists()
