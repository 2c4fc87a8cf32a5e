"""The command line that makes a better checkpoint in a process of its own."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app import i18n
from app.paths import Home
from app.store.base import Query

DATABASE_VARIABLE = "ADCLIP_DATABASE_URL"

_FIELDS = ("lot", "shift", "product", "defect", "text", "recipe_version", "checkpoint_sha256")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person chose.

    Attributes:
        recipe: Name of the recipe.
        name: Of the new checkpoint.
        query: Which reviewed records.
        machine_masks: Take the machine's regions where nobody drew a mask.
        minutes: Time for training.
        device: "auto", "cpu" or "cuda".
        evidence: Folder of the stored pictures.
        database_url: Of the records; goes to the process by its environment, since command
            lines can be read by everybody.
    """

    recipe: str
    name: str
    query: Query
    evidence: Path
    database_url: str
    machine_masks: bool = False
    minutes: float = 20.0
    device: str = "auto"


def improve_words(wish: Wish, home: Home) -> list[str]:
    """Return the words after the program's own; the process ends when its stdin is closed."""
    words = [
        "improve", f"--recipe={wish.recipe}", f"--name={wish.name}", f"--home={home.root}",
        f"--minutes={wish.minutes:g}", f"--device={wish.device}", f"--language={i18n.language()}",
        f"--evidence={wish.evidence}",
        "--json", "--supervised",
    ]  # fmt: skip
    if wish.machine_masks:
        words.append("--machine-masks")
    return [*words, *query_words(wish.query)]


def query_words(query: Query) -> list[str]:
    """Return the options that mean a query; the recipe has its own."""
    words = []
    for name in _FIELDS:
        value = getattr(query, name)
        if value not in (None, ""):
            words.append(f"--{name.replace('_', '-')}={value}")
    for name in ("since", "until"):
        moment: datetime | None = getattr(query, name)
        if moment is not None:
            words.append(f"--{name}={moment.astimezone(UTC).isoformat()}")
    words += [f"--verdict={verdict.value}" for verdict in query.verdicts]
    return words


def place_of(name: str, home: Home) -> tuple[Path, Path]:
    """Return the folder and the checkpoint file of an improvement."""
    return home.root / "training" / name, home.checkpoints / f"{name}.safetensors"


def free_name(stem: str, home: Home) -> str:
    """Return a name that no checkpoint has yet: the stem, or with a number."""
    names = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
    return next(
        (name for name in names if not any(path.exists() for path in place_of(name, home))), stem
    )


def remove_leftovers(wish: Wish, home: Home) -> None:
    """Remove what a process that died has left behind.

    Raises:
        OSError: Something cannot be removed.
    """
    folder, file = place_of(wish.name, home)
    for path in (folder, *folder.parent.glob(f".{folder.name}.*")):
        if path.is_dir():
            shutil.rmtree(path)
    file.unlink(missing_ok=True)
