"""Samples: one product, good and defective, with mask and captions; sample i is always the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.synthesis import defects, lighting
from model.synthesis.scene import scene

SIZE = 240
_FLAWLESS = ("flawless", "good", "perfect", "undamaged", "clean")
_FORMS = (
    "a photo of a {} {} {}",
    "a picture of a {} {} {}",
    "a {} {} {}",
    "a close-up of a {} {} {}",
)

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The same product twice.

    Attributes:
        good: (S, S, 3) uint8 BGR.
        defective: (S, S, 3) uint8 BGR.
        mask: (S, S) uint8, 1 where `defective` shows a defect.
        good_caption: E.g. "a photo of a flawless wooden disc".
        defective_caption: E.g. "a photo of a scratched wooden disc".
        kind: Name of the defect kind.
    """

    good: Image
    defective: Image
    mask: Image
    good_caption: str
    defective_caption: str
    kind: str


def make_sample(seed: int, index: int, size: int = SIZE, gain: float = 1.0) -> Sample:
    """Return sample `index` of the stream `seed`; no state, no order.

    Args:
        seed: Stream; training and validation use different ones.
        index: Number of the sample, from 0.
        size: Side in pixels.
        gain: Exaggeration of the defect, for the first lessons; 1 for none.
    """
    rng = np.random.default_rng([seed, index])
    product = scene(rng, size)
    flaw = defects.flaw(rng, product, gain=gain)
    mask = flaw.mask
    picture = flaw.picture
    setting = lighting.camera(rng)
    if setting.is_grey and flaw.kind.name == "discoloration":
        setting = lighting.Camera(False, setting.blur, setting.noise, setting.gamma, setting.jpeg)
    form = _FORMS[int(rng.integers(len(_FORMS)))]
    praise = _FLAWLESS[int(rng.integers(len(_FLAWLESS)))]
    blame = flaw.kind.words[int(rng.integers(len(flaw.kind.words)))]
    good = lighting.expose(rng, product.picture, setting)
    defective = lighting.expose(rng, picture, setting)
    if rng.random() < 0.08:
        good, defective = 255 - good, 255 - defective
    return Sample(
        good=good,
        defective=defective,
        mask=mask,
        good_caption=form.format(praise, product.material, product.part),
        defective_caption=form.format(blame, product.material, product.part),
        kind=flaw.kind.name,
    )
