"""train and export as a user types them, on a small made data set and the shipped backbone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from app.cli_codes import BAD_INPUT, DONE, FAULT
from model.official import read_official
from tests.end_to_end.station_process import ROOT, environment, objects, run
from tests.rigs.product_set import make_product_set

FAST = ("--image_size", "48", "--features_list", "6", "--validation", "0.3", "--epoch", "2")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one data set, as --train_data_path and --dataset want it."""
    folder = tmp_path_factory.mktemp("data")
    make_product_set(folder / "plate")
    return folder


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of a finished AD-CLIP run, and what the command printed."""
    folder = tmp_path_factory.mktemp("trained")
    done = run(
        "train", "--train_data_path", data, "--dataset", "plate", "--save_path", folder,
        "--shots", "anomaly=4,good=6", *FAST, "--n_ctx", "6", "--no_augment", "--json",
    )  # fmt: skip
    assert done.returncode == DONE, done.stderr
    assert "n_ctx: 6" in done.stderr
    assert "image_size: 48" in done.stderr
    return folder, json.loads(done.stdout)


def test_what_train_prints(trained: tuple[Path, dict[str, Any]]) -> None:
    folder, facts = trained
    assert facts["checkpoint"] == str(folder / "best.safetensors")
    assert (facts["stopped"], facts["epochs"]) == ("finished", 2)
    assert facts["pictures"]["test_defective"] == 4
    assert facts["test"]["image_auroc"] is not None
    assert facts["limit"] is not None


def test_the_trained_checkpoint_tests_and_inspects(
    trained: tuple[Path, dict[str, Any]], data: Path
) -> None:
    folder, _ = trained
    best = folder / "best.safetensors"
    report = run("test", "--data", data / "plate", "--checkpoint", best, "--json")
    assert report.returncode == DONE, report.stderr
    assert json.loads(report.stdout)["n_defective"] == 8
    looked = run("inspect", data / "plate/test/spot", "--checkpoint", best, "--json")
    assert looked.returncode == DONE, looked.stderr
    lines = objects(looked.stdout)
    assert len(lines) == 5
    assert {line["verdict"] for line in lines} <= {"OK", "NG", "REVIEW"}


def test_an_official_epoch_file_is_exported_and_taken_as_a_start(
    trained: tuple[Path, dict[str, Any]], data: Path, tmp_path: Path
) -> None:
    folder, _ = trained
    out = tmp_path / "epoch_2.pth"
    made = run(
        "export", "--checkpoint", folder / "best.safetensors", "--official", out, "--json"
    )  # fmt: skip
    assert made.returncode == DONE, made.stderr
    facts = json.loads(made.stdout)
    assert (facts["n_ctx"], facts["depth"], facts["image_size"]) == (6, 3, 48)
    best = int(json.loads((folder / "epoch_1.json").read_text(encoding="utf-8"))["extra"]["epoch"])
    assert best == 1
    state, epochs = read_official(out), [read_official(folder / f"epoch_{n}.pth") for n in (1, 2)]
    assert any(torch.equal(state["ctx_pos"], one["ctx_pos"]) for one in epochs)
    done = run(
        "train", "--train-data-path", data, "--dataset", "plate", "--save-path", tmp_path / "run",
        "--recipe", "anomalyclip", "--backbone", "adclip-tiny", "--image-size", "48",
        "--checkpoint", out, "--epoch", "1", "--json",
    )  # fmt: skip
    assert done.returncode == DONE, done.stderr
    assert json.loads(done.stdout)["pictures"]["train_defective"] == 8


def test_prompts_with_other_words_are_not_for_the_official_code(data: Path, tmp_path: Path) -> None:
    done = run(
        "train", "--train_data_path", data / "plate", "--save_path", tmp_path, *FAST,
        "--recipe", "anomalyclip", "--shots", "anomaly=4,good=6",
        "--anomaly_template", "scratched {}",
    )  # fmt: skip
    assert done.returncode == DONE, done.stderr
    out = tmp_path / "out.pth"
    made = run("export", "--checkpoint", tmp_path / "best.safetensors", "--official", out)
    assert made.returncode == BAD_INPUT
    assert "'scratched {}'" in made.stderr
    assert not out.exists()


def start(data: Path, folder: Path, *words: str) -> subprocess.Popen[str]:
    command = [
        sys.executable, str(ROOT / "main.py"), "train", "--recipe", "anomalyclip",
        "--train_data_path", str(data / "plate"), "--save_path", str(folder),
        "--shots", "anomaly=4,good=6", *FAST[:6], "--epoch", "5000", "--save_freq", "5000", *words,
    ]  # fmt: skip
    return subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment(), cwd=ROOT
    )


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_ctrl_c_keeps_a_state_that_resumes(data: Path, tmp_path: Path) -> None:
    process = start(data, tmp_path)
    deadline = time.monotonic() + 120
    while not (tmp_path / "state.pt").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == FAULT, stderr
    assert "Traceback" not in stderr
    assert "--resume" in stderr
    again = run(
        "train", "--recipe", "anomalyclip", "--train_data_path", data / "plate",
        "--save_path", tmp_path, "--shots", "anomaly=4,good=6", *FAST[:6], "--epoch", "5000",
        "--save_freq", "5000", "--resume", "--minutes", "0.03", "--json",
    )  # fmt: skip
    assert again.returncode == DONE, again.stderr
    facts = json.loads(again.stdout)
    assert facts["stopped"] == "minutes"
    assert facts["epochs"] > 1


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
@pytest.mark.parametrize("after_s", [0.5, 2.0])
def test_ctrl_c_while_the_program_loads(data: Path, tmp_path: Path, after_s: float) -> None:
    process = start(data, tmp_path)
    time.sleep(after_s)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == FAULT, stderr
    assert "Traceback" not in stderr


@pytest.mark.skipif(os.name != "posix", reason="a limit of the file size stands for a full disk")
def test_a_full_disk_leaves_whole_files(data: Path, tmp_path: Path) -> None:
    first = run(
        "train", "--recipe", "anomalyclip", "--train_data_path", data / "plate",
        "--save_path", tmp_path, "--shots", "anomaly=4,good=6", *FAST,
    )  # fmt: skip
    assert first.returncode == DONE, first.stderr
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    words = [
        "train", "--recipe", "anomalyclip", "--train_data_path", str(data / "plate"),
        "--save_path", str(tmp_path), "--shots", "anomaly=4,good=6", *FAST, "--seed", "5",
    ]  # fmt: skip
    # no file may grow beyond 20 kB: a state or an epoch file does not fit
    script = (
        "import resource, runpy, sys; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)); "
        f"sys.argv = {['main.py', *words]!r}; runpy.run_path('main.py', run_name='__main__')"
    )
    full = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, encoding="utf-8", env=environment(), cwd=ROOT, check=False,
    )  # fmt: skip
    assert full.returncode == BAD_INPUT, full.stderr
    assert "Cannot write" in full.stderr
    assert "Traceback" not in full.stderr
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert after == before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--backbone", "ViT-Z-99"), "No backbone is called 'ViT-Z-99'"),
        (("--recipe", "dream"), "No recipe is called 'dream'"),
        (("--shots", "10+4"), "write for example anomaly=10,good=110"),
        (("--shots", "anomaly=1,good=6"), "only one defective image"),
        (("--shots", "anomaly=99"), "has only 8 such images"),
        (("--weights", "anomaly"), "--weights 'anomaly' is not understood"),
        (("--weights", "dream=1"), "no loss called 'dream'"),
        (("--unfreeze", "first=2"), "write for example last=2"),
        (("--folds", "1"), "--folds must be 0 or at least 2"),
        (("--members", "1"), "--members must be 0 or at least 2"),
        (("--members", "2", "--folds", "2"), "goes without --folds"),
        (("--members", "2", "--unfreeze", "last=1"), "Members share one frozen backbone"),
        (("--members", "5", "--shots", "anomaly=4,good=6"), "5 members need"),
        (("--minutes", "nan"), "--minutes must be above 0"),
        (("--checkpoint", "nowhere"), "There is no checkpoint 'nowhere'"),
        (("--dataset", "nowhere"), "nowhere"),
        (("--device", "toaster"), "No device is called 'toaster'"),
        (("--learning_rate", "nan"), "learning rate"),
        (("--batch_size", "0"), "batch"),
    ],
)
def test_bad_input_is_one_sentence(
    data: Path, tmp_path: Path, words: tuple[str, ...], sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    from app import cli

    options = cli.parse(
        ["train", "--train_data_path", str(data / "plate"), "--save_path", str(tmp_path), *words]
    )
    assert cli.run_command(options) == BAD_INPUT
    assert sentence in (stderr := capsys.readouterr().err)
    assert stderr.count("error: ") == 1
