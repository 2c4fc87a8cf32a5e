"""`golden` on a real store with the shipped demo checkpoint."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app import cli, paths
from app.camera.uri import source_for
from app.settings.recipes import DEMO, RecipeBook
from app.store.database import Database, open_store
from app.store.evidence import EvidenceStore
from model.images import read_image, write_image
from tests.rigs.records import an_inspection


def golden(*words: str) -> int:
    return cli.run_command(cli.parse(["golden", *words]))


@pytest.fixture
def store(own_home: Path) -> Database:
    own_home.mkdir()
    store = open_store(paths.home(own_home).database_url)
    RecipeBook(store).save(DEMO)
    store.close()
    return store


@pytest.fixture
def good(tmp_path: Path) -> Path:
    source = source_for("sim:seed=3,defects=0,fps=0")
    source.open()
    file = tmp_path / "good part.png"
    write_image(file, source.read().image)
    source.close()
    return file


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_from_the_first_sample_to_a_check_that_moved(
    store: Database, good: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    add = ("add", "--recipe", "demo", "--image", str(good), "--author", "kim", "--json")
    assert golden(*add) == 0
    (added,) = lines(capsys)
    assert (added["name"], added["verdict"], added["added_by"]) == ("good part", "OK", "kim")
    assert golden(*add) == 2
    assert "already" in capsys.readouterr().err
    assert golden("list") == 0
    assert "good part" in capsys.readouterr().out
    assert golden("check", "--recipe", "demo") == 0
    assert "right  good part" in capsys.readouterr().out
    # Somebody has changed the picture: the set is no longer what it was.
    (paths.home(tmp_path / "home").golden / added["image"]).write_bytes(good.read_bytes()[:-9])
    assert golden("check", "--recipe", "demo", "--json") == 1
    (said,) = lines(capsys)
    assert (said["passed"], said["samples"][0]["problem"]) == (False, "file")
    assert golden("retire", "--recipe", "demo", "--name", "good part", "--author", "lee") == 0
    assert golden("check", "--recipe", "demo") == 2
    told = [(event.kind, event.by, event.details.get("passed")) for event in store.events.find()]
    assert told == [
        ("golden", "", False),
        ("sample", "lee", None),
        ("golden", "", False),
        ("golden", "", True),
        ("sample", "kim", None),
    ]


def test_from_the_picture_of_a_stored_part(
    store: Database, own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = paths.home(own_home)
    without = an_inspection(lot="L-7").record
    store.add(without)
    assert golden("add", "--recipe", "demo", "--record", without.id, "--author", "kim") == 2
    assert "was not kept" in capsys.readouterr().err
    assert golden("add", "--recipe", "demo", "--record", "nobody", "--author", "kim") == 2
    assert "no record" in capsys.readouterr().err
    inspection = an_inspection(lot="L-7", size=(960, 1280))
    evidence = EvidenceStore(home.evidence, min_free_bytes=0).save(inspection)
    store.add(replace(inspection.record, evidence=evidence))
    # Noise is no good part: what must be OK and is not is refused.
    words = ("--record", inspection.record.id, "--verdict", "OK", "--author", "kim")
    assert golden("add", "--recipe", "demo", *words) == 2
    assert "must be OK, but it is judged NG" in capsys.readouterr().err
    assert golden("add", "--recipe", "demo", *words[:2], *words[4:]) == 0
    (sample,) = store.golden.samples("demo")
    assert sample.name == "L-7 1"
    kept = paths.home(own_home).golden / sample.image
    assert inspection.frame is not None
    np.testing.assert_array_equal(read_image(kept), inspection.frame.image)
    assert golden("measure", "--recipe", "demo", "--author", "lee") == 0
    assert [s.added_by for s in store.golden.samples("demo")] == ["lee"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("check",), "name one with --recipe"),
        (("check", "--recipe", "nope"), "no recipe 'nope'"),
        (("retire", "--recipe", "demo", "--name", "x", "--author", "kim"), "no golden sample 'x'"),
        (("add", "--recipe", "demo", "--image", "none.png", "--author", "kim"), "none.png"),
    ],
)
def test_what_it_cannot_do_is_one_plain_line(
    store: Database, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], why: str
) -> None:
    assert golden(*words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert why in line


def test_without_a_database_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert golden("list") == 2
    assert "run the station first" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [(), ("add", "--author", "kim"), ("add", "--record", "a", "--image", "b")]
)
def test_what_is_missing_is_refused(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        golden(*words)
    assert ended.value.code == 2
    assert capsys.readouterr().err
