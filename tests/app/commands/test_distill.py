from __future__ import annotations

import json
from pathlib import Path

import pytest
from tqdm import tqdm

from app import cli
from model.images import write_image
from model.learning.efficient_ad_teacher import find_teacher
from tests.model.tiny_efficient_ad import part


def _run(*words: str | Path) -> int:
    return cli.run_command(cli.parse(["distill", *map(str, words)]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--out", "t.pth"), "ending in .safetensors"),
        (("--out", "none/t.safetensors"), "There is no folder"),
        (("--out", "t.safetensors", "--steps", "0"), "at least 1"),
        (("--out", "t.safetensors", "--learning-rate", "nan"), "0 to 1"),
        (("--out", "t.safetensors", "--target", "a", "b", "c"), "at most one weight file"),
        (("--out", "t.safetensors", "--images", "none"), "no folder none"),
        (("--out", "t.safetensors", "--target", "wide_resnet101_2"), "needs a weight file"),
        (("--out", "t.safetensors", "--target", "resnet18", "none.pth"), "none.pth"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tqdm, "monitor_interval", 0)
    monkeypatch.chdir(tmp_path)
    assert _run(*words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.splitlines()
    assert said in line
    assert list(tmp_path.iterdir()) == []


def test_a_teacher_from_a_folder(
    tmp_path: Path,
    own_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # its thread would outlive the test
    monkeypatch.setattr(tqdm, "monitor_interval", 0)
    monkeypatch.setattr("model.distil_target._NATIVE_SHARE", 0.25)
    images = tmp_path / "images"
    images.mkdir()
    write_image(images / "one.png", part(1))
    # the station's folder of weights, where a teacher is looked for, need not be there before
    out = own_home / "weights" / "efficient_ad_teacher_xs.safetensors"
    words = ("--images", images, "--out", out, "--steps", "2", "--batch", "1", "--device", "cpu")
    options = cli.parse(["--json", "distill", *map(str, words)])
    assert cli.run_command(options) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["size"], facts["target"], facts["pictures"]) == ("xs", "adclip-tiny", 1)
    assert find_teacher(None, "xs", (own_home / "weights",)).file == out
