"""Well-formed checkpoint files whose values, shapes, types or settings cannot be right."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from model.backbone import TINY
from tests.rigs.bad_pickles import odd_tensors
from tests.rigs.checkpoint_files import GoodFiles, header_of, rewritten

ABSURD = {
    "nan": math.nan, "inf": math.inf, "minus-inf": -math.inf, "1e30": 1e30, "minus-1e30": -1e30,
}  # fmt: skip


def bad_values(good: GoodFiles) -> Iterator[tuple[str, bytes]]:
    """Return files with impossible numbers, sealed as one who knows the format would."""
    for kind, file in (("plain", good.plain), ("taught", good.taught)):
        data = file.read_bytes()
        for key, shape, dtype in _floats(data):
            for name, value in ABSURD.items():
                if dtype == "F16" and abs(value) == 1e30:
                    continue
                whole = torch.zeros(shape, dtype=torch.float16 if dtype == "F16" else None)
                whole.view(-1)[-1] = value
                yield f"{kind}-{key}-{name}.safetensors", rewritten(data, tensors={key: whole})
    plain = good.plain.read_bytes()
    zeros: dict[str, torch.Tensor | None] = {
        key: torch.zeros(shape) for key, shape, _ in _floats(plain)
    }
    yield "all-zero.safetensors", rewritten(plain, tensors=zeros)


def bad_shapes(good: GoodFiles) -> Iterator[tuple[str, bytes]]:
    """Return files with tensors of other shapes and types, missing or surplus."""
    for kind, file in (("plain", good.plain), ("taught", good.taught)):
        data = file.read_bytes()
        tensors = list(_floats(data))
        for number, (key, shape, _) in enumerate(tensors):
            changes: dict[str, torch.Tensor | None] = {
                "missing": None,
                "longer": torch.zeros([shape[0] + 1, *shape[1:]]),
                "flat": torch.zeros(math.prod(shape) + 1),
                "whole": torch.zeros(shape, dtype=torch.int64),
                "truth": torch.zeros(shape, dtype=torch.bool),
            }
            # each change on some of the tensors, each tensor with some of the changes
            for place, (name, value) in enumerate(changes.items()):
                if (place - number) % len(changes) < 2:
                    made = rewritten(data, tensors={key: value})
                    yield f"{kind}-{key}-{name}.safetensors", made
        surplus: dict[str, torch.Tensor | None] = {"stranger": torch.zeros(3)}
        yield f"{kind}-surplus.safetensors", rewritten(data, tensors=surplus)


def bad_settings(good: GoodFiles) -> Iterator[tuple[str, bytes]]:
    """Return files whose header names what there is not, or what does not fit."""
    plain, taught = good.plain.read_bytes(), good.taught.read_bytes()
    config = json.loads(header_of(plain)[0]["__metadata__"]["adclip"])["config"]
    for name, header in _HEADERS.items():
        yield f"header-{name}.safetensors", rewritten(plain, **header)
    for name, changes in _CONFIGS.items():
        yield f"config-{name}.safetensors", rewritten(plain, settings=changes)
    for key, value in (("n_ctx", 12), ("n_ctx", 0), ("n_ctx", "4"), ("t_n_ctx", 3), ("depth", 9)):
        prompts = config["prompts"] | {key: value}
        yield f"prompts-{key}-{value}.safetensors", rewritten(plain, settings={"prompts": prompts})
    for name, bank in _BANKS.items():
        yield f"bank-{name}.safetensors", rewritten(taught, settings={"bank": bank})
    limits = json.loads(header_of(plain)[0]["__metadata__"]["adclip"])["calibration"]
    odd = {"text": "high", "true": True, "list": [1], "infinite": math.inf}
    for name, limit in odd.items():
        made = rewritten(plain, calibration=limits | {"limit": limit})
        yield f"limit-{name}.safetensors", made
    del limits["limit"]
    yield "limit-missing.safetensors", rewritten(plain, calibration=limits)


def bad_prompts(good: GoodFiles) -> Iterator[tuple[str, bytes]]:
    """Return `epoch_N.pth` whose tensors no detector can use."""
    content = torch.load(good.prompts, weights_only=True)["prompt_learner"]
    for name, tensors in odd_tensors().items():
        mixed: dict[str, object] = {**content, **tensors}
        if name not in ("expanded", "nothing"):
            # these two are odd only where they are alone
            yield f"prompts-{name}.pth", _torch({"prompt_learner": mixed})
        yield f"prompts-only-{name}.pth", _torch({"prompt_learner": tensors})
    for name, value in ABSURD.items():
        broken = content["ctx_neg"].clone()
        broken.view(-1)[0] = value
        yield f"prompts-{name}.pth", _torch({"prompt_learner": content | {"ctx_neg": broken}})
    for key in ("ctx_neg", "compound_prompts_text.0", "token_prefix_pos"):
        less = {name: value for name, value in content.items() if name != key}
        yield f"prompts-without-{key}.pth", _torch({"prompt_learner": less})
    more = {"prompt_learner": content, "optimizer": {"lr": 0.1}}
    yield "prompts-and-more.pth", _torch(more)
    yield "prompts-bare.pth", _torch(dict(content))
    yield (
        "prompts-longer.pth",
        _torch({"prompt_learner": content | {"ctx_neg": torch.zeros(1, 1, 7, 128)}}),
    )
    other = content | {"tokenized_prompts_pos": content["tokenized_prompts_pos"] + 1}
    yield "prompts-other-words.pth", _torch({"prompt_learner": other})
    yield "lightning-nothing.ckpt", _torch({"state_dict": {"net.a": torch.zeros(3)}})
    words = {"net.prompt_learner.ctx_pos": torch.zeros(1, 1, 12, 99)}
    yield "lightning-width.ckpt", _torch({"state_dict": words})
    yield (
        "lightning-alone.ckpt",
        _torch({"state_dict": {"net.prompt_learner.ctx_pos": torch.zeros(1, 1, 12, 128)}}),
    )


def bad_notes(good: GoodFiles, folder: Path) -> Iterator[Path]:
    """Write good prompts with bad notes beside them and return the prompts' files."""
    text = good.prompts.with_suffix(".json").read_text("utf-8")
    values = json.loads(text)
    prompts = values["config"]["prompts"]
    notes = {
        "cut": text[: len(text) // 2],
        "n_ctx": _with(values, prompts=prompts | {"n_ctx": 12}),
        "t_n_ctx": _with(values, prompts=prompts | {"t_n_ctx": 4}),
        "dpam": _with(values, dpam="many"),
        "layers": _with(values, features_list=[99]),
        "backbone": json.dumps(values | {"backbone": "ViT-B-32"}),
        "weights": json.dumps(values | {"backbone_sha256": "0" * 64}),
        "list": '["backbone_sha256"]',
    }
    for name, note in notes.items():
        file = folder / f"noted-{name}.pth"
        file.write_bytes(good.prompts.read_bytes())
        file.with_suffix(".json").write_text(note, encoding="utf-8")
        yield file


_HEADERS: dict[str, dict[str, Any]] = {
    "kind": {"kind": "flow"}, "kind-number": {"kind": 7}, "format-2": {"format": 2},
    "format-text": {"format": "1"}, "format-true": {"format": True}, "format-0": {"format": 0},
    "backbone-none": {"backbone": ""}, "backbone-unknown": {"backbone": "ViT-X"},
    "backbone-download": {"backbone": "hf-hub:someone/something"},
    "backbone-path": {"backbone": "../../../etc/passwd"},
    "backbone-other": {"backbone": "ViT-B-32"}, "backbone-list": {"backbone": [TINY]},
    "weights-other": {"backbone_sha256": "ab" * 32}, "weights-number": {"backbone_sha256": 5},
    "config-list": {"config": []}, "config-empty": {"config": {}}, "config-none": {"config": None},
    "calibration-none": {"calibration": None}, "calibration-empty": {"calibration": {}},
    "shots-text": {"n_shots": "3"}, "shots-negative": {"n_shots": -3}, "stranger": {"code": "1"},
    "name-none": {"name": None}, "extra-text": {"extra": "all"}, "created-number": {"created": 5},
}  # fmt: skip
_CONFIGS: dict[str, dict[str, Any]] = {
    "size-0": {"preprocess": {"size": 0}}, "size-text": {"preprocess": {"size": "big"}},
    "size-negative": {"preprocess": {"size": -48}}, "size-huge": {"preprocess": {"size": 10**9}},
    "preprocess": {"preprocess": None}, "layers-99": {"features_list": [99]},
    "layers-none": {"features_list": []}, "layers-text": {"features_list": "46"},
    "dpam-99": {"dpam": 99}, "dpam-text": {"dpam": "x"}, "sigma-negative": {"sigma": -1},
    "sigma-huge": {"sigma": 1e300}, "weight-5": {"map_weight": 5}, "peak-0": {"peak_fraction": 0},
    "prompts-none": {"prompts": None}, "stranger": {"trust_remote_code": True},
    "base": {"base": {"base": {}}},
}  # fmt: skip
_BANKS: dict[str, object] = {
    "huge": [10**9, 2, 256, 64], "overflow": [2**62, 2**10, 2**10, 64], "negative": [-5, 2, 256, 8],
    "text": "large", "short": [40], "other": [41, 2, 256, 8], "none": None,
}  # fmt: skip


def _floats(data: bytes) -> Iterator[tuple[str, list[int], str]]:
    for key, entry in header_of(data)[0].items():
        if key[:2] != "__" and entry["dtype"][0] == "F":
            yield key, entry["shape"], entry["dtype"]


def _with(values: dict[str, Any], **config: object) -> str:
    return json.dumps(values | {"config": values["config"] | config})


def _torch(content: object) -> bytes:
    made = io.BytesIO()
    torch.save(content, made)
    return made.getvalue()
