"""What teach refuses before any work is done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tqdm import tqdm

from app import cli
from app.commands.good_shots import material_of
from model import checkpoint
from model.learners import LEARNERS
from tests.rigs import plates
from tests.rigs.learned import part, weights

WHOLE = "--good . --out x.safetensors"


def refusal(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """Run teach in this process; it must end with exit code 2 and one line."""
    options = cli.parse(["teach", *map(str, words)])
    assert cli.run_command(options) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


def test_a_validation_folder_needs_a_selection(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--good", tmp_path, "--out", tmp_path / "x.safetensors")
    assert "--select-shots" in refusal(capsys, *words, "--validation", tmp_path)


def test_the_name_of_the_checkpoint_is_checked_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refusal(capsys, "--good", tmp_path, "--out", tmp_path / "x.pth")
    assert "x.pth must be a file ending in .safetensors" in line


def test_an_unknown_way_to_select_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parse(["teach", "--good", ".", "--out", "x.safetensors", "--select-shots", "guess"])
    assert ended.value.code == 2
    assert "growing" in capsys.readouterr().err


def good_folder(folder: Path, count: int = 4) -> Path:
    for number in range(count):
        plates.write(folder, f"a{number}", part(number))
    return folder


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Give --good DIR, --source URI or --labelled ROOT"),
        ("--good .", "Give --out FILE"),
        ("--good . --out a0.png/x.safetensors", "Cannot make the folder a0.png"),
        (f"{WHOLE} --detector nope", "known are few_shot_clip"),
        (f"{WHOLE} --detector few_shot_clip:row=1", "did you mean rows"),
        (f"{WHOLE} --detector few_shot_clip --paint", "give one of them"),
        (f"{WHOLE} --detector classifier", "give --labelled ROOT"),
        (f"{WHOLE} --detector patchcore --checkpoint a", "patchcore does not"),
        (f"{WHOLE} --detector patchcore --select-shots growing", "memory bank of few_shot_clip"),
        (f"{WHOLE} --defects 2", "--defects is for --labelled"),
        ("--labelled . --out x.safetensors --defects 2", "leave --defects out"),
        (f"{WHOLE} --shots 201", "it must be 1 to 200"),
    ],
)
def test_contradictions_are_refused_before_any_work(
    words: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(good_folder(tmp_path / "parts"))
    assert said in refusal(capsys, *words.split())
    assert not Path("x.safetensors").exists()


def test_a_region_outside_of_a_picture_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--good", good_folder(tmp_path / "parts"), "--out", tmp_path / "x.safetensors")
    line = refusal(capsys, *words, "--region", "10", "10", "100", "20")
    assert "does not fit into" in line
    assert "64 x 64 pixels" in line


def test_every_detector_is_listed_with_its_choices(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run_command(cli.parse(["teach", "--list-detectors", "--json"])) == 0
    known = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in known] == list(LEARNERS)
    assert all(choice["text"] for one in known for choice in one["choices"])
    assert cli.run_command(cli.parse(["teach", "--list-detectors"])) == 0
    printed = capsys.readouterr().out
    assert "rows=8000" in printed
    assert "--labelled ROOT" in printed


def test_labelled_pictures_are_drawn_as_train_draws_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good_folder(tmp_path / "set/train/good", 3)
    for kind in ("good", "hole"):
        good_folder(tmp_path / "set/test" / kind, 4)
    words = ["teach", "--labelled", str(tmp_path / "set"), "--out", "x.safetensors"]
    material = material_of(cli.parse([*words, "--defects", "2"]), with_defects=True)
    assert sorted(label.state for label in material.labels) == ["good"] * 3 + ["hole"] * 2
    assert "2 pictures of the test part" in capsys.readouterr().err
    everything = material_of(
        cli.parse([*words, "--region", "0", "0", "40", "50"]), with_defects=True
    )
    assert len(everything) == 7
    assert everything.pictures[0].shape == (50, 40, 3)
    assert len(material_of(cli.parse(words), with_defects=False)) == 3


def test_labels_by_folder_and_by_table_are_all_learned_from(tmp_path: Path) -> None:
    for label in ("nut/good", "nut/bent", "cap/good"):
        good_folder(tmp_path / "set" / label, 3)
    rows = ["index,file_name,class,state,label"]
    rows += [f"{n},a{n}.png,nut,{state},nut-{state}" for n, state in enumerate(["good", "bent"])]
    sheet = good_folder(tmp_path / "flat", 2) / "labels.csv"
    sheet.write_text("\n".join(rows), encoding="utf-8")
    for source, counts in ((tmp_path / "set", (6, 3)), (sheet, (1, 1))):
        words = ["teach", "--labelled", str(source), "--out", "x.safetensors"]
        material = material_of(cli.parse(words), with_defects=True)
        good = sum(label.is_good for label in material.labels)
        assert (good, len(material) - good) == counts
        assert {label.product for label in material.labels} <= {"nut", "cap"}


def test_an_unsorted_ok_ng_folder_gives_its_good_ones_too(tmp_path: Path) -> None:
    for kind in ("ok", "ng"):
        good_folder(tmp_path / "set" / kind, 3)
    words = ["teach", "--labelled", str(tmp_path / "set"), "--out", "x.safetensors"]
    material = material_of(cli.parse(words), with_defects=True)
    assert sum(label.is_good for label in material.labels) == 3
    assert len(material) == 6


def test_what_was_learned_names_its_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # its thread would outlive the test
    monkeypatch.setattr(tqdm, "monitor_interval", 0)
    file = tmp_path / "x.safetensors"
    words = ["teach", "--good", str(good_folder(tmp_path / "parts")), "--out", str(file), "--json"]
    words += ["--detector", "painted_clip:steps=2", "--device", "cpu"]
    words += ["--checkpoint", str(weights() / "default.safetensors")]
    assert cli.run_command(cli.parse(words)) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["detector"] == "ad_clip"
    extra = checkpoint.inspect(file).extra
    assert extra["learner"] == "painted_clip"
    assert extra["choices"]["steps"] == "2"
    assert extra["pictures"] == {"train_good": 4, "train_defective": 0}
    assert (tmp_path / "x.curves/curves.png").stat().st_size > 1000
