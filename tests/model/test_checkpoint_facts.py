from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from model import checkpoint
from model.backbone import TINY
from model.checkpoint_facts import facts
from model.errors import BackboneFile, DamagedCheckpoint, Misfit
from tests.model.tiny_clip import LIMITS, SIZE, ad_clip, backbone, sowa, zero_shot
from tests.rigs.checkpoint_files import lightning, noted, rewritten


def saved(file: Path, detector: object) -> Path:
    checkpoint.save(
        file, detector, LIMITS, name=file.stem, backbone_name=TINY,  # type: ignore[arg-type]
        backbone_sha256=backbone().sha256, extra={"metrics": {"quality": 0.7}},
    )  # fmt: skip
    return file


def test_own_files(tmp_path: Path) -> None:
    for detector, lengths in ((zero_shot(), (4, 2)), (ad_clip(), (4, 2)), (sowa(), (4, None))):
        found = facts(saved(tmp_path / "bolt.safetensors", detector))
        assert (found.info.name, found.info.detector) == ("bolt", detector.kind)
        assert found.info.sha256 == ""
        assert found.info.extra == {"metrics": {"quality": 0.7}}
        assert found.prompts is not None
        assert (found.prompts.n_ctx, found.prompts.t_n_ctx) == lengths
        assert found.epoch is None


def test_prompts_of_the_reference_and_their_notes(tmp_path: Path) -> None:
    file = tmp_path / "epoch_15.pth"
    zero_shot().save_official(file)
    bare = facts(file)
    assert (bare.epoch, bare.info.backbone, bare.info.image_size) == (15, TINY, 240)
    noted(file, zero_shot())
    found = facts(file)
    assert (found.epoch, found.info.name, found.info.image_size) == (3, "run", SIZE)
    assert found.info.extra["metrics"] == {"quality": 0.5}


def test_a_lightning_file(tmp_path: Path) -> None:
    found = facts(lightning(tmp_path / "epoch_000.ckpt"))
    assert (found.info.detector, found.info.software, found.epoch) == ("sowa", "SOWA", 0)


def test_prompts_that_are_not_as_long_as_said(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.safetensors", zero_shot())
    prompts = zero_shot().prompt_learner.config()
    for name, words in (("n_ctx", "n_ctx 4, but its header says 12"), ("t_n_ctx", "t_n_ctx 2")):
        changed = tmp_path / f"{name}.safetensors"
        settings = {"prompts": prompts | {name: 12}}
        changed.write_bytes(rewritten(file.read_bytes(), settings=settings))
        with pytest.raises(Misfit, match=words):
            facts(changed)
    twins = tmp_path / "twins.safetensors"
    longer = {"prompt_learner.ctx_neg": torch.zeros(1, 1, 5, 128)}
    twins.write_bytes(rewritten(file.read_bytes(), tensors=dict(longer)))
    with pytest.raises(Misfit, match="differ in size"):
        facts(twins)


def test_a_backbone_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BackboneFile, match="no checkpoint of this program"):
        facts(backbone().file)


def test_notes_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "epoch_1.pth"
    zero_shot().save_official(file)
    file.with_suffix(".json").write_text("{", encoding="utf-8")
    with pytest.raises(DamagedCheckpoint, match=r"epoch_1\.json, which belongs to"):
        facts(file)
    file.with_suffix(".json").write_text('{"other": 1}', encoding="utf-8")
    assert facts(file).info.image_size == 240


def test_headers_are_read_without_torch() -> None:
    code = (
        "import sys, app.candidates.shelf, app.candidates.checking, app.candidates.trial\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
