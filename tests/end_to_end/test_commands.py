"""inspect, teach, test, weights and bench as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.camera.simulated import SimulatedLine
from app.camera.uri import source_for
from model.images import read_image, write_image
from tests.end_to_end.station_process import objects, run

N_GOOD, N_BAD = 8, 6


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small labelled data set of the demo line in MVTec layout."""
    root = tmp_path_factory.mktemp("product")
    source = source_for("sim:seed=77,fps=0,defects=0.5,size=640x512")
    assert isinstance(source, SimulatedLine)
    source.open()
    counts = {"train": 0, "good": 0, "bad": 0}
    while counts["train"] < 10 or counts["good"] < N_GOOD or counts["bad"] < N_BAD:
        frame = source.read()
        assert frame.truth is not None
        if frame.truth.verdict == "ok":
            part = "train" if counts["train"] < 10 else "good"
            name = "train/good" if part == "train" else "test/good"
            write_image(_made(root / name) / f"{frame.number:03}.png", frame.image)
            counts[part] += 1
        elif counts["bad"] < N_BAD:
            write_image(_made(root / "test/defect") / f"{frame.number:03}.png", frame.image)
            assert frame.truth.mask is not None
            mask = _made(root / "ground_truth/defect") / f"{frame.number:03}_mask.png"
            write_image(mask, frame.truth.mask)
            counts["bad"] += 1
    source.close()
    return root


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def taught(product: Path) -> Path:
    """A checkpoint taught from the good pictures of the data set."""
    file = product / "taught.safetensors"
    done = run("teach", "--good", product / "train/good", "--out", file, "--shots", 8, "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["n_shots"] == 8
    assert facts["limit"] > 0
    return file


def test_taught_checkpoint_separates_the_parts(product: Path, taught: Path) -> None:
    done = run("test", "--data", product, "--checkpoint", taught, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["n_good"] >= N_GOOD
    assert report["n_defective"] == N_BAD
    assert report["image_auroc"] > 0.8
    assert 0.5 < report["pixel_auroc"] <= 1
    assert 0 < report["aupro"] <= 1
    assert set(report["per_kind"]) == {"defect"}
    assert report["images_per_second"] > 0


def test_the_report_of_a_test_is_saved(product: Path, taught: Path, tmp_path: Path) -> None:
    words = ("test", "--data", product, "--checkpoint", taught)
    done = run(*words, "--out", tmp_path / "out", "--metrics", "image-level")
    assert done.returncode == 0, done.stderr
    header, _, line, mean = done.stdout.splitlines()[:4]
    assert [cell.strip() for cell in header.strip("|").split("|")] == [
        "objects", "pixel_auroc", "pixel_aupro", "image_auroc", "image_ap", "f1_max", "precision",
        "recall", "mAP",
    ]  # fmt: skip
    assert line.split("|")[2:] == mean.split("|")[2:]
    assert mean.split("|")[2].strip() == "-"
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "report.html", "results.json", "results.csv", "scores.csv", "roc.png", "pr.png"
    }  # fmt: skip
    stored = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert stored["image_auroc"] > 0.8
    scores = (tmp_path / "out" / "scores.csv").read_text("utf-8").splitlines()
    assert len(scores) == 1 + stored["n_good"] + stored["n_defective"]


def test_the_number_of_shots_is_found_and_taught(product: Path, tmp_path: Path) -> None:
    file = tmp_path / "nut.safetensors"
    words = ("teach", "--good", product / "train/good", "--out", file, "--shots", 3, "--json")
    done = run(*words, "--select-shots", "growing")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    found = facts["shots_selection"]
    assert found["method"] == "growing"
    assert found["shots"] == [1, 2]
    assert facts["n_shots"] in found["shots"]
    lines = (tmp_path / "nut_shots.csv").read_text("utf-8").splitlines()
    assert len(lines) == 1 + len(found["shots"])
    assert sum(line.endswith(",yes") for line in lines) == 1
    assert read_image(tmp_path / "nut_shots.png").shape[0] > 300


def test_layers_of_the_map_can_be_chosen(product: Path, taught: Path) -> None:
    words = ("test", "--data", product, "--json", "--features_list")
    done = run(*words, 3)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["escapes"] is None
    beyond = run(*words, 99)
    assert (beyond.returncode, beyond.stdout) == (2, "")
    assert "layers from 1 to" in beyond.stderr
    other = run(*words, 3, "--checkpoint", taught)
    assert other.returncode == 2
    assert "few_shot_clip" in other.stderr


def test_inspect_prints_one_object_a_picture_and_writes_pictures(
    product: Path, taught: Path, tmp_path: Path
) -> None:
    done = run(
        "inspect", product / "test", "--checkpoint", taught, "--out", tmp_path, "--json"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = objects(done.stdout)
    assert len(lines) >= N_GOOD + N_BAD
    for line in lines:
        assert set(line) >= {
            "path", "verdict", "score", "limit", "regions", "checkpoint", "latency_ms"
        }  # fmt: skip
        source = read_image(Path(line["path"]))
        stem = Path(line["path"]).stem
        overlay = read_image(tmp_path / f"{stem}_overlay.png")
        mask = read_image(tmp_path / f"{stem}_mask.png")
        assert overlay.shape == source.shape
        assert mask.shape[:2] == source.shape[:2]
        assert set(np.unique(mask)) <= {0, 255}
        for region in line["regions"]:
            assert region["area_px"] > 0
            assert len(region["polygon"]) >= 1


def test_limit_moves_the_verdict(product: Path, taught: Path) -> None:
    picture = next((product / "test/defect").iterdir())
    words = ("inspect", picture, "--checkpoint", taught, "--json", "--fail_on_ng")
    strict = run(*words, "--limit", "0")
    lax = run(*words, "--limit", "1e9")
    assert (strict.returncode, json.loads(strict.stdout)["verdict"]) == (1, "NG")
    assert (lax.returncode, json.loads(lax.stdout)["verdict"]) == (0, "OK")
    nonsense = run(*words, "--limit", "nan")
    assert nonsense.returncode == 2
    assert "Traceback" not in nonsense.stderr


def test_corrupt_picture_is_error_and_the_others_are_judged(product: Path, tmp_path: Path) -> None:
    (tmp_path / "a_broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    picture = next((product / "test/good").iterdir())
    (tmp_path / "b_good.png").write_bytes(picture.read_bytes())
    done = run("inspect", tmp_path, "--json")
    assert done.returncode == 2
    first, second = objects(done.stdout)
    assert (first["verdict"], first["score"]) == ("ERROR", None)
    assert second["verdict"] in {"OK", "NG", "REVIEW"}
    assert "Traceback" not in done.stderr


def test_broken_checkpoint_is_refused(product: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{not json at all")
    done = run("inspect", product / "test", "--checkpoint", broken, "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "broken.safetensors" in done.stderr
    assert "Traceback" not in done.stderr


def test_weights_list_and_offline_fetch(tmp_path: Path) -> None:
    listed = run("weights", "list", "--json", "--home", tmp_path)
    assert listed.returncode == 0, listed.stderr
    names = [entry["name"] for entry in objects(listed.stdout)]
    assert any("ViT-L-14-336" in name for name in names)
    name = next(name for name in names if "ViT-L-14-336" in name)
    # No route to any hub: a proxy on a closed port of this machine.
    closed = "http://127.0.0.1:9"
    offline = run(
        "weights", "fetch", name, "--home", tmp_path, timeout=300,
        http_proxy=closed, https_proxy=closed, HTTP_PROXY=closed, HTTPS_PROXY=closed,
    )  # fmt: skip
    assert offline.returncode == 2
    assert "Traceback" not in offline.stderr
    assert str(tmp_path / "weights") in offline.stderr
