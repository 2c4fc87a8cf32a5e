"""`calibrate` from records, images and tables: what it says, refuses and saves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tqdm import tqdm

from app import cli, paths
from app.commands import calibrate_sources
from app.settings.recipes import RecipeBook
from app.store import open_store
from app.store.database import Database
from tests.model.tiny_clip import predictor
from tests.rigs.scored_parts import Parts, fill

PNG = b"\x89PNG\r\n\x1a\n"


def run(*words: str) -> int:
    return cli.run_command(cli.parse(["calibrate", *words]))


@pytest.fixture
def store(own_home: Path) -> Database:
    own_home.mkdir(parents=True)
    opened = open_store(paths.home(own_home).database_url)
    yield opened
    opened.close()


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return lambda: json.loads(capsys.readouterr().out)


def row(values: dict[str, Any], name: str | None) -> dict[str, Any]:
    (found,) = [one for one in values["limits"] if one["name"] == name]
    return found


def test_records_give_table_suggestion_and_costs(store: Database, said: Any) -> None:
    fill(store, Parts())
    assert run("--false-calls", "0.01", "--json") == 0
    values = said()
    suggested = values["suggestion"]
    assert values["refusal"] is None
    assert suggested["normals"] == values["normals"] > values["drawn"] > 299
    assert suggested["bound"] <= 0.01
    assert "At most 1 %" in suggested["promise"]
    assert row(values, "suggested")["limit"] == suggested["limit"]
    in_force = row(values, "in force")
    assert in_force["limit"] == 2.0
    low, high = in_force["false_calls"]["interval"]
    assert low < 0.0228 < high  # P(N(0, 1) >= 2)
    assert row(values, "cheapest")["cost_per_1000"] <= in_force["cost_per_1000"]
    limits = [one["limit"] for one in values["limits"]]
    assert limits == sorted(limits)


def test_people_get_the_same_as_a_table(
    store: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(store, Parts())
    assert run("--limit", "3", "--review-limit", "1.5", "--what-if", "--costs", "2,300") == 0
    text = capsys.readouterr().out
    for part in ("in force", "suggested", "asked", "cheapest", "cost of 1,000", "review"):
        assert part in text
    assert "Last week:" in text
    assert "NG -> REVIEW" in text
    assert "OK -> REVIEW" in text
    assert "ERROR" not in text


def test_too_few_normals_are_a_refusal_not_a_guess(store: Database, said: Any) -> None:
    fill(store, Parts(300))
    assert run("--json", "--false-calls", "0.001") == 0
    values = said()
    assert values["suggestion"] is None
    assert values["refusal"]["code"] == "too-few-normals"
    assert values["refusal"]["missing"] == values["refusal"]["needed"] - values["drawn"] > 0


def test_two_checkpoints_must_be_told_apart(
    store: Database, capsys: pytest.CaptureFixture[str], said: Any
) -> None:
    fill(store, Parts())
    fill(store, Parts(400, checkpoint="d" * 64, limit=2.5, seed=2))
    assert run() == 2
    assert "--checkpoint" in capsys.readouterr().err
    assert run("--checkpoint", "dddd", "--json") == 0
    assert row(said(), "in force")["limit"] == 2.5
    assert run("--checkpoint", "nothing") == 2


def test_saving_makes_a_new_version_and_an_event(store: Database, said: Any) -> None:
    before = fill(store, Parts())
    words = ("--limit", "2.5", "--review-limit", "1.5", "--costs", "2,300", "--json")
    assert run(*words, "--save", "--author", "Choi", "--reason", "lot 14") == 0
    assert said()["saved"] == {
        "recipe": "bolt", "version": 2, "ng_limit": 2.5, "review_limit": 1.5,
    }  # fmt: skip
    recipe = RecipeBook(store).load("bolt")
    assert (recipe.ng_limit, recipe.review_limit) == (2.5, 1.5)
    assert (recipe.false_call_cost, recipe.escape_cost) == (2, 300)
    assert recipe.camera == before.camera
    newest = max(store.recipe_history("bolt"), key=lambda one: one.version)
    assert {newest.author, newest.reason} == {"Choi", "lot 14"}
    (event,) = store.events.find(kinds=("limits",))
    assert (event.recipe, event.by) == ("bolt", "Choi")
    assert event.details["ng_limit"] == [2.0, 2.5]


def test_the_promise_is_kept_with_the_suggested_limit(store: Database, said: Any) -> None:
    fill(store, Parts())
    assert run("--save", "--author", "Choi", "--reason", "promise", "--json") == 0
    values = said()
    assert RecipeBook(store).load("bolt").ng_limit == values["suggestion"]["limit"]
    (event,) = store.events.find(kinds=("limits",))
    assert event.details["promise"] == values["suggestion"]["promise"]


def test_no_suggestion_is_not_saved(store: Database, capsys: pytest.CaptureFixture[str]) -> None:
    fill(store, Parts(300))
    words = ("--save", "--author", "Choi", "--reason", "why not")
    assert run(*words, "--false-calls", "0.001") == 2
    assert "more are needed" in capsys.readouterr().err
    assert RecipeBook(store).load("bolt").version == 1


def test_records_that_nobody_reviewed_are_refused(
    store: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(store, Parts(400, reviewed=False))
    assert run() == 2
    assert "Nobody has reviewed" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("--costs", "1"),
        ("--costs=-1,2",),
        ("--false-calls", "0"),
        ("--confidence", "0.4"),
        ("--limit", "nan"),
        ("--limit", "1", "--review-limit", "2"),
        ("--defect-share", "2"),
        ("--save",),
        ("--recipe", "nut"),
        ("--lot", "nothing"),
        ("--csv", "gone.csv"),
        ("--csv", "gone.csv", "--good", "."),
        ("--csv", "gone.csv", "--save", "--author", "a", "--reason", "b"),
        ("--good", "gone"),
        ("--until", "2001-01-01"),
    ],
)
def test_bad_input_is_one_plain_line(
    words: tuple[str, ...], store: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(store, Parts(400))
    assert run(*words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parse(["calibrate", "--since", "yesterday"])
    assert ended.value.code == 2


def test_without_a_database_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    assert "no records" in capsys.readouterr().err


def test_a_table_of_scores(tmp_path: Path, said: Any) -> None:
    rng = np.random.default_rng(1)
    lines = [f"{score},good" for score in rng.normal(size=500)]
    lines += [f"{score},ng" for score in rng.normal(4, 1, size=80)]
    table = tmp_path / "scores.csv"
    table.write_text("\n".join(["score,part", *lines]), encoding="utf-8")
    out = tmp_path / "out"
    assert run("--csv", str(table), "--json", "--out", str(out)) == 0
    values = said()
    assert (values["good"], values["defective"], values["normals"]) == (500, 80, 500)
    assert values["suggestion"]["above"] == 1
    assert any("chosen at random" in note for note in values["notes"])
    assert json.loads((out / "limits.json").read_text("utf-8")) == values
    for name in ("histogram.png", "roc.png", "pr.png"):
        assert (out / name).read_bytes().startswith(PNG)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("score,part\n1,maybe\n", "line 2"),
        ("score,part\nnan,good\n", "not a score"),
        ("score,part\n", "no scores"),
        ("points,part\n1,good\n", "no column score"),
    ],
)
def test_a_table_that_is_not_understood_is_refused(
    tmp_path: Path, text: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "scores.csv"
    table.write_text(text, encoding="utf-8")
    assert run("--csv", str(table)) == 2
    assert why in capsys.readouterr().err


def test_images_are_scored_by_the_checkpoint(
    tmp_path: Path, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = predictor()
    monkeypatch.setattr(tqdm, "monitor_interval", 0)
    monkeypatch.setattr(calibrate_sources.checkpoints, "load_predictor", lambda *_: loaded)
    rng = np.random.default_rng(1)
    for kind, count in (("good", 3), ("bad", 2)):
        (tmp_path / kind).mkdir()
        for number in range(count):
            pixels = rng.integers(0, 255, (64, 64, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / kind / f"{number}.png")
    words = ("--good", str(tmp_path / "good"), "--defective", str(tmp_path / "bad"), "--json")
    assert run(*words, "--checkpoint", "tiny") == 0
    values = said()
    assert (values["good"], values["defective"]) == (3, 2)
    assert values["refusal"]["missing"] == 296
    assert run(*words, "--region", "0", "0", "99", "99") == 2
