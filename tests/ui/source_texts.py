"""Every text that the program gives to gettext, found in its source."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_MARKERS = {"tr": 1, "N_": 1, "trn": 2}


@dataclass(frozen=True)
class SourceText:
    text: str
    plural: str
    place: str


def source_texts() -> list[SourceText]:
    """Return all texts; a call whose text is not a literal is skipped, `N_` marks those."""
    found: dict[str, SourceText] = {}
    for file in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            text = _text(node, file)
            if text is not None:
                found.setdefault(text.text, text)
    return list(found.values())


def _text(node: ast.AST, file: Path) -> SourceText | None:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return None
    count = _MARKERS.get(node.func.id, 0)
    literals = [a.value for a in node.args[:count] if isinstance(a, ast.Constant)]
    if not count or len(literals) < count:
        return None
    plural = literals[1] if count == 2 else ""
    return SourceText(literals[0], plural, f"{file.relative_to(ROOT)}:{node.lineno}")
