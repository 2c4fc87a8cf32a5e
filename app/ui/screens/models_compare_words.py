"""The command line that compares a candidate with the checkpoint in force."""

from __future__ import annotations

from pathlib import Path

from app import i18n
from app.review.improve_words import DATABASE_VARIABLE
from app.ui.qa_desk import QaDesk


def compare_words(desk: QaDesk, path: Path, last: int) -> list[str]:
    """Return command and options; the process ends when its stdin is closed.

    Args:
        desk: Which recipe, pictures and device.
        path: The candidate.
        last: So many of the newest stored parts.
    """
    settings, station = desk.keeper.settings, desk.station
    recipe = settings.recipe if station is None else station.status().recipe.name
    words = [
        "checkpoint", "compare", str(path), f"--home={desk.home.root}", f"--last={last}",
        f"--device={settings.device}", f"--evidence={desk.evidence.root}",
        f"--language={i18n.language()}", "--json", "--progress-lines",
    ]  # fmt: skip
    return [*words, f"--recipe={recipe}"] if recipe else words


def compare_environment(desk: QaDesk) -> dict[str, str]:
    """Return what the command line may not show: everybody can read that."""
    return {DATABASE_VARIABLE: desk.store.url}
