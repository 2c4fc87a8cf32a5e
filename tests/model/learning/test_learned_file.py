from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from model import checkpoint
from model.learning.learned_file import save_learned
from model.learning.material import Label, Material
from model.learning.watch import Watch
from model.training.config import TrainingProgress
from tests.rigs.learned import learned, part


def test_a_checkpoint_says_what_it_was_learned_from_and_how(tmp_path: Path) -> None:
    material = Material([part(0)] * 3, (Label(), Label(state="hole"), Label()), seed=5)
    made = replace(learned("few_shot_clip"), extra={"rows": 7})
    file = tmp_path / "a.safetensors"
    given = {"rows": "7"}
    info = save_learned(file, made, material, name="a", way="few_shot_clip", given=given)
    assert info.extra == checkpoint.inspect(file).extra
    assert info.extra == {
        "good": ["1", "3"], "defective": ["2"], "seed": 5, "learner": "few_shot_clip",
        "choices": given, "rows": 7, "pictures": {"train_good": 2, "train_defective": 1},
    }  # fmt: skip


def test_thousands_of_names_do_not_swell_the_header(tmp_path: Path) -> None:
    material = Material([part(0)] * 3000)
    file = tmp_path / "a.safetensors"
    info = save_learned(
        file, learned("few_shot_clip"), material, name="a", way="few_shot_clip", given={}
    )
    assert "good" not in info.extra
    assert info.extra["pictures"] == {"train_good": 3000, "train_defective": 0}


def test_a_watch_names_the_stages_within_it() -> None:
    seen: list[TrainingProgress] = []
    Watch(seen.append).named("limits: ").step("coreset", 1, 2)
    assert [(one.stage, one.done, one.total) for one in seen] == [("limits: coreset", 1, 2)]
