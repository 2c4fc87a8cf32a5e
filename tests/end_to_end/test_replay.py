"""Parts of a real line, judged again from what was stored of them."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tqdm import tqdm

from app import cli
from app.camera.frame import Frame
from app.inspection.judgement import Inspection
from app.inspection.record import InspectionRecord, new_id
from app.inspection.verdict import Decision, Verdict
from app.paths import Home
from app.settings.recipes import DEMO
from app.store import open_store
from app.store.base import Query
from app.store.evidence import EvidenceStore
from tests.end_to_end.station_process import run

Replay = Callable[..., tuple[int, Any, str]]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which the demo line judged 12 parts; pictures of the NG ones and one OK."""
    root = tmp_path_factory.mktemp("line")
    done = run("--headless", "--source", "sim:seed=3,fps=0", "--count", "12", "--home", root)
    assert done.returncode == 0, done.stderr
    return Home(root)


@pytest.fixture
def home(line: Home, tmp_path: Path) -> Home:
    """A copy that a test may spoil."""
    shutil.copytree(line.root, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture(autouse=True)
def no_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tqdm from starting a thread that outlives the test."""
    monkeypatch.setattr(tqdm, "monitor_interval", 0)


@pytest.fixture
def replay(capsys: pytest.CaptureFixture[str]) -> Replay:
    def replayed(home: Home, *words: str | Path) -> tuple[int, Any, str]:
        capsys.readouterr()
        options = cli.parse(["replay", "--home", str(home.root), "--json", *map(str, words)])
        code = cli.run_command(options)
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else None, said.err

    return replayed


def kept(home: Home) -> list[InspectionRecord]:
    store = open_store(home.database_url)
    found = [record for record in store.find(Query()) if record.evidence is not None]
    store.close()
    return found


def change(home: Home, record_id: str, assignment: str) -> None:
    store = open_store(home.database_url)
    with store._write() as connection:
        connection.execute(
            text(f"UPDATE records SET {assignment} WHERE id = :id"), {"id": record_id}
        )
    store.close()


def test_every_part_gets_its_verdict_and_score_again(
    line: Home, replay: Replay, tmp_path: Path
) -> None:
    table = tmp_path / "replay.csv"
    code, found, _ = replay(line, "--csv", table)
    records = kept(line)
    assert len(records) >= 3
    assert {record.verdict for record in records} == {Verdict.OK, Verdict.NG}
    assert code == 0
    assert (found["same"], found["different"]) == (len(records), 0)
    for part, record in zip(found["parts"], records, strict=True):
        assert part["id"] == record.id
        assert part["verdict_now"] == record.verdict.value
        assert abs(part["score_now"] - record.score) <= 1e-4
        assert part["exact"]
    with table.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["id"] for row in rows] == [record.id for record in records]
    assert {row["outcome"] for row in rows} == {"same"}


def test_filters_and_limit(line: Home, replay: Replay) -> None:
    newest = next(record for record in kept(line) if record.verdict is Verdict.NG)
    _, found, _ = replay(line, "--verdict", "NG", "--limit", "1", "--recipe", "demo")
    assert [part["id"] for part in found["parts"]] == [newest.id]
    _, found, _ = replay(line, "--since", newest.taken_utc.isoformat())
    assert newest.id in [part["id"] for part in found["parts"]]
    for words in (["--lot", "none"], ["--until", "2001-01-01"]):
        code, found, said = replay(line, *words)
        assert (code, found) == (2, None)
        assert "widen the filters" in said
    assert replay(line, "--since", "noon")[0] == 2
    assert replay(line, "--limit", "-1")[0] == 2


def test_differences_are_listed(
    home: Home, replay: Replay, capsys: pytest.CaptureFixture[str]
) -> None:
    ng, other = [record for record in kept(home) if record.verdict is Verdict.NG][:2]
    change(home, ng.id, "score = score + 0.001")
    change(home, other.id, "verdict = 'OK'")
    code, found, _ = replay(home)
    assert code == 1
    different = {part["id"]: part for part in found["parts"] if part["outcome"] == "different"}
    assert set(different) == {ng.id, other.id}
    assert different[ng.id]["verdict"] == different[ng.id]["verdict_now"] == "NG"
    assert different[ng.id]["score"] - different[ng.id]["score_now"] == pytest.approx(0.001)
    assert (different[other.id]["verdict"], different[other.id]["verdict_now"]) == ("OK", "NG")
    assert cli.run_command(cli.parse(["replay", "--home", str(home.root)])) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert {line.split()[0] for line in lines[:2]} == {"different"}
    assert lines[2].endswith("2 different.")


def test_what_cannot_be_judged_is_said(
    home: Home, replay: Replay, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third = kept(home)[:3]
    change(home, first.id, f"checkpoint_sha256 = '{'f' * 64}', checkpoint = 'lost'")
    change(home, second.id, "recipe_version = 77")
    assert third.evidence is not None
    (home.evidence / third.evidence.image).write_bytes(b"no picture")
    code, found, _ = replay(home)
    assert code == 2
    notes = {part["id"]: part["note"] for part in found["parts"] if part["outcome"] != "same"}
    assert set(notes) == {first.id, second.id, third.id}
    assert "'lost' with the hash ffffffffffff is not there any more" in notes[first.id]
    assert "no recipe 'demo 77'" in notes[second.id]
    assert "changed or damaged" in notes[third.id]
    assert found["not_judged"] == 3
    assert cli.run_command(cli.parse(["replay", "--home", str(home.root)])) == 2
    judged, *reasons = capsys.readouterr().out.splitlines()
    assert judged.endswith("0 different.")
    assert sorted(reasons) == sorted(f"1 not judged: {note}" for note in notes.values())


def test_another_checkpoint_is_compared_by_verdict(line: Home, replay: Replay) -> None:
    code, found, _ = replay(line, "--checkpoint", "demo")
    assert (code, found["different"]) == (0, 0)
    code, found, _ = replay(line, "--checkpoint", "default", "--limit", "2")
    for part in found["parts"]:
        assert part["score"] != part["score_now"]
        assert (part["outcome"] == "same") == (part["verdict"] == part["verdict_now"])
    code, _, said = replay(line, "--checkpoint", "no such file")
    assert code == 2
    assert "no checkpoint" in said


def test_jpeg_and_errors_are_not_held_against_it(home: Home, replay: Replay) -> None:
    jpeg, error = add_again(home, kept(home)[0])
    code, found, _ = replay(home)
    parts = {part["id"]: part for part in found["parts"]}
    assert code == 0
    assert (parts[jpeg]["outcome"], parts[jpeg]["exact"]) == ("same", False)
    assert parts[jpeg]["score"] != parts[jpeg]["score_now"]
    assert "JPEG" in parts[jpeg]["note"]
    assert parts[error]["outcome"] == "was-error"
    assert parts[error]["verdict_now"] == "NG"
    assert "frame-stale: 3.0 s" in parts[error]["note"]


def add_again(home: Home, record: InspectionRecord) -> tuple[str, str]:
    """Store a part again as JPEG, and once more as one that came too late."""
    evidence, store = EvidenceStore(home.evidence), open_store(home.database_url)
    assert record.evidence is not None
    image = evidence.load_image(record.evidence)
    frame = Frame(image, 0, 0.0, record.taken_utc, record.source)
    recipe = DEMO.model_copy(update={"evidence_format": "jpg", "keep_ok_every": 1})
    jpeg = replace(record, id=new_id())
    kept_as = evidence.save(Inspection(jpeg, None, frame, recipe))
    store.add(replace(jpeg, evidence=kept_as))
    late = Decision(Verdict.ERROR, ("frame-stale: 3.0 s",))
    error = replace(record, id=new_id(), decision=late, score=None)
    store.add(error)
    store.close()
    return jpeg.id, error.id


def test_a_checkpoint_is_found_by_its_hash_whatever_its_name(home: Home, replay: Replay) -> None:
    record = kept(home)[0]
    home.checkpoints.mkdir(exist_ok=True)
    shutil.copy(Path("checkpoints/demo.safetensors"), home.checkpoints / "renamed.safetensors")
    change(home, record.id, "checkpoint = 'forgotten'")
    code, found, _ = replay(home, "--limit", "1")
    assert (code, found["same"]) == (0, 1)


def test_no_records_is_one_plain_sentence(tmp_path: Path, replay: Replay) -> None:
    code, found, said = replay(Home(tmp_path / "nothing"))
    assert (code, found) == (2, None)
    assert "run the station first" in said
