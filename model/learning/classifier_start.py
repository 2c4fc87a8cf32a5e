"""What all networks of a classifier share before one of them learns: form, backbone, inputs."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from model.backbones import NO_BACKBONE, Backbone, Backbones, is_resnet
from model.detectors.classifier import Classifier, ClassifierForm
from model.errors import DatasetError
from model.layers.class_network import check_network
from model.layers.feature_levels import FeatureLevels
from model.learning.choices import ChoiceError
from model.learning.classifier_choices import ClassifierChoices
from model.learning.classifier_inputs import (
    Inputs,
    PictureInputs,
    PooledInputs,
    ResizedPictures,
    pooled_views,
)
from model.learning.classifier_views import ViewRules, products_in
from model.learning.material import Label, Material
from model.learning.watch import Watch
from model.preprocess import Preprocess

_NETWORK_SIZE, _CLIP_SIZE, _RESNET_SIZE = 384, 240, 224


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Where the networks of a classifier start from.

    Attributes:
        form: Of the classifier.
        backbone: With name and hash; `NO_BACKBONE` for networks of timm.
        trunk: Its features, on the device; None for networks of timm.
        inputs: The pictures, by number.
    """

    form: ClassifierForm
    backbone: Backbone
    trunk: FeatureLevels | None
    inputs: Inputs


def started(
    material: Material,
    labels: tuple[Label, ...],
    members: int,
    choices: ClassifierChoices,
    backbones: Backbones,
    device: torch.device,
    watch: Watch,
) -> Start:
    """Read every picture once.

    Args:
        material: The pictures.
        labels: In order.
        members: Networks of the ensemble.
        choices: How.
        backbones: Where the frozen backbone is looked for.
        device: Where everything is computed.
        watch: Told of each picture.

    Raises:
        ChoiceError: The product is none of the labels', or there are weights for no network.
        CheckpointError: The backbone is missing, or timm does not know the network or has none of
            that size.
        ModelError: A picture cannot be used.
    """
    _check(choices, labels)
    generator = torch.Generator().manual_seed(material.seed)
    if choices.network:
        size = choices.size or _NETWORK_SIZE
        check_network(choices.network, size)
        pictures = ResizedPictures(material, size, watch)
        preprocess = Preprocess(size, *pictures.statistics(), filter="area", whole=True)
        form = ClassifierForm(labels, choices.network, members, preprocess, choices.product)
        products = [label.product for label in material.labels]
        inputs = PictureInputs(
            pictures.pixels, preprocess, products, rules_of(choices), generator, device
        )
        return Start(form, backbones.load(NO_BACKBONE), None, inputs)
    backbone = backbones.load(choices.backbone)
    trunk = FeatureLevels(backbone.module).to(device)
    usual = _RESNET_SIZE if is_resnet(backbone.name) else _CLIP_SIZE
    preprocess = Preprocess(choices.size or usual, trunk.mean, trunk.std, whole=True)
    form = ClassifierForm(labels, "", members, preprocess, choices.product)
    look = Classifier(form, trunk, ()).seen
    pooled = pooled_views(
        material, preprocess, look, rules_of(choices), choices.views, device, watch
    )
    return Start(form, backbone, trunk, PooledInputs(pooled, generator, device))


def rules_of(choices: ClassifierChoices) -> ViewRules:
    """Return which views of the pictures are learned from."""
    return ViewRules(
        choices.turn,
        choices.second_turn,
        choices.flips,
        products_in(choices.no_flips),
        products_in(choices.no_turns),
    )


def _check(choices: ClassifierChoices, labels: tuple[Label, ...]) -> None:
    products = tuple(dict.fromkeys(label.product for label in labels))
    if choices.product and choices.product not in products:
        known = ", ".join(filter(None, products)) or "no product by name"
        raise ChoiceError(f"product is {choices.product!r}; the pictures show {known}.")
    if choices.weights is not None and not choices.network:
        raise ChoiceError("weights are for a network; name it with network=, or leave them out.")
    if choices.backbone == NO_BACKBONE and not choices.network:
        raise DatasetError("Neither a network nor a backbone is named; give one of them.")
