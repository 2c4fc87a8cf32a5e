"""An order to teach another detector: its words on the command line, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.learner_words import LEARNER_WORDS
from app.paths import Home

if TYPE_CHECKING:
    from app.jobs.training_order import TrainingOrder


def is_taught(recipe: str) -> bool:
    """Return whether a way to train is that of a detector that `teach` teaches."""
    return recipe in LEARNER_WORDS


def teach_words(order: TrainingOrder, home: Home, data: Path, out: Path) -> tuple[str, ...]:
    """Return the words of `teach`.

    Args:
        order: What is wanted; its `recipe` names the detector.
        home: Folders of the station.
        data: Folder of the labelled pictures.
        out: Where the checkpoint goes.
    """
    typed = order.choices.strip()
    spec = f"{order.recipe}:{typed}" if typed else order.recipe
    words = [
        "teach", f"--home={home.root}", f"--labelled={data}", f"--out={out}",
        f"--name={order.name.strip()}", f"--detector={spec}", f"--seed={order.seed}",
        f"--device={order.device}",
    ]  # fmt: skip
    if order.good is not None:
        words.append(f"--shots={order.good}")
    if order.defective is not None and LEARNER_WORDS[order.recipe].needs_defects:
        words.append(f"--defects={order.defective}")
    return tuple(words)


def choices_problem(order: TrainingOrder) -> str:
    """Return what is wrong with the typed choices, a sentence; "" if nothing. Blocks."""
    # late: they bring torch along, which the window need not wait for
    from model.learners import learner
    from model.learning.choices import ChoiceError, choices_of, parse_spec

    try:
        name, given = parse_spec(f"{order.recipe}:{order.choices.strip()}")
        choices_of(learner(name).choices, given)
    except ChoiceError as error:
        return str(error)
    return ""


def known_choices() -> Mapping[str, str]:
    """Return detector -> its choices, a line for each with its usual value. Blocks."""
    # late: as above
    from model.learners import LEARNERS
    from model.learning.choices import listed

    return {name: "\n".join(_lines(listed(info.load().choices))) for name, info in LEARNERS.items()}


def _lines(choices: tuple[Any, ...]) -> Iterator[str]:
    for one in choices:
        yield f"{one.name}={one.default or '…'}: {one.text}"
