"""What is pretrained: a CLIP with its prompt learner, how it starts and what it is asked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model import losses
from model.backbone import build_clip
from model.layers.attention import attend, project
from model.layers.prompts import PromptLearner, tokenize
from model.layers.text import encode_prompts
from model.layers.vision import encode_image
from model.pretrain_data import Batch, normalised

_MAX_SCALE = math.log(100)
_TEMPERATURE = 0.07
_BAD_SHARE = 0.3
_EPS = 1e-6


@dataclass(frozen=True, slots=True)
class Losses:
    """The parts of a step's loss: caption contrast, dense map, image decision, their sum."""

    contrast: Tensor
    dense: Tensor
    image: Tensor
    total: Tensor


class PretrainModel(nn.Module):
    """The trainable whole.

    Attributes:
        clip: open_clip CLIP.
        prompt_learner: AnomalyCLIP's prompts.
        layers: Vision blocks whose patch maps are trained.
        dpam: As in `encode_image`.
    """

    def __init__(
        self, backbone: str, layers: tuple[int, ...], dpam: int, depth: int, precision: str
    ) -> None:
        """Start from random weights (torch's global generator); see `initialise`."""
        super().__init__()
        self.clip = build_clip(backbone)
        initialise(self.clip)
        self.prompt_learner = PromptLearner(self.clip, depth=depth)
        self.layers, self.dpam, self.precision = layers, dpam, precision

    def forward(self, batch: Batch) -> Losses:
        """Return the losses of a batch; gradients reach every weight."""
        device = self.clip.logit_scale.device
        images = normalised(batch.images.to(device))
        labels, masks = batch.labels.to(device), batch.masks.to(device).float()
        visual: Any = self.clip.visual
        with torch.autocast(device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
            features = encode_image(visual, images, self.layers, self.dpam)
        text = encode_prompts(self.clip, self.prompt_learner)
        # a thin line in a patch must count: the truth is widened by about one pixel of the mask
        masks = F.max_pool2d(masks[:, None], 3, 1, 1)[:, 0]
        dense = torch.zeros((), device=device)
        for patches in features.patches.values():
            maps = patch_maps(patches.float(), text, features.grid)
            cells = balanced_loss(maps, masks)
            maps = F.interpolate(maps, masks.shape[-2:], mode="bilinear", align_corners=False)
            dense = dense + (cells + losses.pixel_loss(maps, masks)) / len(features.patches)
        image = losses.image_loss(features.image.float(), text, labels)
        contrast = self._contrast(features.image.float(), batch.captions)
        return Losses(contrast, dense, image, losses.PIXEL_WEIGHT * dense + image + contrast)

    def _contrast(self, image: Tensor, captions: tuple[str, ...]) -> Tensor:
        """Symmetric contrast; pictures with the same sentence share it as their positive."""
        sentences = sorted(set(captions))
        rows = torch.tensor([sentences.index(c) for c in captions], device=image.device)
        tokens = tokenize(sentences, int(self.clip.context_length)).to(image.device)
        text = F.normalize(encode_captions(self.clip, tokens), dim=-1)
        scale = self.clip.logit_scale.clamp(max=_MAX_SCALE).exp()
        # (B, sentences)
        logits = scale * F.normalize(image, dim=-1) @ text.T
        by_image = F.cross_entropy(logits, rows)
        hits = F.one_hot(rows, len(sentences)).float()
        by_text = -(F.log_softmax(logits, dim=0) * hits / hits.sum(0)).sum() / len(sentences)
        return (by_image + by_text) / 2


def balanced_loss(maps: Tensor, masks: Tensor) -> Tensor:
    """Return the cross entropy of the patches, defective and good ones as a group each.

    Focal and dice loss alone rest for long at "all is good" when weights start at random: both
    are nearly flat there. A patch counts as defective if any of it is.

    Args:
        maps: (B, 2, gh, gw) probabilities.
        masks: (B, H, W), values 0 and 1.
    """
    cells = F.adaptive_max_pool2d(masks[:, None], maps.shape[-2:])[:, 0]
    entropy = -(maps.clamp_min(_EPS).log())
    bad = (entropy[:, 1] * cells).sum() / cells.sum().clamp_min(1)
    good = (entropy[:, 0] * (1 - cells)).sum() / (1 - cells).sum().clamp_min(1)
    return _BAD_SHARE * bad + (1 - _BAD_SHARE) * good


def patch_maps(patches: Tensor, text: Tensor, grid: tuple[int, int]) -> Tensor:
    """Return (B, 2, gh, gw) probabilities of normal and anomalous per patch (spec: patch map)."""
    logits = F.normalize(patches, dim=-1) @ text.T / _TEMPERATURE
    # (B, N, 2) -> (B, 2, gh, gw)
    cells: Tensor = logits.softmax(-1).transpose(1, 2).reshape(-1, 2, *grid)
    return cells


def encode_captions(clip: nn.Module, tokens: Tensor) -> Tensor:
    """Return (n, E) text features of (n, 77) tokens, cut after the longest sentence."""
    tower: Any = clip
    ends = tokens.argmax(dim=-1)
    length = int(ends.max()) + 1
    states = tower.token_embedding(tokens[:, :length]) + tower.positional_embedding[:length]
    for block in tower.transformer.resblocks:
        query, key, value = project(block.attn, block.ln_1(states))
        states = states + attend(block.attn, query, key, value, causal=True)
        states = states + block.mlp(block.ln_2(states))
    picked = tower.ln_final(states)[torch.arange(len(ends), device=ends.device), ends]
    projected: Tensor = picked @ tower.text_projection
    return projected


@torch.no_grad()
def initialise(clip: nn.Module) -> None:
    """Give the vision tower a start that learns faster than open_clip's.

    Patch filters are cosines, the finer the stronger (pictures are mostly coarse, and the
    LayerNorm behind would drown what is fine); positions are sines; keys equal queries, so
    that a patch looks first at those that are like it; residual branches are scaled by depth as
    in CLIP's text tower.
    """
    tower: Any = clip
    visual = tower.visual
    width = visual.conv1.weight.shape[0]
    visual.conv1.weight.copy_(_cosine_filters(width, visual.conv1.kernel_size[0]))
    visual.positional_embedding[1:] = 0.2 * _sine_positions(visual.grid_size, width)
    blocks = visual.transformer.resblocks
    narrow = width**-0.5 * (2 * len(blocks)) ** -0.5
    for block in blocks:
        nn.init.normal_(block.attn.in_proj_weight, std=width**-0.5)
        block.attn.in_proj_weight[width : 2 * width] = block.attn.in_proj_weight[:width]
        nn.init.normal_(block.attn.out_proj.weight, std=narrow)
        nn.init.normal_(block.mlp.c_fc.weight, std=(2 * width) ** -0.5)
        nn.init.normal_(block.mlp.c_proj.weight, std=narrow)


def _cosine_filters(width: int, side: int) -> Tensor:
    """Return (width, 3, side, side): grey cosines, then coarse colour cosines, lowest first."""
    places = (np.arange(side) + 0.5) / side
    waves = [np.cos(np.pi * order * places) for order in range(side)]
    grey, red, blue = (1.0, 1.0, 1.0), (1.0, 0.0, -1.0), (-0.5, 1.0, -0.5)
    pairs = sorted((u * u + v * v, u, v) for u in range(side) for v in range(side))
    planes = [(0.0 + square, u, v, grey) for square, u, v in pairs]
    planes += [(4.0 * square + 1, u, v, hue) for square, u, v in pairs for hue in (red, blue)]
    planes.sort(key=lambda plane: plane[0])
    filters = np.zeros((width, 3, side, side), np.float32)
    for row, (_, u, v, hue) in zip(filters, planes, strict=False):
        wave = np.outer(waves[u], waves[v]) / side
        gain = 0.5 * (1 + np.hypot(u, v)) if u or v else 0.08
        row[:] = gain * np.array(hue)[:, None, None] / 3 * wave
    return torch.from_numpy(filters)


def _sine_positions(grid: tuple[int, int], width: int) -> Tensor:
    """Return (gh * gw, width) smooth two-dimensional sine positions."""
    quarter = width // 4
    rates = 1.0 / (100.0 ** (torch.arange(quarter) / quarter))
    down, across = torch.meshgrid(torch.arange(grid[0]), torch.arange(grid[1]), indexing="ij")
    # (gh * gw, quarter)
    rows, columns = down.reshape(-1, 1) * rates, across.reshape(-1, 1) * rates
    return torch.cat([rows.sin(), rows.cos(), columns.sin(), columns.cos()], dim=1)
