"""What is varied in training pictures, as data, and what must not be for which product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from model.errors import DatasetError

if TYPE_CHECKING:
    from open_clip.transform import AugmentationCfg

GROUPS = ("crop", "flip", "rotation", "light", "colour")
ALL_PRODUCTS = "*"

# Where a variation makes a good part a defective one: an upside-down nut, a mirrored thread or
# imprint, swapped wires, a misplaced component, another colour.
LABEL_DESTROYING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "metal_nut": ("flip", "colour"),
        "transistor": ("flip", "rotation", "crop"),
        "screw": ("flip",),
        "capsule": ("flip", "colour"),
        "capsules": ("colour",),
        "pill": ("flip", "colour"),
        "cable": ("flip", "colour"),
        "carpet": ("colour",),
        "leather": ("colour",),
        "wood": ("colour",),
        "toothbrush": ("crop",),
        "candle": ("colour",),
        "cashew": ("colour",),
        "chewinggum": ("colour",),
        "fryum": ("colour",),
        "pipe_fryum": ("colour",),
        "macaroni1": ("colour",),
        "macaroni2": ("colour",),
        "pcb1": ("flip", "rotation", "crop"),
        "pcb2": ("flip", "rotation", "crop"),
        "pcb3": ("flip", "rotation", "crop"),
        "pcb4": ("flip", "rotation", "crop"),
        "connector": ("flip", "crop"),
        "chest": ("flip",),
        "brain": ("crop",),
    }
)


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How training pictures are varied. Zero switches a variation off.

    Random erasing, which open_clip and timm also know, is not offered: an erased patch on a
    good part is a defect.

    Attributes:
        scale: Area of the crop as a share of the picture, lowest and highest, in (0, 1].
        ratio: Aspect ratio of the crop over that of the picture, lowest and highest.
        horizontal_flip: Probability of left for right.
        vertical_flip: Probability of top for bottom.
        quarter_turns: Turn by 0, 90, 180 or 270 degrees.
        rotation: Largest small rotation, degrees either way; what comes in is mirrored.
        brightness: Largest relative change.
        contrast: Largest relative change.
        saturation: Largest relative change.
        hue: Largest change, share of the colour circle, 0..0.5.
        jitter_share: Probability that brightness, contrast, saturation and hue change at all.
        grey_share: Probability of a picture without colour.
        without: By product, which of the groups crop, flip (both, and quarter turns), rotation
            (small, and quarter turns), light (brightness, contrast) and colour (saturation, hue,
            grey) would destroy its label and are off; "*" counts for every product. What is
            given here takes the place of the entry of `LABEL_DESTROYING` for that product.
    """

    scale: tuple[float, float] = (0.8, 1.0)
    ratio: tuple[float, float] = (0.9, 1.1)
    horizontal_flip: float = 0.5
    vertical_flip: float = 0.5
    quarter_turns: bool = False
    rotation: float = 2.0
    brightness: float = 0.1
    contrast: float = 0.1
    saturation: float = 0.05
    hue: float = 0.0
    jitter_share: float = 0.8
    grey_share: float = 0.0
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            DatasetError: A value is outside its range or a group is unknown.
        """
        shares = (self.horizontal_flip, self.vertical_flip, self.jitter_share, self.grey_share)
        changes = (self.brightness, self.contrast, self.saturation)
        if not (
            0 < self.scale[0] <= self.scale[1] <= 1
            and 0 < self.ratio[0] <= self.ratio[1]
            and all(0 <= share <= 1 for share in (*shares, *changes))
            and 0 <= self.hue <= 0.5
            and 0 <= self.rotation <= 45
        ):
            raise DatasetError(f"The augmentation has a value outside its range: {self}.")
        for product, groups in self.without.items():
            if unknown := set(groups) - set(GROUPS):
                raise DatasetError(
                    f"The augmentation for {product!r} leaves out {sorted(unknown)[0]!r}; known "
                    f"are {', '.join(GROUPS)}."
                )

    def left_out(self, product: str) -> frozenset[str]:
        """Return the groups that are off for a product; case, blanks and "-" do not matter."""
        own = {_plain(name): groups for name, groups in self.without.items()}
        key = _plain(product)
        listed = own[key] if key in own else LABEL_DESTROYING.get(key, ())
        return frozenset((*listed, *own.get(ALL_PRODUCTS, ())))

    def lets_mirror(self, products: Iterable[str]) -> bool:
        """Return whether all these products may lie either way round, left, right, up, down."""
        flips = self.horizontal_flip > 0 and self.vertical_flip > 0
        return flips and not any("flip" in self.left_out(product) for product in products)

    def to_json(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values["without"] = {name: list(groups) for name, groups in self.without.items()}
        return {key: list(v) if isinstance(v, tuple) else v for key, v in values.items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; what is left out has its default.

        Raises:
            DatasetError: An unknown name or a value of a wrong type or range.
        """
        known = {one.name for one in fields(cls)}
        if unknown := set(values) - known:
            raise DatasetError(f"The augmentation has no value named {sorted(unknown)[0]!r}.")
        try:
            given = dict(values)
            for name in ("scale", "ratio"):
                if name in given:
                    low, high = given[name]
                    given[name] = (float(low), float(high))
            if "without" in given:
                given["without"] = {str(k): tuple(v) for k, v in given["without"].items()}
            return cls(**given)
        except (TypeError, ValueError, AttributeError) as error:
            raise DatasetError(f"The augmentation cannot be read: {error}.") from error

    @classmethod
    def from_open_clip(cls, config: AugmentationCfg, **further: Any) -> Self:
        """Return the same variation as open_clip's training transform; no flips, no rotation.

        Args:
            config: Its `scale`, `ratio`, `color_jitter`, `color_jitter_prob` and
                `gray_scale_prob` are taken over.
            further: Values that open_clip does not have.

        Raises:
            DatasetError: It asks for random erasing, or has a value outside the range.
        """
        if config.re_prob:
            raise DatasetError(
                "Random erasing is not for inspection: an erased patch on a good part is a defect."
            )
        jitter = config.color_jitter or 0.0
        four = (jitter,) * 3 if isinstance(jitter, int | float) else tuple(jitter)
        brightness, contrast, saturation, hue = (*four, 0.0)[:4]
        default_share = 1.0 if config.color_jitter else 0.0
        values: dict[str, Any] = {
            "scale": tuple(config.scale),
            "ratio": tuple(config.ratio or (3 / 4, 4 / 3)),
            "horizontal_flip": 0.0,
            "vertical_flip": 0.0,
            "rotation": 0.0,
            "brightness": brightness,
            "contrast": contrast,
            "saturation": saturation,
            "hue": hue,
            "jitter_share": config.color_jitter_prob or default_share,
            "grey_share": config.gray_scale_prob or 0.0,
        }
        return cls(**(values | further))


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")
