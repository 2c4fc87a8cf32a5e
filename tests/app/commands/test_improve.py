from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import cli, paths
from app.cli_codes import BAD_INPUT
from app.commands.improve import _text
from app.inspection.recipe import Recipe
from app.inspection.verdict import Verdict
from app.program import program
from app.review.improve_words import Wish, improve_words, place_of
from app.review.improvement import Improvement, Judgement
from app.settings.recipes import RecipeBook
from app.store.base import Query
from tests.rigs.reviewed import Shop, open_shop


@pytest.fixture
def shop(own_home: Path) -> Iterator[Shop]:
    found = open_shop(own_home)
    RecipeBook(found.store).save(Recipe(name="bolt", checkpoint="default"))
    yield found
    found.store.close()


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.run_command(cli.parse(["improve", *words])) == BAD_INPUT
    said = capsys.readouterr()
    assert '"result"' not in said.out
    (line,) = said.err.splitlines()
    return line


def test_bad_input_is_one_sentence(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.part(Verdict.OK, "good")
    assert "no recipe 'nut'" in refusal(capsys, "--recipe", "nut", "--name", "x", "--json")
    assert "--minutes" in refusal(capsys, "--recipe", "bolt", "--name", "x", "--minutes", "0")
    assert "name of a file" in refusal(capsys, "--recipe", "bolt", "--name", "a/b")
    words = ("--recipe", "bolt", "--name", "x", "--json", "--language", "ko")
    assert "검토된 양품이 1개" in refusal(capsys, *words)


def test_the_process_ends_with_the_program_that_started_it(shop: Shop, own_home: Path) -> None:
    for _ in range(6):
        shop.part(Verdict.OK, "good")
    home = paths.home(own_home)
    wish = Wish("bolt", "new", Query(), shop.evidence.root, shop.store.url, device="cpu")
    process = subprocess.Popen(
        [*program(), *improve_words(wish, home)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["stage"] == "read"
    # closes stdin, as the end of the owner does
    out, err = process.communicate(timeout=100)
    assert process.returncode == BAD_INPUT
    assert err.splitlines()[-1] == "error: It was stopped; nothing has changed."
    assert '"result"' not in out
    folder, file = place_of("new", home)
    assert not folder.exists()
    assert not file.exists()


def test_the_result_as_text() -> None:
    seen = Judgement("new", None, None, 3, 0, None, None)
    made = Improvement(
        "teach", "f", "s", "new", 1.5, Judgement("old", 0.5, 1.0, 3, 2, 1, 2), seen, 4, 0, "d"
    )
    text = _text(made)
    assert "new: new: AUROC -, not calibrated" in text
    assert "1 false calls among 3 good, 2 escapes among 2 defective parts" in text
    assert sys.executable in program()
