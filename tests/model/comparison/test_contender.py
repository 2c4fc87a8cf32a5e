"""Who may take part, and under which name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from model.comparison.contender import Contender, ContenderError, finished, learning, told_apart
from model.errors import CheckpointError, UnknownDetector
from model.learning.choices import ChoiceError
from tests.model.comparison.made import tiny_checkpoint


def test_other_choices_are_another_detector_with_files_of_its_own() -> None:
    one, same, other = (
        learning(spec) for spec in ("few_shot_clip", " few_shot_clip :", "patchcore")
    )
    assert one == same
    assert one.folder == same.folder != other.folder
    assert one.learns
    assert not one.needs_defects


def test_unknown_names_and_choices_are_refused() -> None:
    with pytest.raises(UnknownDetector, match="few_shot_clip"):
        learning("magic")
    with pytest.raises(ChoiceError):
        learning("few_shot_clip:nonsense=1")


def test_twice_the_same_and_nothing_at_all_are_refused() -> None:
    one = Contender("a", spec="a")
    with pytest.raises(ContenderError, match="a is given 2 times"):
        told_apart([one, one])
    with pytest.raises(ContenderError, match="nothing to compare"):
        told_apart([])


def test_checkpoints_of_one_name_get_the_name_of_their_folder(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    first = tiny_checkpoint(tmp_path / "old" / "x.safetensors")
    copied = finished(
        shutil.copy(tmp_path / "old" / "x.safetensors", tmp_path / "new" / "x.safetensors")
    )
    with pytest.raises(ContenderError, match="given 2 times"):
        told_apart([first, copied])
    other = Contender("x", checkpoint=tmp_path / "new" / "x.safetensors", sha256="f" * 64)
    names = [one.name for one in told_apart([first, other])]
    assert names == [f"old/x {first.sha256[:6]}", "new/x ffffff"]


def test_what_is_no_checkpoint_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(CheckpointError):
        finished(tmp_path / "x.safetensors")
