"""AD-CLIP: a fine-tuned CLIP with a neck, a fine side branch and two heads.

The backbone's features go through a neck that is trained by contrast with the text of a normal
and of an anomalous product; a side branch sees what is finer than a patch. Two heads read them:
the image's anomaly score, and the probability of each class name. With normal pictures at hand
a memory bank joins in, and everything is brought to the spread of normal parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.detector import Detector, Scores
from model.detectors.ad_clip_heads import ImageHead, NameHead
from model.detectors.ad_clip_parts import Blend, Logits
from model.detectors.anomaly_clip import AnomalyClip, map_peak
from model.detectors.few_shot_clip import FewShotClip
from model.errors import CheckpointError
from model.layers.neck import Neck
from model.layers.prompts import PromptLearner
from model.layers.side_branch import WIDTHS, SideBranch
from model.layers.similarity import TEMPERATURE
from model.layers.smoothing import upsample_smooth
from model.layers.vision import VisionFeatures
from model.moments import Moments
from model.normal_pictures import NormalPictures
from model.weight_file import check_tensors

_CELLS = 20
# spread of logits that is expected beforehand, and how many images that counts for
_IMAGE_PRIOR = (1.0, 2.0)
_MAP_PRIOR = (0.5, 0.5)
_PARTS = ("neck", "side", "image_head", "name_head")


class AdClip(Detector):
    """Anomaly score, class probabilities and anomaly map of a fine-tuned CLIP.

    Attributes:
        base: The prompts and the backbone.
        class_names: What `Scores.class_probabilities` counts; may be empty.
        blend: Weights of the parts.
        fellows: Others that learned from other parts of the same pictures; all judge together.
        taught: The memory bank, once `taught` has been given normal pictures; None before.
        image_statistics: (2,) float32 buffer: centre and spread of the image's logit on normal
            pictures.
        map_statistics: (2, 20, 20) float32 buffer: the same of the map of logits, by place.
    """

    kind: ClassVar[str] = "ad_clip"
    image_statistics: Tensor
    map_statistics: Tensor

    def __init__(
        self,
        base: AnomalyClip,
        class_names: Sequence[str] = (),
        side: int = 160,
        widths: Sequence[int] = WIDTHS,
        blend: Blend | None = None,
    ) -> None:
        """Initialise neck, side branch and heads; the names start as their text says.

        Raises:
            ValueError: A size is out of range.
        """
        super().__init__()
        self.base, self.class_names = base, tuple(class_names)
        self.preprocess, self.blend = base.preprocess, blend or Blend()
        width = int(base.text_features.shape[1])
        self.neck = Neck(width, max(8, width // 2))
        self.side = SideBranch(side, widths)
        self.image_head = ImageHead()
        self.name_head = NameHead(base, self.class_names, self.side.widths[-1])
        self.fellows = nn.ModuleList()
        self.taught: FewShotClip | None = None
        self.register_buffer("image_statistics", torch.tensor([0.0, 1.0]))
        plain = torch.tensor([0.0, 1.0])[:, None, None]
        self.register_buffer("map_statistics", plain.repeat(1, _CELLS, _CELLS))
        self.to(base.text_features.device)

    @classmethod
    def from_config(cls, config: dict[str, Any], clip: nn.Module) -> Self:
        """Return the detector that `config` describes, untrained.

        Raises:
            CheckpointError: A value is missing or out of range.
        """
        try:
            base = AnomalyClip.from_config(config["base"], clip)
            names = [str(name) for name in config["class_names"]]
            blend = Blend(**config["blend"])
            found = cls(base, names, int(config["side"]), list(config["widths"]), blend)
            found.join([cls.from_config(one, clip) for one in config.get("fellows", ())])
            if config["taught"] is not None:
                found.taught = FewShotClip.on(base, config["taught"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                f"The checkpoint's description of its detector is damaged ({error}); get it again."
            ) from error
        return found

    def config(self) -> dict[str, Any]:
        """Return JSON values for `from_config`."""
        taught = None if self.taught is None else self.taught.config()
        if taught is not None:
            del taught["base"]
        blend = {name: getattr(self.blend, name) for name in Blend.__slots__}
        fellows = [one.config() for one in self._fellows()]
        return {
            "base": self.base.config(),
            "class_names": list(self.class_names),
            "side": self.side.side,
            "widths": list(self.side.widths),
            "blend": blend,
            "taught": taught,
            **({"fellows": fellows} if fellows else {}),
        }

    def join(self, fellows: Sequence[AdClip]) -> None:
        """Let others judge with this one; all then look through this one's backbone.

        Args:
            fellows: With statistics of their own and without a memory bank.

        Raises:
            ValueError: One has a bank or fellows, names something else, or looks otherwise.
        """
        for one in fellows:
            if one.taught is not None or len(one.fellows) or one.class_names != self.class_names:
                raise ValueError("a fellow has a bank, fellows or other names")
            if _looks(one) != _looks(self) or one.base.unfrozen:
                raise ValueError("a fellow looks through another backbone")
            one.base.clip = self.base.clip
            self.fellows.append(one)

    def leave(self) -> None:
        """Judge alone from now on."""
        self.fellows = nn.ModuleList()

    def _fellows(self) -> Iterator[AdClip]:
        for one in self.fellows:
            assert isinstance(one, AdClip)
            yield one

    @property
    def clip(self) -> nn.Module:
        """The open_clip backbone."""
        return self.base.clip

    @property
    def prompt_learner(self) -> PromptLearner:
        """The learned prompts."""
        return self.base.prompt_learner

    @property
    def n_shots(self) -> int:
        """Normal images in the memory bank."""
        return 0 if self.taught is None else self.taught.n_shots

    @property
    def normals(self) -> NormalPictures | None:
        """The normal pictures behind the memory bank."""
        return None if self.taught is None else self.taught.normals

    @normals.setter
    def normals(self, normals: NormalPictures | None) -> None:
        if self.taught is not None:
            self.taught.normals = normals

    def logits(
        self, images: Tensor, features: VisionFeatures, text: Tensor, learning: bool = False
    ) -> Logits:
        """Return what the trained parts say.

        Args:
            images: (B, 3, H, W) as `preprocess` makes them, for the side branch.
            features: Of these images, as `base.features` gives them.
            text: (2, E) unit text features, row 0 normal.
            learning: Look at no mirrored copies; training sees them one by one.
        """
        image = self.neck(F.normalize(features.image.to(text.dtype), dim=-1))
        rows = [
            self.neck(F.normalize(features.patches[layer].to(text.dtype), dim=-1))
            for layer in self.base.features_list
        ]
        contrast = (text[1] - text[0]) / TEMPERATURE
        # (B, E) @ (E,) -> (B,) and (B, N, E) @ (E,) -> (B, N), mean over the layers
        of_image = F.normalize(image, dim=-1) @ contrast
        of_patches = torch.stack([F.normalize(r, dim=-1) @ contrast for r in rows]).mean(0)
        look = self.side.mirrored if self.blend.mirrored and not learning else self.side
        side, side_image, side_features = look(images)
        peaks = (
            map_peak(of_patches, self.blend.peak_fraction * 5),
            map_peak(side, self.blend.peak_fraction),
        )
        spread = torch.stack([of_image, *peaks, side_image], dim=-1)
        # naming reads the features and leaves them to detection
        seen = (image.detach(), rows[-1].detach(), of_patches, side_features.detach())
        names = self.name_head(*seen)
        return Logits(self.image_head(spread), of_image, of_patches, side, side_image, names)

    def map_of(self, logits: Logits, grid: tuple[int, int], size: tuple[int, int]) -> Tensor:
        """Return the (B, H, W) map of logits from patches and side branch.

        Args:
            logits: Of `logits`.
            grid: Patches down and across.
            size: Height and width.
        """
        share = self.blend.patches
        cells = logits.patches.reshape(-1, *grid)  # (B, N) -> (B, gh, gw)
        fine = upsample_smooth(logits.side, size, self.blend.sigma)
        return share * upsample_smooth(cells, size, self.blend.sigma) + (1 - share) * fine

    def forward(self, images: Tensor) -> Scores:
        """Score (B, 3, H, W) float32 images; the map has their size.

        Without a bank the unit is that of a probability; with one it is about a standard
        deviation of normal parts.
        """
        layers = () if self.taught is None else self.taught.fusion.layers
        features = self.base.features(images, layers)
        own = [one.trained(images, features) for one in (self, *self._fellows())]
        image = torch.stack([one.image_score for one in own]).mean(0)
        of_map = torch.stack([one.anomaly_map for one in own]).mean(0)
        named = [one.class_probabilities for one in own if one.class_probabilities is not None]
        names = torch.stack(named).mean(0)
        if self.taught is None:
            return Scores(image.sigmoid(), of_map.sigmoid(), names)
        few = self.taught.fuse(self.taught.evidence(images, features=features))
        weight = self.blend.trained
        return Scores(
            weight * image + (1 - weight) * few.image_score,
            weight * of_map + (1 - weight) * few.anomaly_map,
            names,
        )

    def trained(self, images: Tensor, features: VisionFeatures) -> Scores:
        """Return logits of its own parts, without bank and fellows.

        Args:
            images: (B, 3, H, W) as `preprocess` makes them.
            features: Of these images.

        Returns:
            Logits in the unit of `standardise`; of the network itself where it was not called.
        """
        size = (int(images.shape[2]), int(images.shape[3]))
        logits = self.logits(images, features, self.base.text_features)
        of_map = self.map_of(logits, features.grid, size)[:, None]
        # (2, 20, 20) -> (2, H, W), bilinear
        centre, spread = upsample_smooth(self.map_statistics, size, 0.0)
        image = (logits.image - self.image_statistics[0]) / self.image_statistics[1]
        return Scores(image, (of_map - centre) / spread, logits.names.softmax(dim=-1))

    @torch.no_grad()
    def standardise(self, normal: Iterable[Tensor]) -> None:
        """Set the statistics from normal pictures, best ones that were not trained on.

        Args:
            normal: (B, 3, S, S) each, as `preprocess` makes them.

        Raises:
            ValueError: No picture.
        """
        of_image, of_map = Moments(), Moments()
        for images in normal:
            features = self.base.features(images)
            logits = self.logits(images, features, self.base.text_features)
            of_image.add(logits.image)
            size = (self.preprocess.size, self.preprocess.size)
            maps = self.map_of(logits, features.grid, size)[:, None]
            # (B, 1, S, S) -> (B, 1, 20, 20)
            of_map.add(F.adaptive_avg_pool2d(maps, _CELLS))
        self.image_statistics.copy_(torch.stack(of_image.whole(_IMAGE_PRIOR)))
        # (1, 20, 20) twice -> (2, 20, 20)
        self.map_statistics.copy_(torch.cat(of_map.by_place(_MAP_PRIOR)))

    def refresh_text(self) -> None:
        """Compute the text features anew from the prompts."""
        self.base.refresh_text()

    def checkpoint_state(self) -> dict[str, Tensor]:
        """Return the tensors of prompts, neck, side branch, heads, statistics and bank."""
        base = {f"base.{key}": value for key, value in self.base.checkpoint_state().items()}
        return base | self._own_state()

    def _own_state(self) -> dict[str, Tensor]:
        own = {
            f"{part}.{key}": value.detach().contiguous()
            for part in _PARTS
            for key, value in self.get_submodule(part).state_dict().items()
        }
        own |= {"image_statistics": self.image_statistics, "map_statistics": self.map_statistics}
        if self.taught is not None:
            own |= {f"taught.{key}": v for key, v in self.taught.own_state().items()}
        for number, one in enumerate(self._fellows()):
            of_fellow = one.checkpoint_state()
            own |= {f"fellows.{number}.{key}": value for key, value in of_fellow.items()}
        return own

    def load_checkpoint_state(self, state: dict[str, Tensor]) -> None:
        """Take the tensors of `checkpoint_state`.

        Raises:
            CheckpointError: A tensor is missing, surplus, misshaped or not finite.
        """
        own = self._own_state()
        check_tensors(own, state)
        rest = {key: value for key, value in state.items() if key not in own}
        self.base.load_checkpoint_state({k.removeprefix("base."): v for k, v in rest.items()})
        places = self.state_dict(keep_vars=True)
        with torch.no_grad():
            for key in own:
                places[key].copy_(state[key])


def _looks(one: AdClip) -> tuple[Any, ...]:
    """Return what makes the features that a detector sees."""
    base = one.base
    return base.preprocess, tuple(base.features_list), base.dpam
