"""Who takes part in a comparison: detectors that are yet to learn, and finished checkpoints."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from model import checkpoint
from model.errors import ModelError
from model.learners import learner
from model.learning.choices import choices_of, parse_spec

_LONGEST_SLUG = 40
_LETTERS_OF_HASH = 8


class ContenderError(ModelError):
    """A detector that cannot take part."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One detector of a comparison.

    Attributes:
        name: What tables and pictures call it; no other one is called the same.
        spec: "name:key=value,..." of a detector that is to learn; "" for a checkpoint.
        checkpoint: The finished checkpoint; None for one that is to learn.
        sha256: Hash of that checkpoint; "" for one that is to learn.
        needs_defects: Whether it learns from labelled defective pictures.
    """

    name: str
    spec: str = ""
    checkpoint: Path | None = None
    sha256: str = ""
    needs_defects: bool = False

    @property
    def learns(self) -> bool:
        """Whether it learns here, from the training part."""
        return self.checkpoint is None

    @property
    def folder(self) -> str:
        """Name of the folder of its files: readable, and another one for other choices."""
        what = self.spec or self.sha256
        slug = re.sub(r"[^a-z0-9]+", "_", (self.spec or self.name).lower()).strip("_")
        short = hashlib.sha256(what.encode()).hexdigest()[:_LETTERS_OF_HASH]
        return f"{slug[:_LONGEST_SLUG].rstrip('_')}_{short}"


def learning(spec: str) -> Contender:
    """Return a detector that learns here.

    Args:
        spec: "name" or "name:key=value,key=value".

    Raises:
        UnknownDetector: No way of learning has this name.
        ChoiceError: A choice is unknown or out of range.
    """
    name, given = parse_spec(spec)
    way = learner(name)
    choices_of(way.choices, given)
    # one spelling, so that spaces make no other contender
    chosen = ",".join(f"{key}={value}" for key, value in given.items())
    spec = f"{name}:{chosen}" if chosen else name
    return Contender(spec, spec, needs_defects=way.needs_defects)


def finished(path: Path) -> Contender:
    """Return a checkpoint that was made before.

    Args:
        path: The file.

    Raises:
        CheckpointError: It is no checkpoint.
    """
    info = checkpoint.inspect(path)
    return Contender(path.stem, checkpoint=path.absolute(), sha256=info.sha256)


def told_apart(contenders: Sequence[Contender]) -> tuple[Contender, ...]:
    """Return the contenders with names that differ: checkpoints of one name get their folder's.

    Raises:
        ContenderError: There is none, or one is named twice.
    """
    if not contenders:
        raise ContenderError("There is nothing to compare; name detectors or checkpoints.")
    for key, count in Counter(one.folder for one in contenders).items():
        if count > 1:
            name = next(one.name for one in contenders if one.folder == key)
            raise ContenderError(f"{name} is given {count} times; give each detector once.")
    names = Counter(one.name for one in contenders)
    return tuple(one if names[one.name] == 1 else _longer(one) for one in contenders)


def _longer(one: Contender) -> Contender:
    if one.checkpoint is None:
        return one
    return replace(one, name=f"{one.checkpoint.parent.name}/{one.name} {one.sha256[:6]}")
