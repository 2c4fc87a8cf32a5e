"""What a run starts from: random prompts on a backbone, or a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import open_clip
import torch

from model import checkpoint, official_checkpoint
from model.backbone import TINY, clip_config, file_sha256, find_weights, load_clip
from model.detector import Detector
from model.detectors.ad_clip import AdClip
from model.detectors.anomaly_clip import AnomalyClip
from model.detectors.few_shot_clip import FewShotClip
from model.detectors.sowa import Sowa
from model.errors import ModelError
from model.layers.dual_prompts import DualPrompts
from model.layers.prompts import PromptLearner
from model.official import learner_for
from model.preprocess import Preprocess
from model.sowa_settings import SowaSettings
from model.training.network import Network, Sizes, check_fits, filled

# what the small default's scores need; the published zero-shot score is the class token alone
_TINY_MAP_WEIGHT = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A detector before its training.

    Attributes:
        detector: On the CPU.
        backbone: Name of its CLIP.
        backbone_sha256: Hash of the CLIP's weight file.
    """

    detector: Detector
    backbone: str
    backbone_sha256: str


# sizes, CLIP, class names -> a detector whose trained part is random
Builder = Callable[[Sizes, open_clip.CLIP, tuple[str, ...]], Detector]


def fresh(
    kind: str,
    network: Network,
    weight_folders: tuple[Path, ...],
    class_names: tuple[str, ...] = (),
    seed: int = 0,
) -> Start:
    """Return a detector with random prompts and heads.

    Args:
        kind: Name in the detector registry.
        network: Wished sizes.
        weight_folders: Where the backbone's weights are looked for.
        class_names: What it names, where it names anything.
        seed: Of the random values.

    Raises:
        CheckpointError: The backbone is unknown, its weights are missing, damaged or not finite.
        ModelError: A size is out of range, or the kind cannot be trained.
    """
    sizes = filled(network, kind)
    build = _builder(kind)
    file = find_weights(sizes.backbone, "", weight_folders)
    clip = load_clip(sizes.backbone, file)
    with _seeded(seed):
        detector = build(sizes, clip, class_names)
    return Start(detector, sizes.backbone, file_sha256(file))


def from_checkpoint(
    file: Path,
    kind: str,
    network: Network,
    weight_folders: tuple[Path, ...],
    class_names: tuple[str, ...] = (),
    seed: int = 0,
) -> Start:
    """Return the detector of a checkpoint, to train on.

    A checkpoint of another kind gives its prompts to a new detector of the wanted one.

    Args:
        file: Our own, or an official epoch_N.pth.
        kind: As `fresh`.
        network: What is not None must be what the checkpoint has.
        weight_folders: As `fresh`.
        class_names: As `fresh`.
        seed: As `fresh`.

    Raises:
        CheckpointError: The file cannot be used.
        ModelError: It does not fit `network` or `kind`.
    """
    if official_checkpoint.is_named_so(file):
        found = _official(file, network, weight_folders)
    else:
        predictor = checkpoint.load(file, device="cpu", weight_folders=weight_folders)
        info = predictor.info
        found = Start(predictor.detector, info.backbone, info.backbone_sha256)
    if isinstance(found.detector, FewShotClip) and kind != FewShotClip.kind:
        found = replace(found, detector=found.detector.base)
    check_fits(network, found.detector.config(), found.backbone, file)
    if isinstance(found.detector, AdClip):
        # what trains on is one detector; its fellows would stay behind
        found.detector.leave()
    if found.detector.kind == kind:
        return found
    upgrade = _UPGRADES.get(kind)
    if upgrade is None or not isinstance(found.detector, AnomalyClip):
        raise ModelError(
            f"The checkpoint {file} is of kind {found.detector.kind}, which cannot become "
            f"{kind}; start from another one, or without."
        )
    with _seeded(seed):
        return replace(found, detector=upgrade(found.detector, class_names))


def unfrozen(start: Start, blocks: int) -> Start:
    """Make the last vision blocks the detector's own, so that they train and are stored with it.

    Args:
        start: An AnomalyCLIP or AD-CLIP detector; changed in place.
        blocks: Number of blocks; those that are its own already stay so.

    Raises:
        ModelError: The backbone has fewer, or the detector cannot have its own.
    """
    base = start.detector.base if isinstance(start.detector, AdClip) else start.detector
    if not blocks:
        return start
    if not isinstance(base, AnomalyClip):
        raise ModelError(
            f"The backbone of a {base.kind} detector stays frozen; leave --unfreeze out."
        )
    known = int(clip_config(start.backbone)["vision_cfg"]["layers"])
    if not 0 < blocks <= known:
        raise ModelError(
            f"{blocks} vision blocks cannot train: {start.backbone} has {known}; ask for fewer."
        )
    base.unfrozen = max(base.unfrozen, blocks)
    return start


def _official(file: Path, network: Network, weight_folders: tuple[Path, ...]) -> Start:
    if network.backbone is None:
        detector, info = official_checkpoint.load(file, weight_folders)
        weights = find_weights(info.backbone, "", (file.parent, *weight_folders))
        return Start(detector, info.backbone, file_sha256(weights))
    sizes = filled(replace(network, n_ctx=None, t_n_ctx=None, depth=None), AnomalyClip.kind)
    weights = find_weights(sizes.backbone, "", (file.parent, *weight_folders))
    clip = load_clip(sizes.backbone, weights)
    made = AnomalyClip(
        clip,
        learner_for(clip, file),
        Preprocess(sizes.image_size, resize=sizes.resize),
        sizes.features_list,
        sizes.dpam,
        map_weight=_map_weight(sizes),
    )
    return Start(made, sizes.backbone, file_sha256(weights))


def _anomaly_clip(sizes: Sizes, clip: open_clip.CLIP, class_names: tuple[str, ...]) -> AnomalyClip:
    del class_names
    learner = PromptLearner(
        clip,
        sizes.n_ctx,
        sizes.t_n_ctx,
        sizes.depth,
        sizes.word,
        sizes.normal_template,
        sizes.anomaly_template,
    )
    return AnomalyClip(
        clip,
        learner,
        Preprocess(sizes.image_size, resize=sizes.resize),
        sizes.features_list,
        sizes.dpam,
        map_weight=_map_weight(sizes),
    )


def _ad_clip(sizes: Sizes, clip: open_clip.CLIP, class_names: tuple[str, ...]) -> Detector:
    return AdClip(_anomaly_clip(sizes, clip, ()), class_names)


def _sowa(sizes: Sizes, clip: open_clip.CLIP, class_names: tuple[str, ...]) -> Detector:
    del class_names
    templates = (sizes.normal_template,), (sizes.anomaly_template,)
    prompts = DualPrompts(clip, sizes.n_ctx, (sizes.word,), *templates)
    preprocess = Preprocess(sizes.image_size, resize=sizes.resize)
    config = clip_config(sizes.backbone)["vision_cfg"]
    grid = sizes.image_size // int(config["patch_size"])
    settings = SowaSettings.for_depth(int(config["layers"]), grid)
    settings = replace(settings, levels=sizes.features_list)
    return Sowa(clip, prompts, preprocess, settings, sizes.word)


_BUILDERS: dict[str, Builder] = {
    AdClip.kind: _ad_clip,
    AnomalyClip.kind: _anomaly_clip,
    Sowa.kind: _sowa,
}
# kinds that are built on an AnomalyCLIP detector and keep its prompts
_UPGRADES: dict[str, Callable[[AnomalyClip, tuple[str, ...]], Detector]] = {
    AdClip.kind: AdClip,
}


def _builder(kind: str) -> Builder:
    found = _BUILDERS.get(kind)
    if found is None:
        raise ModelError(
            f"A detector of kind {kind} cannot be trained; use one of {', '.join(_BUILDERS)}."
        )
    return found


def _map_weight(sizes: Sizes) -> float:
    return _TINY_MAP_WEIGHT if sizes.backbone == TINY else 0.0


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Make random values that depend on nothing else, and leave the generator as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
