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
from model.lightening.loss import Loss
from tests.model.export.kinds import predictor_of_kind
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
        (("--onnx", "a.onnx", "--batch", "0"), "must be 1 to 256 pictures"),
        (("--onnx", "a.onnx", "--int8"), "need --data ROOT"),
        (("--onnx", "a.onnx", "--prune", "0.3"), "need --data ROOT"),
        (("--onnx", "a.onnx", "--data", "a"), "leave it out"),
        (("--onnx", "a.onnx", "--int8", "--data", "a", "--most-loss", "2"), "must be 0 to 1"),
        (("--openvino", "a.xml", "--tensorrt"), "give --onnx"),
        (("--onnx", "a.onnx", "--tensorrt"), "TensorRT cannot be used here"),
        (("--onnx", "a.onnx", "--int8", "--data", "nowhere"), "no folder nowhere"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == BAD_INPUT
    assert said in capsys.readouterr().err


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small data set in the layout of MVTec AD."""
    root = tmp_path_factory.mktemp("labelled")
    for folder, seeds in (("train/good", range(4)), ("test/good", (5, 6)), ("test/hole", (7, 8))):
        (root / folder).mkdir(parents=True)
        for seed in seeds:
            shown = picture(seed)
            if folder == "test/hole":
                shown[20:40, 20:40] = 255
            write_image(root / folder / f"{seed}.png", shown)
    return root


@pytest.fixture
def network(own_home: Path) -> Path:
    """Return a checkpoint whose convolutions can be pruned."""
    path = own_home / "net.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    judge = predictor_of_kind("classifier")
    checkpoint.save(
        path, judge.detector, judge.calibration, name="net", backbone_name="", backbone_sha256=""
    )
    return path


def test_a_lighter_form_is_measured_and_used_as_a_checkpoint(
    network: Path, labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, xml = tmp_path / "part.onnx", tmp_path / "part.xml"
    words = ("--checkpoint", network, "--onnx", out, "--openvino", xml, "--int8", "--prune", "0.3")
    assert run(*words, "--data", labelled, "--most-loss", "1", "--batch", "2") == DONE
    text = capsys.readouterr().out
    report = json.loads((tmp_path / "part.parity.json").read_text(encoding="utf-8"))
    assert report["light"]["int8"] is True
    assert report["light"]["pruned"]["kept"] < report["light"]["pruned"]["channels"]
    for form in report["forms"].values():
        assert form["loss"]["good"] == form["loss"]["defective"] == 2
        assert form["loss"]["auroc"]["value"] is not None
    for words_said in (
        "pruned by 30%",
        "counts with 8 bits",
        "limits moved by",
        "in 8 bits",
        "2 at once",
        "measured on 2 good and 2 defective",
        "image AUROC lost",
    ):
        assert words_said in text  # fmt: skip
    # the file has limits of its own and is judged with as any checkpoint
    limits, found = checkpoint.inspect(network).calibration, checkpoint.inspect(out)
    moved = found.calibration.limit - limits.limit
    assert moved == pytest.approx(report["light"]["limit_moved"])
    assert found.extra["exported"] | {"from_sha256": ""} == {
        "from_sha256": "", "int8": True, "pruned": 0.3
    }  # fmt: skip
    command = ["test", "--checkpoint", str(out), "--data", str(labelled), "--json"]
    assert cli.run_command(cli.parse(command)) == DONE
    tested = json.loads(capsys.readouterr().out)
    measured = report["forms"][str(out)]["loss"]["after"]["image_auroc"]
    assert tested["image_auroc"] == pytest.approx(measured)
    assert run("--checkpoint", out, "--onnx", tmp_path / "again.onnx") == BAD_INPUT
    assert "is exported already" in capsys.readouterr().err


def test_a_form_that_loses_too_much_is_not_written(
    network: Path,
    labelled: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Loss, "lost", 0.5)
    out = tmp_path / "part.onnx"
    words = ("--checkpoint", network, "--onnx", out, "--prune", "0.3", "--data", labelled)
    assert run(*words) == BAD_INPUT
    said = capsys.readouterr()
    assert "loses more AUROC than --most-loss allows" in said.err
    assert "image AUROC lost" in said.out
    assert not out.exists()
    assert (tmp_path / "part.parity.txt").exists()


def test_pruning_what_has_no_convolutions_is_refused(
    file: Path, labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "part.onnx"
    words = ("--checkpoint", file, "--onnx", out, "--prune", "0.3", "--data", labelled)
    assert run(*words) == BAD_INPUT
    assert "makes no sense for anomaly_clip" in capsys.readouterr().err
    assert not out.exists()
