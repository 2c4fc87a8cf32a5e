"""The station with every detector that can learn: judged, stored, started again, used by hand."""

from __future__ import annotations

import json
import logging
import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtWidgets import QApplication
from tqdm import tqdm

from app import entry, paths
from app.inspection.recipe import Recipe
from app.paths import Home
from app.settings.recipes import RecipeBook
from app.station import tasks
from app.store.database import open_store
from model import checkpoint
from model.learners import LEARNERS
from tests.rigs import plates
from tests.rigs.learned import learned_file, part, weights

SOURCE = "sim:seed=3,fps=0,size=320x256"
COUNT = 4


@pytest.fixture(autouse=True)
def as_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take down the handlers that the program puts up; bars keep no thread."""
    monkeypatch.setattr(tqdm, "monitor_interval", 0)
    yield
    root = logging.getLogger()
    for handler in [h for h in root.handlers if getattr(h, "station_handler", False)]:
        root.removeHandler(handler)
        handler.close()
    assert tasks.wait_all(10)


@dataclass
class Bench:
    """A home with the checkpoint of one detector and a recipe that names it."""

    home: Home
    name: str
    output: pytest.CaptureFixture[str]

    @property
    def file(self) -> Path:
        return self.home.checkpoints / f"{self.name}.safetensors"

    def run(self, *words: object) -> tuple[int, str, str]:
        """Run the program in this process; return its code and what it said."""
        self.output.readouterr()
        code = entry.main([*map(str, words), "--home", str(self.home.root)])
        said = self.output.readouterr()
        return code, said.out, said.err

    def line(self) -> list[dict[str, Any]]:
        """Let the demo line judge some parts."""
        code, out, err = self.run(
            "--headless", "--recipe", "part", "--source", SOURCE, "--count", COUNT, "--json"
        )
        assert code == 0, err
        return [json.loads(one) for one in out.splitlines()]

    def stored(self) -> list[dict[str, Any]]:
        code, out, err = self.run("records", "--json")
        assert code == 0, err
        return [json.loads(one) for one in out.splitlines()]


@pytest.fixture(params=list(LEARNERS))
def bench(
    request: pytest.FixtureRequest,
    qapp: QApplication,
    own_home: Path,
    capsys: pytest.CaptureFixture[str],
) -> Bench:
    home = paths.home(own_home)
    made = Bench(home, str(request.param), capsys)
    for folder in (home.checkpoints, home.weights):
        folder.mkdir(parents=True)
    shutil.copy(learned_file(made.name), made.file)
    shutil.copy(weights() / "adclip-tiny.safetensors", home.weights)
    store = open_store(home.database_url)
    recipe = Recipe(name="part", camera="sim:", checkpoint=made.file.name)
    RecipeBook(store).save(recipe, author="kim")
    store.close()
    return made


def test_the_line_judges_stores_and_goes_on_after_a_restart(bench: Bench) -> None:
    sha256 = checkpoint.inspect(bench.file).sha256
    first = bench.line()
    assert len(first) == COUNT
    for line in first:
        assert line["verdict"] in {"OK", "NG", "REVIEW"}
        assert math.isfinite(line["score"])
        assert line["checkpoint"] == sha256
        assert line["verdict"] != "OK" or line["score"] < line["limit"]
    again = bench.line()
    assert [one["score"] for one in again] == [one["score"] for one in first]
    rows = bench.stored()
    assert [row["id"] for row in rows] == [one["id"] for one in (*first, *again)]
    assert [row["verdict"] for row in rows] == [one["verdict"] for one in (*first, *again)]


def test_pictures_are_inspected_and_outlined(bench: Bench, tmp_path: Path) -> None:
    good = plates.write(tmp_path / "in", "good", part(70))
    plates.write(tmp_path / "in", "hole", part(71, hole=True))
    code, out, err = bench.run(
        "inspect", good.parent, "--checkpoint", bench.file, "--out", tmp_path / "out", "--json"
    )
    assert code == 0, err
    lines = [json.loads(one) for one in out.splitlines()]
    assert [Path(one["path"]).name for one in lines] == ["good.png", "hole.png"]
    assert all(one["verdict"] in {"OK", "NG", "REVIEW"} for one in lines)
    assert len(list((tmp_path / "out").rglob("*.png"))) >= 2


def test_it_is_measured_on_a_labelled_set(bench: Bench, tmp_path: Path) -> None:
    for number in range(3):
        plates.write(tmp_path / "set/test/good", f"g{number}", part(80 + number))
        plates.write(tmp_path / "set/test/hole", f"h{number}", part(90 + number, hole=True))
    words: list[object] = ["test", "--data", tmp_path / "set", "--checkpoint", bench.file, "--json"]
    # its pictures take a second, and one without a backbone has the most to leave out
    report = tmp_path / "report"
    words += ["--out", report] if bench.name == "efficient_ad" else []
    code, out, err = bench.run(*words)
    assert code == 0, err
    assert 0 <= json.loads(out)["image_auroc"] <= 1
    assert report.is_dir() == (bench.name == "efficient_ad")


def test_the_checkpoint_is_listed_and_packed(bench: Bench, tmp_path: Path) -> None:
    code, out, err = bench.run("checkpoint", "list", "--json")
    assert code == 0, err
    assert bench.name in out
    bundle = tmp_path / "part.zip"
    code, out, err = bench.run("recipe", "export", "part", bundle)
    assert code == 0, f"{out}{err}"
    assert bundle.stat().st_size > bench.file.stat().st_size / 2


@pytest.mark.parametrize("bench", ["efficient_ad"], indirect=True)
def test_the_checkpoint_is_checked_in_a_process_of_its_own(bench: Bench) -> None:
    """One that brings all its weights; those on a backbone are checked elsewhere."""
    code, out, err = bench.run("checkpoint", "check", bench.file)
    assert code == 0, f"{out}{err}"


def test_without_its_backbone_the_line_does_not_begin(bench: Bench) -> None:
    """A model that cannot be loaded must never become an OK."""
    named = checkpoint.inspect(bench.file).backbone
    (bench.home.weights / "adclip-tiny.safetensors").unlink()
    code, out, err = bench.run(
        "--headless", "--recipe", "part", "--source", SOURCE, "--count", COUNT, "--json"
    )
    if not named:
        assert code == 0
        return
    assert code == 2
    assert out == ""
    assert "adclip-tiny" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("bench", ["patchcore", "efficient_ad"], indirect=True)
def test_what_is_for_clip_alone_is_refused_in_a_sentence(bench: Bench, tmp_path: Path) -> None:
    for number in range(4):
        plates.write(tmp_path / "set/train/good", f"g{number}", part(number))
        plates.write(tmp_path / "set/test/hole", f"h{number}", part(20 + number, hole=True))
    new = tmp_path / "new.safetensors"
    for words in (
        ("teach", "--good", tmp_path / "set/train/good", "--out", new, "--checkpoint", bench.file),
        (
            "teach", "--good", tmp_path / "set/train/good", "--out", new, "--checkpoint",
            bench.file, "--paint",
        ),
        (
            "train", "--train-data-path", tmp_path / "set", "--save-path", tmp_path / "run",
            "--shots", "anomaly=2,good=2", "--checkpoint", bench.file,
        ),
        ("export", "--checkpoint", bench.file, "--official", tmp_path / "x.pth"),
        ("test", "--data", tmp_path / "set", "--checkpoint", bench.file, "--features-list", 3),
    ):  # fmt: skip
        code, out, err = bench.run(*words)
        assert code == 2, words
        assert out == ""
        assert err.splitlines()[-1].startswith("error: ")
        assert "Traceback" not in err
    assert not new.exists()
