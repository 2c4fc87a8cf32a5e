"""The import rules of the code base, as a test: imports point down, never back."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

QT = ("PyQt5",)
TORCH = ("torch", "open_clip", "torchvision", "safetensors", "timm")
WIDGETS = ("PyQt5.QtWidgets", "PyQt5.QtGui")
TOP = (
    "app.application",
    "app.bench",
    "app.cli",
    "app.commands",
    "app.entry",
    "app.headless",
)
UPPER = ("app.station", "app.ui", *TOP)
SIDE = (
    "app.store",
    "app.settings",
    "app.users",
    "app.outputs",
    "app.review",
    "app.report",
    "app.month",
    "app.golden",
    "app.candidates",
    "app.jobs",
    "app.teaching",
    "app.labelling",
)
MODEL_WORK = (
    "model.predictor",
    "model.checkpoint",
    "model.registry",
    "model.detectors",
    "model.teach",
    "model.learning",
    "model.learners",
    "model.backbones",
    "model.training",
    "model.teach_sowa",
    "model.evaluate",
    "model.comparison",
    "model.lightening",
    "model.datasets",
    "model.report",
    "model.select_shots",
    "model.pretrain",
    "model.weights",
    "app.checkpoints",
)

# Package -> import prefixes that its modules may not use. The longest package name wins.
# `model.opencv` is the one importer of cv2, so every package may use it.
FORBIDDEN: dict[str, tuple[str, ...]] = {
    "model": ("app", *QT),
    "app": (*UPPER, *SIDE, "app.camera", "app.inspection", *QT, *TORCH),
    "app.camera": ("app.inspection", *SIDE, *MODEL_WORK, "model.types", *UPPER, *QT, *TORCH),
    "app.inspection": (*SIDE, *MODEL_WORK, *UPPER, *QT, *TORCH),
    "app.quality": (*SIDE, "app.camera", *MODEL_WORK, *UPPER, *QT, *TORCH),
    "app.review": ("app.settings", "app.users", "app.outputs", "app.report", *UPPER, *QT, *TORCH),
    "app.report": ("app.users", "app.outputs", "app.review", *MODEL_WORK, *UPPER, *QT, *TORCH),
    "app.golden": ("app.users", "app.outputs", "app.report", *MODEL_WORK, *UPPER, *QT, *TORCH),
    "app.jobs": ("app.users", "app.outputs", "app.report", *UPPER, *QT, *TORCH),
    "app.candidates": ("app.users", "app.outputs", "app.report", *UPPER, *QT, *TORCH),
    "app.teaching": ("app.users", "app.outputs", "app.report", *UPPER, *QT, *TORCH),
    "app.labelling": ("app.users", "app.outputs", "app.report", *UPPER, *QT, *TORCH),
    "app.month": ("app.users", "app.outputs", *MODEL_WORK, *UPPER, *QT, *TORCH),
    "app.store": (*SIDE[1:], *MODEL_WORK, *UPPER, *QT, *TORCH),
    "app.settings": ("app.users", "app.outputs", *MODEL_WORK, *UPPER, *QT, *TORCH),
    "app.station": ("app.ui", *TOP, *WIDGETS, *TORCH),
    "app.ui": (*TOP, *MODEL_WORK, "model.opencv", *TORCH),
    "app.headless": ("app.ui", "app.application", "app.cli", *WIDGETS, *TORCH),
    "app.commands": ("app.application", "app.cli", *WIDGETS, "open_clip", "timm"),
    "app.bench": ("app.application", "app.cli", "app.commands", "open_clip", "timm"),
    "app.cli": ("app.application", "app.ui", "app.station", *QT, *TORCH),
    "app.application": ("app.cli", "app.entry", *TORCH),
    "app.entry": TORCH,
}


def modules() -> list[Path]:
    return sorted(path for top in ("model", "app") for path in (ROOT / top).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Return the dotted names that a file imports, also relatively or inside a function."""
    package = module_name(path).split(".") + ([""] if path.stem == "__init__" else [])
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: -node.level]) if node.level else ""
            stem = ".".join(filter(None, (base, node.module)))
            found.update(f"{stem}.{alias.name}" for alias in node.names)
    return found


def within(name: str, package: str) -> bool:
    return f"{name}.".startswith(f"{package}.")


def breaches(path: Path) -> list[str]:
    name = module_name(path)
    owner = max((p for p in FORBIDDEN if within(name, p)), key=len)
    return sorted(i for i in imports(path) if any(within(i, bad) for bad in FORBIDDEN[owner]))


@pytest.mark.parametrize("path", modules(), ids=module_name)
def test_imports_point_down(path: Path) -> None:
    assert breaches(path) == []


@pytest.mark.parametrize("path", modules(), ids=module_name)
def test_cv2_comes_through_one_module(path: Path) -> None:
    if module_name(path) != "model.opencv":
        assert not any(within(name, "cv2") for name in imports(path))


@pytest.mark.parametrize("path", modules(), ids=module_name)
def test_file_is_small_and_well_named(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400
    assert path.stem not in {"utils", "util", "helpers", "helper", "manager", "misc", "common"}


def test_the_rules_notice_a_breach(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    probe = tmp_path / "app" / "camera" / "probe.py"
    probe.parent.mkdir(parents=True)
    probe.write_text("def f():\n    from ..ui import live\n    import torch\n", encoding="utf-8")
    monkeypatch.setattr("tests.test_architecture.ROOT", tmp_path)
    assert breaches(probe) == ["app.ui.live", "torch"]
