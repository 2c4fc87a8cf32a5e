"""EfficientAD: where student, teacher and autoencoder disagree, the picture is not normal.

Batzner, Heckler and Koenig, WACV 2024. A student repeats a frozen teacher on normal pictures
(local defects); its second half repeats an autoencoder that sees the whole picture (missing or
misplaced parts).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.detector import Detector, Scores
from model.errors import CheckpointError, Misfit
from model.layers.autoencoder import Autoencoder
from model.layers.pdn import SIZES, Pdn, check_side
from model.layers.whole_look import WholeLook
from model.preprocess import IMAGENET_MEAN, IMAGENET_STD, Preprocess

BORDER = 4
"""Cells by which the maps are padded on every side: the networks see no full patch there."""
LOW_QUANTILE, HIGH_QUANTILE = 0.9, 0.995
_AT_HIGH = 0.1
_LIFT = 4.0
_LEAST_SPAN = 0.01
_LEAST_LEVEL = 1e-4
_DESCRIPTION = ("size", "reference", "preprocess")


@dataclass(frozen=True, slots=True, eq=False)
class RawMaps:
    """What a picture shows before it is made comparable, float32, 0 or more.

    Attributes:
        local: (B, h, w) teacher against student.
        whole: (B, h, w) autoencoder against student.
        beyond: (B,) how far the picture as a whole is beyond all good ones, see `WholeLook`.
    """

    local: Tensor
    whole: Tensor
    beyond: Tensor


class EfficientAd(Detector):
    """Teacher, student and autoencoder with what makes their two maps comparable.

    The raw unit of score and map: 0 is the 0.9 quantile of normal pixels, 0.1 their 0.995
    quantile. A picture that is no picture of the product at all, so that student and teacher
    need not disagree, is raised as a whole, see `WholeLook`.
    There is no backbone: the checkpoint holds all weights.

    Attributes:
        size: Key of `model.layers.pdn.SIZES`.
        reference: Pad the map with 0 as the authors do and pass the look over. Normal pixels
            are mostly below 0, so the border then looks warmer than the picture; for comparing
            numbers only.
        teacher: Frozen.
        student: Twice as many outputs as the teacher.
        autoencoder: As many as the teacher.
        look: What good pictures are like as a whole.
        teacher_mean: (C,) float32 buffer: of the teacher's features on the training pictures.
        teacher_std: (C,) float32 buffer, likewise.
        quantiles: (4,) float32 buffer: 0.9 and 0.995 quantile of the local map, then of the
            other, over all pixels of held-out normal pictures.
        lift: (1,) float32 buffer: by how much the map is raised for each limit that the look of
            the picture is beyond; a few times what normal pictures reach.
    """

    kind: ClassVar[str] = "efficient_ad"
    teacher_mean: Tensor
    teacher_std: Tensor
    quantiles: Tensor
    lift: Tensor

    def __init__(
        self, size: str, preprocess: Preprocess | None = None, *, reference: bool = False
    ) -> None:
        """Build the networks with random weights.

        Raises:
            ValueError: The image size is too small.
        """
        super().__init__()
        shape = SIZES[size]
        self.size, self.reference = size, reference
        self.preprocess = preprocess or input_of(256)
        side = check_side(self.preprocess.size)
        self.teacher = Pdn(size, shape.features)
        self.student = Pdn(size, 2 * shape.features)
        self.autoencoder = Autoencoder(shape.features, side, shape.bottleneck)
        self.look = WholeLook(shape.features)
        self.register_buffer("teacher_mean", torch.zeros(shape.features))
        self.register_buffer("teacher_std", torch.ones(shape.features))
        self.register_buffer("quantiles", torch.tensor([0.0, 1.0, 0.0, 1.0]))
        self.register_buffer("lift", torch.full((1,), _LIFT * _AT_HIGH))
        self.teacher.requires_grad_(False)

    @classmethod
    def from_config(cls, config: dict[str, Any], clip: nn.Module) -> Self:
        """Return the detector that `config` describes; `clip` is passed over, it has none.

        Raises:
            CheckpointError: A value is missing or out of range.
        """
        del clip
        try:
            size, reference, preprocess = (config[key] for key in _DESCRIPTION)
            return cls(size, Preprocess.from_json(preprocess), reference=bool(reference))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CheckpointError(
                f"The checkpoint's description of its detector is damaged ({error}); get it again."
            ) from error

    def config(self) -> dict[str, Any]:
        """Return JSON values for `from_config`."""
        values = (self.size, self.reference, self.preprocess.to_json())
        return dict(zip(_DESCRIPTION, values, strict=True))

    def described(self, images: Tensor) -> Tensor:
        """Return the teacher's features (B, C, h, w), each channel in its normal spread."""
        mean, std = (one[:, None, None] for one in (self.teacher_mean, self.teacher_std))
        with torch.no_grad():
            seen: Tensor = self.teacher(images)
        return (seen - mean) / std

    def raw_maps(self, images: Tensor) -> RawMaps:
        """Return what (B, 3, S, S) images show."""
        # (B, 2 C, h, w) -> twice (B, C, h, w)
        of_teacher, of_autoencoder = self.student(images).chunk(2, dim=1)
        described = self.described(images)
        local = (described - of_teacher).square().mean(1)
        whole = (self.autoencoder(images) - of_autoencoder).square().mean(1)
        return RawMaps(local, whole, self.look(described))

    def comparable(self, raw: RawMaps) -> Tensor:
        """Return (B, h, w): the mean of both maps in units of their quantiles, raised by the look.

        Where all held-out pixels were alike the span between the quantiles is taken as a
        hundredth of their level: the map stays finite and what differs stands out.
        """
        maps = torch.stack((raw.local, raw.whole))
        # (4,) -> (2, 1, 1, 1) each
        low, high = self.quantiles.view(2, 2, 1, 1, 1).unbind(1)
        least = _LEAST_SPAN * high.abs().clamp_min(_LEAST_LEVEL)
        mean = (_AT_HIGH * (maps - low) / torch.maximum(high - low, least)).mean(0)
        return mean if self.reference else mean + self.lift * raw.beyond[:, None, None]

    def set_lift(self, peaks: Tensor) -> None:
        """Take what normal pictures reach, (N,) scores: a strange picture is to stand far above."""
        self.lift.fill_(_LIFT * max(_AT_HIGH, float(peaks.max())))

    def forward(self, images: Tensor) -> Scores:
        """Score (B, 3, S, S) float32 images; the map is (B, 1, h + 8, w + 8)."""
        cells = self.comparable(self.raw_maps(images))[:, None]
        border = (BORDER,) * 4
        cells = F.pad(cells, border) if self.reference else F.pad(cells, border, mode="replicate")
        return Scores(cells.flatten(1).amax(1), cells)

    def checkpoint_state(self) -> dict[str, Tensor]:
        """Return all tensors."""
        return dict(self.state_dict())

    def load_checkpoint_state(self, state: dict[str, Tensor]) -> None:
        """Take the tensors of `checkpoint_state`.

        Raises:
            CheckpointError: A tensor is missing, surplus, of another shape or not finite, or
                the statistics cannot be divided by.
        """
        own = self.state_dict()
        for key in sorted(own.keys() | state.keys()):
            if key not in own or key not in state or own[key].shape != state[key].shape:
                raise Misfit(f"The checkpoint's {key} does not fit EfficientAD; get it again.")
            if not bool(state[key].isfinite().all()):
                raise CheckpointError(f"The checkpoint's {key} is not finite; get it again.")
        for key in ("teacher_std", "look.spread"):
            if bool((state[key] <= 0).any()):
                raise CheckpointError(f"The checkpoint's {key} is not positive; get it again.")
        self.load_state_dict(state)


def input_of(side: int) -> Preprocess:
    """Return how a picture becomes the input (spec: bilinear, aspect ratio not kept).

    Args:
        side: Of the square input, pixels.
    """
    return Preprocess(side, IMAGENET_MEAN, IMAGENET_STD, filter="bilinear")
