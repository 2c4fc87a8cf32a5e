"""The command lines that compare a candidate, and that give it limits."""

from __future__ import annotations

from pathlib import Path

from app import i18n
from app.review.export_files import safe_name
from app.review.improve_words import DATABASE_VARIABLE, free_name
from app.ui.qa_desk import QaDesk


def compare_words(desk: QaDesk, path: Path, name: str, last: int) -> list[str]:
    """Return command and options; the process ends when its stdin is closed.

    Args:
        desk: Which recipe, pictures and device.
        path: The candidate.
        name: What it is called on the screen; of no account here.
        last: So many of the newest stored parts.
    """
    return ["checkpoint", "compare", str(path), *_shared(desk, last)]


def limits_words(desk: QaDesk, path: Path, name: str, last: int) -> list[str]:
    """Return command and options that write a candidate again, with limits.

    Args:
        desk: Which recipe, pictures and device.
        path: The candidate.
        name: What it is called on the screen; names the new file.
        last: So many good parts.
    """
    free = free_name(safe_name(name, path.stem), desk.home)
    out = desk.home.checkpoints / f"{free}.safetensors"
    return [
        "checkpoint", "limits", str(path), f"--out={out}", f"--name={free}", *_shared(desk, last),
    ]  # fmt: skip


def _shared(desk: QaDesk, last: int) -> list[str]:
    settings, station = desk.keeper.settings, desk.station
    recipe = settings.recipe if station is None else station.status().recipe.name
    words = [
        f"--home={desk.home.root}", f"--last={last}", f"--device={settings.device}",
        f"--evidence={desk.evidence.root}", f"--language={i18n.language()}", "--json",
        "--progress-lines",
    ]  # fmt: skip
    return [*words, f"--recipe={recipe}"] if recipe else words


def compare_environment(desk: QaDesk) -> dict[str, str]:
    """Return what the command line may not show: everybody can read that."""
    return {DATABASE_VARIABLE: desk.store.url}
