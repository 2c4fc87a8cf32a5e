"""Which detectors `teach` knows, and what can be chosen of each."""

from __future__ import annotations

import argparse
import json
from typing import Any

from model.learners import LEARNERS, LearnerInfo
from model.learning.choices import listed


def print_detectors(options: argparse.Namespace) -> None:
    """Print every detector that can learn, with its choices."""
    known = [_facts(info) for info in LEARNERS.values()]
    print(json.dumps(known) if options.json else "\n\n".join(_text(one) for one in known))


def _facts(info: LearnerInfo) -> dict[str, Any]:
    way = info.load()
    return {
        "name": info.name,
        "text": info.text,
        "needs_defects": way.needs_defects,
        "choices": [
            {"name": one.name, "default": one.default, "text": one.text}
            for one in listed(way.choices)
        ],
    }


def _text(found: dict[str, Any]) -> str:
    needs = " (give --labelled ROOT)" if found["needs_defects"] else ""
    lines = [f"{found['name']}: {found['text']}{needs}"]
    typed = [f"{one['name']}={one['default'] or '...'}" for one in found["choices"]]
    width = max(map(len, typed), default=0)
    texts = (one["text"] for one in found["choices"])
    lines += [f"    {name:<{width}}  {text}" for name, text in zip(typed, texts, strict=True)]
    return "\n".join(lines)
