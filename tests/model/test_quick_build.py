from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from model import checkpoint
from model.backbone import TINY, build_clip, load_clip
from model.quick_build import quick_backbones
from tests.model.tiny_clip import DETECTORS, LIMITS, backbone, picture


def test_a_backbone_is_filled_by_its_file_alone() -> None:
    with quick_backbones():
        clip = load_clip(TINY, backbone().file)
    for key, value in backbone().clip.state_dict().items():
        assert torch.equal(clip.state_dict()[key], value), key


def test_without_it_seeds_mean_what_they_meant() -> None:
    torch.manual_seed(3)
    build_clip(TINY)
    expected = torch.rand(1)
    torch.manual_seed(3)
    load_clip(TINY, backbone().file)
    assert torch.equal(torch.rand(1), expected)


def test_a_loaded_detector_is_the_same(tmp_path: Path) -> None:
    for kind, make in DETECTORS.items():
        file = tmp_path / f"{kind}.safetensors"
        checkpoint.save(
            file, make(), LIMITS, name=kind, backbone_name=TINY, backbone_sha256=backbone().sha256
        )
        folders = [backbone().file.parent]
        slow = checkpoint.load(file, device="cpu", weight_folders=folders)
        with quick_backbones():
            quick = checkpoint.load(file, device="cpu", weight_folders=folders)
        for key, value in slow.detector.checkpoint_state().items():
            assert torch.equal(quick.detector.checkpoint_state()[key], value), (kind, key)
        first, again = slow.predict(picture(1)), quick.predict(picture(1))
        assert first.score == again.score
        assert np.array_equal(first.anomaly_map, again.anomaly_map)
