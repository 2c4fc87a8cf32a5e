"""What test refuses, and what it needs no report for."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import cli
from app.commands.test import with_layers
from app.errors import UsageError
from model.figures import METRIC_SETS
from tests.model.tiny_clip import predictor


def test_a_missing_data_set_is_one_plain_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = cli.parse(["test", "--data_path", str(tmp_path / "none"), "--json"])
    assert cli.run_command(options) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert "none" in line


def test_unknown_metrics_are_refused_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parse(["test", "--data", ".", "--metrics", "everything"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert all(name in said for name in METRIC_SETS)


def test_the_names_of_the_published_options_are_understood() -> None:
    options = cli.parse(
        ["test", "--data_path", "a", "--checkpoint_path", "b", "--save_path", "c",
         "--features_list", "6", "12", "--metrics", "pixel-level", "--dataset", "visa"]
    )  # fmt: skip
    assert (options.data, options.checkpoint, options.out) == (Path("a"), "b", Path("c"))
    assert options.features_list == [6, 12]


def test_other_layers_take_the_limits_away() -> None:
    plain = predictor()
    assert plain.calibration.is_usable
    other = with_layers(plain, [2, 1, 2])
    assert not other.calibration.is_usable
    assert other.detector.config()["features_list"] == [1, 2]


@pytest.mark.parametrize("layers", [[0], [7], [1, 99]])
def test_layers_beyond_the_backbone_are_refused(layers: list[int]) -> None:
    with pytest.raises(UsageError, match="layers from 1 to 6"):
        with_layers(predictor(), layers)


def test_layers_of_a_memory_bank_cannot_be_chosen() -> None:
    with pytest.raises(UsageError, match="few_shot_clip"):
        with_layers(predictor("few_shot_clip"), [1])
