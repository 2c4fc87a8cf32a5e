"""All ways of learning by name; a module is imported only when it is used."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import cast

from model.errors import UnknownDetector
from model.learning.learner import Learner


@dataclass(frozen=True, slots=True)
class LearnerInfo:
    """One way of learning.

    Attributes:
        name: As typed; the module of `model.learning` has the same name and a `LEARNER`.
        text: One line for people.
    """

    name: str
    text: str

    def load(self) -> Learner:
        """Import the module and return the way of learning."""
        module = importlib.import_module(f"model.learning.{self.name}")
        return cast(Learner, module.LEARNER)


LEARNERS: dict[str, LearnerInfo] = {
    one.name: one
    for one in (
        LearnerInfo("few_shot_clip", "memory bank of CLIP features beside its text"),
        LearnerInfo("painted_clip", "CLIP, memory bank and a branch trained on painted defects"),
        LearnerInfo("patchcore", "memory bank of ResNet or CLIP features (PatchCore)"),
        LearnerInfo("cfa", "features adapted to a small memory bank (CFA)"),
        LearnerInfo("msflow", "normalising flows on several scales (MSFlow)"),
        LearnerInfo("efficient_ad", "student, teacher and autoencoder (EfficientAD)"),
        LearnerInfo("classifier", "class-by-state classifier; needs labelled defects"),
    )
}


def learner(name: str) -> Learner:
    """Return a way of learning.

    Raises:
        UnknownDetector: The name is not known; the message lists those that are.
    """
    found = LEARNERS.get(name)
    if found is None:
        raise UnknownDetector(
            f"No detector that can learn is called {name!r}; known are {', '.join(LEARNERS)}."
        )
    return found.load()
