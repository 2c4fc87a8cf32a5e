"""What network is trained: its sizes, filled in from the backbone where nobody has chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from model.backbone import TINY, clip_config
from model.errors import ModelError
from model.preprocess import RESIZES
from model.sowa_settings import SowaSettings

_SOWA = "sowa"
_LARGEST_SIDE = 2048
_MOST_CONTEXT = 60


@dataclass(frozen=True, slots=True)
class Network:
    """Sizes of a network; None leaves the choice to the backbone or to the checkpoint.

    Attributes:
        backbone: Name of the CLIP.
        image_size: Side of the input, pixels.
        depth: How deep the learned prompts go into the text tower, 1 for the input alone.
        n_ctx: Learned context vectors of a prompt.
        t_n_ctx: Positions that a deep prompt replaces.
        dpam: As in `model.layers.vision.encode_image`: value attention in the last dpam - 1 blocks.
        features_list: Vision blocks (1-based) whose maps are summed.
        word: What the prompts call the product.
        normal_template: Prompt of a good part, with {} for the word.
        anomaly_template: Prompt of a defective one.
        resize: "squash" or "pad", see `model.preprocess.Preprocess`.
    """

    backbone: str | None = None
    image_size: int | None = None
    depth: int | None = None
    n_ctx: int | None = None
    t_n_ctx: int | None = None
    dpam: int | None = None
    features_list: tuple[int, ...] | None = None
    word: str | None = None
    normal_template: str | None = None
    anomaly_template: str | None = None
    resize: str | None = None

    def chosen(self) -> dict[str, Any]:
        """Return the values that are not None, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Sizes:
    """A `Network` in which everything is chosen."""

    backbone: str
    image_size: int
    depth: int
    n_ctx: int
    t_n_ctx: int
    dpam: int
    features_list: tuple[int, ...]
    word: str
    normal_template: str
    anomaly_template: str
    resize: str


def filled(network: Network, kind: str) -> Sizes:
    """Return the network with the usual values for its backbone.

    ViT-L: 518 px, prompts 9 deep, value attention from 20, features of the last block, as
    published; ViT-B: from 10; the small default: what it was pretrained for. SOWA: the
    backbone's own size and blocks at its quarters, as published.

    Args:
        network: Wished sizes.
        kind: Of the detector.

    Raises:
        CheckpointError: The backbone is unknown.
        ModelError: A value is out of range for the backbone.
    """
    backbone = network.backbone or TINY
    config = clip_config(backbone)
    vision_blocks = int(config["vision_cfg"]["layers"])
    text_blocks = int(config["text_cfg"].get("layers", 12))
    usual: dict[str, Any] = {
        "backbone": backbone,
        "image_size": 518,
        "depth": min(9, text_blocks),
        "n_ctx": 12,
        "t_n_ctx": min(4, network.n_ctx or 12),
        "dpam": {24: 20, 12: 10}.get(vision_blocks, max(1, vision_blocks // 2)),
        "features_list": (vision_blocks,),
        "word": "object",
        "normal_template": "{}",
        "anomaly_template": "damaged {}",
        "resize": RESIZES[0],
    }
    own_side = config["vision_cfg"]["image_size"]
    if backbone == TINY:
        usual |= {"image_size": own_side, "dpam": 3}
    if kind == _SOWA:
        levels = SowaSettings.for_depth(vision_blocks, 2).levels
        usual |= {"image_size": own_side, "features_list": levels}
    sizes = Sizes(**(usual | network.chosen()))
    _check(sizes, vision_blocks, int(config["vision_cfg"]["patch_size"]))
    return replace(sizes, features_list=tuple(sorted(set(sizes.features_list))))


def check_fits(network: Network, config: Mapping[str, Any], backbone: str, file: object) -> None:
    """Compare what was asked for with a checkpoint to start from.

    Args:
        network: The wishes.
        config: The configuration of the checkpoint's detector.
        backbone: Its backbone.
        file: For the message.

    Raises:
        ModelError: The checkpoint has another backbone, prompt length, size ...
    """
    config = config.get("base", config)
    prompts = config.get("prompts", {})
    has = {
        "backbone": backbone,
        "image_size": config.get("preprocess", {}).get("size"),
        "resize": config.get("preprocess", {}).get("resize", RESIZES[0]),
        "features_list": tuple(config.get("features_list", ())),
        "dpam": config.get("dpam"),
        "word": prompts.get("word"),
        "normal_template": prompts.get("normal"),
        "anomaly_template": prompts.get("anomalous"),
        **{name: prompts.get(name) for name in ("depth", "n_ctx", "t_n_ctx")},
    }
    for name, wish in network.chosen().items():
        wanted = tuple(sorted(set(wish))) if name == "features_list" else wish
        if has[name] not in (None, (), wanted):
            raise ModelError(
                f"The checkpoint {file} has {_words(name, has[name])}, but {_words(name, wish)} "
                "was asked for; leave that option out or start without a checkpoint."
            )


def _words(name: str, value: Any) -> str:
    shown = " ".join(map(str, value)) if isinstance(value, tuple) else repr(value)
    return f"{name} {shown}"


def _check(sizes: Sizes, vision_blocks: int, patch: int) -> None:
    ranges = {
        "image_size": (patch, _LARGEST_SIDE),
        "depth": (1, 100),
        "n_ctx": (1, _MOST_CONTEXT),
        "t_n_ctx": (0, sizes.n_ctx),
        "dpam": (1, vision_blocks + 1),
    }
    for name, (low, high) in ranges.items():
        value = getattr(sizes, name)
        if not low <= value <= high:
            raise ModelError(f"{name} {value} is not within {low} and {high} for {sizes.backbone}.")
    if sizes.resize not in RESIZES:
        raise ModelError(f"resize {sizes.resize!r} is not known; use {' or '.join(RESIZES)}.")
    layers = sizes.features_list
    if not layers or not all(1 <= layer <= vision_blocks for layer in layers):
        raise ModelError(
            f"features_list {' '.join(map(str, layers))} is not within 1 and {vision_blocks}, the "
            f"blocks of {sizes.backbone}."
        )
    for template in (sizes.normal_template, sizes.anomaly_template):
        if template.count("{}") != 1:
            raise ModelError(
                f"The template {template!r} must have {{}} once, where the class word goes."
            )
