"""The command `export` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tqdm import tqdm

from app import cli
from app.cli_codes import BAD_INPUT, DONE
from model import checkpoint
from model.backbone import TINY
from model.export import parity
from model.images import write_image
from tests.model.tiny_clip import LIMITS, backbone, picture, zero_shot


@pytest.fixture(autouse=True)
def no_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar's watching thread outlives the command; a process of its own would end it."""
    monkeypatch.setattr(tqdm, "monitor_interval", 0)


@pytest.fixture
def file(own_home: Path) -> Path:
    """Return a tiny checkpoint in a home that has its backbone."""
    weights = own_home / "weights"
    weights.mkdir(parents=True)
    whole = backbone()
    (weights / whole.file.name).write_bytes(whole.file.read_bytes())
    path = own_home / "tiny.safetensors"
    checkpoint.save(
        path, zero_shot(), LIMITS, name="tiny", backbone_name=TINY, backbone_sha256=whole.sha256
    )
    return path


def run(*words: str | Path) -> int:
    return cli.run_command(cli.parse([str(word) for word in ("export", *words)]))


def test_both_forms_with_their_report_and_nothing_without_parity(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = tmp_path / "pictures"
    for seed in range(3):
        (pictures / str(seed)).mkdir(parents=True)
        write_image(pictures / str(seed) / "part.png", picture(20 + seed))
    out, xml = tmp_path / "out" / "part.onnx", tmp_path / "out" / "part.xml"
    words = ("--checkpoint", file, "--onnx", out, "--openvino", xml, "--pictures", pictures)
    assert run(*words, "--json") == DONE
    told = json.loads(capsys.readouterr().out)
    report = json.loads((tmp_path / "out" / "part.parity.json").read_text(encoding="utf-8"))
    assert report["forms"].keys() == {str(out), str(xml)}
    for form in report["forms"].values():
        assert form["holds"]
        assert form["verdicts_agreed"] == form["pictures"] == 3
        assert form["map_difference"] < 1e-3
        assert [one["name"] for one in form["each"]] == [f"{n}/part.png" for n in range(3)]
    assert told["forms"] == report["forms"]
    text = (tmp_path / "out" / "part.parity.txt").read_text(encoding="utf-8")
    assert text.count("parity holds") == 2
    names = {path.name for path in (tmp_path / "out").iterdir()}
    parts = {"part.onnx", "part.xml", "part.bin", "part.parity.json", "part.parity.txt"}
    assert names == parts

    monkeypatch.setattr(parity, "LARGEST_DIFFERENCE", -1.0)
    other = tmp_path / "other.onnx"
    assert run("--checkpoint", file, "--onnx", other, "--pictures", pictures) == BAD_INPUT
    said = capsys.readouterr()
    assert "PARITY DOES NOT HOLD" in said.out
    assert "was not written" in said.err
    assert not other.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Say what to write"),
        (("--onnx", "a.xml"), "must end in .onnx"),
        (("--openvino", "a.onnx"), "must end in .xml"),
        (("--official", "a.onnx"), "must end in .pth"),
        (("--onnx", "a.onnx", "--report", "a.txt"), "must end in .json"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == BAD_INPUT
    assert said in capsys.readouterr().err
