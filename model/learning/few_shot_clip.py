"""Learning a memory bank of CLIP features from good pictures: seconds, nothing is trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.backbones import Backbones
from model.learning.choices import choice
from model.learning.clip_start import started
from model.learning.learner import Learned, Learner
from model.learning.material import Material
from model.learning.watch import Watch
from model.teach import teach
from model.teaching import MAX_SHOTS, Lesson


@dataclass(frozen=True, slots=True)
class FewShotClipChoices:
    """Choices of the memory bank of CLIP features.

    Attributes:
        start: Checkpoint whose prompts and backbone are kept; None for the shipped one.
        shots: Good pictures at most, drawn by the seed.
        rows: Rows of the memory bank at most.
        copies: Slightly changed copies of every picture that are remembered too.
        turned: Remember every picture turned and mirrored too.
    """

    start: Path | None = choice(None, "checkpoint to start from; the shipped one if left out")
    shots: int = choice(MAX_SHOTS, "good pictures to use at most", low=1, high=MAX_SHOTS)
    rows: int = choice(8000, "rows of the memory bank at most", low=1, high=100_000)
    copies: int = choice(4, "changed copies of each picture to remember too", low=0, high=50)
    turned: bool = choice(False, "the material has no up and down: remember it turned too")


class FewShotClipLearner:
    """Learns by `model.teach.teach`, whose limits judge each picture without itself."""

    choices: type[Any] = FewShotClipChoices
    needs_defects = False

    def learn(
        self,
        material: Material,
        choices: FewShotClipChoices,
        backbones: Backbones,
        device: str,
        watch: Watch,
    ) -> Learned:
        """Learn the good pictures; see `model.learning.learner.Learner.learn`."""
        good = material.good
        start = started(choices.start, backbones, device)
        detector, calibration = teach(
            start,
            good.pictures,
            min(choices.shots, len(good)),
            material.seed,
            _as_stages(watch),
            watch.cancelled,
            Lesson(
                max_rows=choices.rows,
                copies=choices.copies,
                turned=choices.turned,
                names=good.names,
            ),
        )
        return Learned(detector, calibration, start.info.backbone, start.info.backbone_sha256)


def _as_stages(watch: Watch) -> Any:
    """Return a progress of `teach`, which looks at each picture thrice, as two stages."""

    def progress(done: int, total: int) -> None:
        looks = total // 3
        if done <= looks:
            watch.step("features", done, looks)
        else:
            watch.step("limits", done - looks, total - looks)

    return progress


LEARNER: Learner = FewShotClipLearner()
