from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app import cli
from app.commands.classify import material_of
from model import checkpoint
from model.images import read_image, write_image
from tests.rigs.learned import part

QUICK = (
    "--network", "test_efficientnet", "--size", "48", "--folds", "2", "--epochs", "2",
    "--batch", "8", "--device", "cpu",
)  # fmt: skip


def run(*words: str | Path) -> int:
    return cli.run_command(cli.parse([str(word) for word in words]))


def refusal(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """Run classify; it must end with exit code 2 and one line."""
    assert run("classify", *words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return two classes with two states each, as folders, and a table of the same."""
    root = tmp_path_factory.mktemp("labelled")
    lines = ["index,file_name,class,state,label"]
    for number, (product, state) in enumerate(
        (product, state) for product in ("bolt", "nut") for state in ("good", "hole")
    ):
        for copy in range(4):
            name = f"{product}/{state}/{copy}.png"
            picture = part(10 * number + copy, hole=state == "hole")
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            write_image(root / name, picture if product == "nut" else 255 - picture)
            lines.append(f"{len(lines) - 1},{name},{product},{state},{product}-{state}")
    (root / "train_df.csv").write_text("\n".join(lines), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a checkpoint of two epochs in a folder that was not there before."""
    out = tmp_path_factory.mktemp("made") / "new" / "c.safetensors"
    assert run("classify", "--data", data, "--out", out, "--test", data, *QUICK) == 0
    return out


def test_a_checkpoint_with_its_report(trained: Path) -> None:
    info = checkpoint.inspect(trained)
    assert (info.detector, info.backbone, info.image_size) == ("classifier", "", 48)
    assert info.extra["labels"] == ["bolt-good", "bolt-hole", "nut-good", "nut-hole"]
    assert info.calibration.is_usable
    folder = trained.parent / "c_report"
    found = {path.name for path in folder.iterdir()}
    assert found == {
        "report.html", "confusion.png", "confusion.csv", "folds.csv", "curves.csv", "curves.png",
    }  # fmt: skip
    page = (folder / "report.html").read_text("utf-8")
    assert "macro F1 of the test" in page


def test_a_table_gives_the_same_as_the_folders(
    data: Path, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "c.safetensors"
    sheet = data / "train_df.csv"
    assert run("--json", "classify", "--data", sheet, "--out", out, *QUICK) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["macro_f1"] == pytest.approx(checkpoint.inspect(trained).extra["macro_f1"])
    assert facts["checkpoint"] == str(out)
    assert len(facts["folds"]) == 2


def test_inspect_says_that_the_heatmap_explains(
    data: Path, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = data / "nut" / "hole" / "0.png"
    words = ("inspect", picture, "--checkpoint", trained, "--device", "cpu", "--limit", "0")
    assert run(*words, "--out", tmp_path / "o") == 0
    line = capsys.readouterr().out
    assert "explains, does not measure" in line
    assert "NG" in line
    assert [path.name for path in (tmp_path / "o").iterdir()] == ["0_overlay.png"]
    source, shown = read_image(picture), read_image(tmp_path / "o" / "0_overlay.png")
    assert shown.shape[0] > source.shape[0]
    assert shown[source.shape[0] :].max() > 200
    assert run("--json", *words) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["map"] == "explains, does not measure"
    assert facts["regions"] == []
    assert set(facts["classes"]) == {"bolt-good", "bolt-hole", "nut-good", "nut-hole"}


def test_a_test_measures_no_pixels_with_it(
    data: Path, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "set"
    mask = np.zeros((64, 64), np.uint8)
    mask[24:38, 26:40] = 255
    for kind in ("good", "hole"):
        for copy in range(2):
            picture = read_image(data / "nut" / kind / f"{copy}.png")
            (root / "test" / kind).mkdir(parents=True, exist_ok=True)
            write_image(root / "test" / kind / f"{copy}.png", picture)
    (root / "ground_truth" / "hole").mkdir(parents=True)
    for copy in range(2):
        write_image(root / "ground_truth" / "hole" / f"{copy}_mask.png", mask)
    words = ("--data", root, "--checkpoint", trained, "--device", "cpu")
    assert run("--json", "test", *words) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["pixel_auroc"] is None
    assert report["image_auroc"] is not None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--epochs", "many"), "--epochs is 'many'; it must be a whole number"),
        (("--optimizer", "adagrad"), "it must be one of adamw"),
        (("--network", "no_such"), "timm has no network"),
        (("--seed", "-1"), "--seed must be 0 or more"),
        (("--test-images", "."), "--test-images is for --test"),
        (("--product", "screw"), "the pictures show bolt, nut"),
        (("--folds", "9"), "choose 4 folds or fewer"),
        (("--images", "."), "goes with a CSV file"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    says: str,
) -> None:
    given = ("--data", data, "--out", tmp_path / "c.safetensors", "--device", "cpu")
    words = words if "--folds" in words else (*words, "--folds", "2")
    assert says in refusal(capsys, *given, *words)
    assert list(tmp_path.glob("*.safetensors")) == []


def test_the_name_of_the_checkpoint_is_checked_before_the_work(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refusal(capsys, "--data", data, "--out", tmp_path / "c.pth")
    assert "must be a file ending in .safetensors" in line


def test_a_folder_that_cannot_be_made_is_known_before_the_work(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    line = refusal(capsys, "--data", data, "--out", tmp_path / "file" / "c.safetensors")
    assert "Cannot make the folder" in line


def test_data_of_no_known_form_and_a_corrupt_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ("--out", tmp_path / "c.safetensors")
    assert "no folder" in refusal(capsys, "--data", tmp_path / "absent", *out)
    table = tmp_path / "t.csv"
    table.write_bytes(b"file_name,label\n\xff\xfe,x")
    assert "not UTF-8" in refusal(capsys, "--data", table, *out)


def test_pictures_of_one_source_stay_on_one_side_however_the_labels_come(data: Path) -> None:
    parse = ["classify", "--data", str(data / "train_df.csv"), "--out", "c.safetensors"]
    options = cli.parse(parse)
    assert material_of(options, options.data, None).groups == ()
    lines = ["file,tile", *(f"{p}/{s}/{n}.png,{n % 2}" for p in ("bolt", "nut")
                            for s in ("good", "hole") for n in range(4))]  # fmt: skip
    table = data / "tiles.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    try:
        by_sheet = material_of(options, options.data, None)
        by_folder = material_of(options, data, None)
    finally:
        table.unlink()
    assert len(set(by_sheet.groups)) == 2
    assert sorted(by_sheet.groups) == sorted(by_folder.groups)
