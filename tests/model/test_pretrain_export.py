from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model import checkpoint
from model.errors import CheckpointError
from model.pretrain import PretrainConfig, pretrain
from model.pretrain_export import export
from model.pretrain_schedule import Phase, Schedule


def test_a_run_becomes_a_default_that_judges_pictures(tmp_path: Path) -> None:
    config = PretrainConfig(
        folder=tmp_path / "run",
        schedule=Schedule((Phase(48, 1, 1),), 1e-3, 1, 1, "float32"),
        workers=0,
        device="cpu",
        validation_samples=0,
    )
    pretrain(config)
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    info = export(config, shipped, samples=2)
    assert info.calibration.is_usable
    assert info.extra["held_out"]["products"] == 2
    predictor = checkpoint.load(shipped / "default.safetensors", device="cpu")
    prediction = predictor.predict(np.full((64, 96, 3), 90, np.uint8))
    assert prediction.anomaly_map.shape == (64, 96)
    assert np.isfinite(prediction.score)


def test_nothing_is_exported_from_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="does not exist"):
        export(PretrainConfig(folder=tmp_path), tmp_path)
    assert list(tmp_path.iterdir()) == []
