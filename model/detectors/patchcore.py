"""PatchCore: how far is a patch from all patches that normal parts have shown?"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from model.detector import Detector, Scores
from model.detectors.anomaly_clip import map_peak
from model.errors import CheckpointError
from model.layers.feature_levels import FeatureLevels
from model.layers.patch_embedding import patch_embedding
from model.layers.smoothing import upsample_smooth
from model.memory_bank import MemoryBank, patch_places
from model.nearest_rows import nearest_rows
from model.patchcore_settings import MOST_ROWS, PatchCoreSettings
from model.plain_bank import PlainBank
from model.preprocess import Preprocess
from model.weight_file import fill

PatchBank = PlainBank | MemoryBank
_PEAK_FRACTION = 0.01
_UPSAMPLING = {"smooth": "linear", "blocks": "nearest"}


class PatchCore(Detector):
    """Distance of each patch to its nearest remembered one (Roth et al., CVPR 2022).

    Attributes:
        levels: The frozen network.
        bank: The remembered patches.
        settings: How they are compared.
        n_shots: Normal pictures behind the bank.
    """

    kind: ClassVar[str] = "patchcore"

    def __init__(
        self,
        backbone: nn.Module,
        settings: PatchCoreSettings,
        preprocess: Preprocess,
        bank: PatchBank | None = None,
        n_shots: int = 0,
    ) -> None:
        """Take the parts; without a bank it holds a single row of zeros."""
        super().__init__()
        self.levels = FeatureLevels(backbone)
        self.settings, self.preprocess, self.n_shots = settings, preprocess, n_shots
        self.bank = bank or empty_bank((1, *self._blank_shape()), settings)

    def _blank_shape(self) -> tuple[int, ...]:
        width = sum(self.levels.channels[level - 1] for level in self.settings.levels)
        kept = min(self.settings.coordinates, width)
        return (1, width, kept) if kept else (width,)

    @classmethod
    def from_config(cls, config: dict[str, Any], clip: nn.Module) -> Self:
        """Return the detector that `config` describes, with an empty bank of the right size.

        Raises:
            CheckpointError: A value is missing or out of range.
        """
        try:
            settings = PatchCoreSettings.from_json(config["settings"])
            preprocess = Preprocess.from_json(config["preprocess"])
            bank = empty_bank(config["bank"], settings)
            detector = cls(clip, settings, preprocess, bank, int(config["n_shots"]))
            fits = bank.shape[1:3] == detector._blank_shape()[:2]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                f"The checkpoint's description of its detector is damaged ({error}); get it again."
            ) from error
        if not fits:
            raise CheckpointError(
                "The checkpoint's memory bank was made with another backbone; teach it again."
            )
        return detector

    def config(self) -> dict[str, Any]:
        """Return JSON values for `from_config`."""
        return {
            "settings": self.settings.to_json(),
            "preprocess": self.preprocess.to_json(),
            "bank": list(self.bank.shape),
            "n_shots": self.n_shots,
        }

    def patches(self, images: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Return (B, N, 1, D) rows of (B, 3, H, W) images, and the grid with N cells."""
        seen = self.levels(images)
        cells = patch_embedding(
            [seen[level - 1] for level in self.settings.levels], self.settings.neighbourhood
        )
        # (B, D, gh, gw) -> (B, D, N) -> (B, N, D) -> (B, N, 1, D)
        rows = cells.flatten(2).transpose(1, 2).unsqueeze(2)
        return rows, (cells.shape[2], cells.shape[3])

    def judge(self, images: Tensor, bank: PatchBank | None = None) -> Scores:
        """Score images by another bank than its own: a shot must not be its own neighbour."""
        bank = bank or self.bank
        queries, grid = self.patches(images)
        batch, size = queries.shape[0], (int(images.shape[2]), int(images.shape[3]))
        places = patch_places(grid).to(queries).repeat(batch, 1)
        # (B, N, 1, D) -> (B N, 1, D) -> (B N, P)
        points = bank.points(queries.flatten(0, 1), places)
        distances, numbers = nearest_rows(points, bank.rows)
        # (B N,) -> (B, gh, gw) -> (B, H, W)
        anomaly_map = upsample_smooth(
            distances.reshape(batch, *grid),
            size,
            self.settings.sigma,
            upsampling=_UPSAMPLING[self.settings.map],
            border="middle",
        )
        if self.settings.score == "peak":
            score = map_peak(anomaly_map, _PEAK_FRACTION)
        else:
            # (B N, ...) -> (B, N, ...)
            score = _weighted(
                torch.unflatten(points, 0, (batch, -1)),
                torch.unflatten(distances, 0, (batch, -1)),
                torch.unflatten(numbers, 0, (batch, -1)),
                bank.rows,
                self.settings.neighbours,
            )
        return Scores(score, anomaly_map[:, None])

    def forward(self, images: Tensor) -> Scores:
        """Score (B, 3, H, W) float32 images; the map has their size."""
        return self.judge(images)

    def checkpoint_state(self) -> dict[str, Tensor]:
        """Return the tensors of the bank, the rows as float16, which loses nothing."""
        return dict(self.bank.state_dict()) | {"rows": self.bank.rows.half()}

    def load_checkpoint_state(self, state: dict[str, Tensor]) -> None:
        """Take the tensors of `checkpoint_state`.

        Raises:
            CheckpointError: A tensor is missing, surplus, misshaped or not finite.
        """
        fill(self.bank, state, "The checkpoint's memory bank does not fit")


def empty_bank(shape: list[int] | tuple[int, ...], settings: PatchCoreSettings) -> PatchBank:
    """Return a bank of zeros.

    Args:
        shape: (R, D), or (R, 1, D, K) where coordinates are kept.
        settings: Of the detector.

    Raises:
        ValueError: There are more rows than any learning leaves.
    """
    if not 0 < int(shape[0]) <= MOST_ROWS:
        raise ValueError(f"{shape[0]} remembered rows; 1 to {MOST_ROWS} can be")
    if settings.coordinates:
        return MemoryBank.empty(shape, settings.place)
    return PlainBank.empty(shape)


def _weighted(
    points: Tensor, distances: Tensor, numbers: Tensor, rows: Tensor, neighbours: int
) -> Tensor:
    """Return (B,): distance of the farthest patch, weighed by how crowded the bank is around.

    PatchCore, equation 7, as anomalib reads it: 1 - softmax over the rows near the nearest one of
    their distances to the patch, taken at the nearest one. A bank of one row has no crowd.

    Args:
        points: (B, N, P) patches.
        distances: (B, N) to the nearest row.
        numbers: (B, N) int64 of the nearest row.
        rows: (R, P) of the bank.
        neighbours: Rows looked at, the nearest one among them.
    """
    count = min(neighbours, rows.shape[0])
    farthest = distances.argmax(1, keepdim=True)  # (B, 1)
    distance = distances.gather(1, farthest)[:, 0]
    if count < 2:
        return distance
    nearest = rows[numbers.gather(1, farthest)[:, 0]]  # (B, P)
    # (B, P) from (B, N, P)
    patch = points.gather(1, farthest[:, :, None].expand(-1, -1, points.shape[2]))[:, 0]
    # |a - b|^2 without |a|^2, which changes no order: (B, R)
    order = rows.square().sum(1) - 2 * nearest @ rows.T
    around = rows[order.topk(count, largest=False).indices]  # (B, count, P)
    apart = (patch[:, None] - around).norm(dim=2)  # (B, count)
    # the nearest row's own share, whichever place equal rows have given it
    share: Tensor = (distance - apart.logsumexp(1)).exp()
    return (1 - share).clamp_min(0) * distance
