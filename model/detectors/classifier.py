"""Classifier of product and state: names what it has seen, and explains itself by Grad-CAM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from model.detector import Detector, Scores
from model.errors import CheckpointError
from model.layers.class_network import ClassNetwork, HeadNetwork, TimmNetwork
from model.layers.feature_levels import FeatureLevels
from model.layers.grad_cam import grad_cam
from model.learning.material import GOOD, Label
from model.preprocess import Preprocess
from model.weight_file import take_tensors

MOST_MEMBERS, MOST_LABELS, MOST_SIDE = 20, 10_000, 4096
_COUNTER = "num_batches_tracked"
_NOTHING = 1e-12
_DAMAGES = (KeyError, TypeError, ValueError, AttributeError, IndexError)


@dataclass(frozen=True, slots=True)
class ClassifierForm:
    """What a classifier is built from.

    Attributes:
        labels: Product and state of each logit; each product has "good" and a defect.
        network: Name of timm; "" for heads on the frozen backbone.
        members: Networks whose probabilities are averaged.
        preprocess: From picture to input.
        product: The only product that is OK to see; "" takes the likeliest of all products for
            the one that is there.
    """

    labels: tuple[Label, ...]
    network: str
    members: int
    preprocess: Preprocess
    product: str = ""

    def __post_init__(self) -> None:
        """Check that every product can be OK and can be NG.

        Raises:
            ValueError: It is not so, a name is empty or doubled, or a number is out of range.
        """
        products = dict.fromkeys(label.product for label in self.labels)
        if len(set(self.labels)) != len(self.labels) or not all(one.state for one in self.labels):
            raise ValueError("a label is empty or there twice")
        for product in products:
            states = [label.state for label in self.labels if label.product == product]
            if GOOD not in states or len(states) < 2:
                raise ValueError(f"the product {product!r} needs {GOOD!r} and a defect")
        if not 1 <= len(self.labels) <= MOST_LABELS or not 1 <= self.members <= MOST_MEMBERS:
            raise ValueError("there are too few or too many labels or members")
        if not 1 <= self.preprocess.size <= MOST_SIDE:
            raise ValueError(f"the input cannot have {self.preprocess.size} pixels a side")
        if self.product and self.product not in products:
            raise ValueError(f"there is no product {self.product!r}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the labels: "nut-scratch", or the states alone where there is one product."""
        if len({label.product for label in self.labels}) == 1:
            return tuple(label.state for label in self.labels)
        return tuple(label.name for label in self.labels)

    def to_json(self) -> dict[str, Any]:
        """Return JSON values for `from_json`."""
        return {
            "labels": [[label.product, label.state] for label in self.labels],
            "network": self.network,
            "members": self.members,
            "preprocess": self.preprocess.to_json(),
            "product": self.product,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises:
            KeyError: A value is missing.
            TypeError: A value has a wrong type.
            ValueError: A value is out of range.
        """
        labels = tuple(Label(str(product), str(state)) for product, state in values["labels"])
        return cls(
            labels,
            str(values["network"]),
            int(values["members"]),
            Preprocess.from_json(values["preprocess"]),
            str(values["product"]),
        )


class Classifier(Detector):
    """An ensemble of class-by-state networks (classifier spec, sections 3 and 5).

    With p the mean of the members' softmaxes, the product is the one with the most probability,
    and the image score is 1 - p(product, good) / p(product): 0 surely good, 1 surely not. With
    `form.product` the score is 1 - p(product, good), so another product is never good. The map
    is Grad-CAM of the log-odds of "not good" against "good", its highest place as high as the
    score: a part that is taken for good has a calm map, one that is not shows what spoke against
    it. It measures no defect, and a defect that was not among the pictures may be taken for
    anything.

    Args:
        form: What it is built from.
        trunk: Frozen features that all members share; None for networks of timm.
        members: The networks, of `new_member`.

    Attributes:
        form: As given.
        trunk: As given.
        members: As given.
    """

    kind: ClassVar[str] = "classifier"
    explains: ClassVar[bool] = True
    product_of: Tensor
    good_of: Tensor

    def __init__(
        self, form: ClassifierForm, trunk: FeatureLevels | None, members: Sequence[ClassNetwork]
    ) -> None:
        super().__init__()
        self.form, self.preprocess, self.class_names = form, form.preprocess, form.names
        self.trunk, self.members = trunk, nn.ModuleList(members)
        products = list(dict.fromkeys(label.product for label in form.labels))
        # (P, L): 1 where a label is of a product
        of = torch.tensor([[one.product == name for one in form.labels] for name in products])
        # (P, L): 1 where a label is a product's "good"
        good = of & torch.tensor([label.is_good for label in form.labels])
        self.register_buffer("product_of", of.float(), persistent=False)
        self.register_buffer("good_of", good.float(), persistent=False)
        self._only = products.index(form.product) if form.product else None

    @classmethod
    def from_config(cls, config: dict[str, Any], backbone: nn.Module) -> Self:
        """Return the classifier that `config` describes, with weights to be filled.

        Raises:
            CheckpointError: A value is missing or out of range, or timm lacks the network.
        """
        try:
            form = ClassifierForm.from_json(config)
            trunk = None if form.network else FeatureLevels(backbone)
        except _DAMAGES as error:
            raise CheckpointError(
                f"The checkpoint's description of its classifier is damaged ({error}); "
                "get it again."
            ) from error
        return cls(form, trunk, [new_member(form, trunk) for _ in range(form.members)])

    def config(self) -> dict[str, Any]:
        """Return JSON values for `from_config`."""
        return self.form.to_json()

    def of_member(self, number: int) -> Classifier:
        """Return a classifier of one member alone; weights are shared.

        A picture that this member has not learned from is judged by it without having been seen.
        """
        member: Any = self.members[number]
        made = Classifier(replace(self.form, members=1), self.trunk, [member])
        return made.to(self.device).eval()

    def seen(self, images: Tensor) -> Tensor:
        """Return what every member starts from: (B, 3, S, S) images, or their frozen features.

        Frozen features of several levels are (B, C, h, w) on the first level's grid.
        """
        if self.trunk is None:
            return images
        levels = self.trunk(images)
        size = levels[0].shape[2:]
        return torch.cat([_on_grid(level, size) for level in levels], dim=1)

    def forward(self, images: Tensor) -> Scores:
        """Score (B, 3, S, S) float32 images; the map has the size of the last feature map."""
        given = self.seen(images)
        members: Sequence[Any] = list(self.members)
        features = [member.features(given) for member in members]
        logits = [member.logits(one).float() for member, one in zip(members, features, strict=True)]
        probabilities = torch.stack([one.softmax(dim=1) for one in logits]).mean(dim=0)
        chosen = self._chosen(probabilities)
        maps = [
            grad_cam(member.as_picture(one), member.evidence(one, self._direction(said, chosen)))
            for member, one, said in zip(members, features, logits, strict=True)
        ]
        score = self._score(probabilities, chosen)
        whole = torch.stack(maps).mean(dim=0)
        # (B, 1, h, w) -> (B, 1, 1, 1)
        highest = whole.amax(dim=(1, 2, 3), keepdim=True).clamp_min(_NOTHING)
        return Scores(score, whole / highest * score[:, None, None, None], probabilities)

    def _chosen(self, probabilities: Tensor) -> Tensor:
        """Return (B, P) float32, 1 for the product that is judged."""
        count = len(self.product_of)
        # (B, L) x (L, P) -> (B, P)
        by_product = probabilities @ self.product_of.T
        if self._only is not None:
            number = torch.full_like(by_product[:, 0], self._only, dtype=torch.int64)
        else:
            number = by_product.argmax(dim=1)
        return nn.functional.one_hot(number, count).to(probabilities.dtype)

    def _score(self, probabilities: Tensor, chosen: Tensor) -> Tensor:
        """Return (B,) in [0, 1], see the class."""
        # (B, P) x (P, L) -> (B, L)
        good = (probabilities * (chosen @ self.good_of)).sum(dim=1)
        if self._only is not None:
            return (1 - good).clamp(0, 1)
        bad = (probabilities * (chosen @ (self.product_of - self.good_of))).sum(dim=1)
        # of the defects' side: near 0 nothing is lost by taking a number near 1 from 1
        return bad / (bad + good).clamp_min(torch.finfo(good.dtype).tiny)

    def _direction(self, logits: Tensor, chosen: Tensor) -> Tensor:
        """Return (B, L): gradient of log p(not good) - log p(good) with respect to the logits."""
        good = chosen @ self.good_of
        others = 1 - good if self._only is not None else chosen @ (self.product_of - self.good_of)
        share = logits.masked_fill(others < 0.5, -torch.inf).softmax(dim=1)
        return share - good

    def checkpoint_state(self) -> dict[str, Tensor]:
        """Return all weights of the members; the frozen backbone is named, not stored."""
        state = self.members.state_dict(prefix="members.")
        return {key: value for key, value in state.items() if not key.endswith(_COUNTER)}

    def load_checkpoint_state(self, state: dict[str, Tensor]) -> None:
        """Take the tensors of `checkpoint_state`.

        Raises:
            CheckpointError: A tensor is missing, surplus, misshaped or not finite; the classifier
                is as before.
        """
        take_tensors(self.checkpoint_state(), state)


def new_member(
    form: ClassifierForm, trunk: FeatureLevels | None, drop_path: float = 0.0
) -> ClassNetwork:
    """Return a network of a form, untrained.

    Args:
        form: Of the classifier that it is for.
        trunk: Of that classifier.
        drop_path: Rate of stochastic depth in training, for networks of timm.

    Raises:
        CheckpointError: timm knows no such network, or builds none of that size.
    """
    if trunk is not None:
        return HeadNetwork(sum(trunk.channels), len(form.labels))
    return TimmNetwork(form.network, len(form.labels), form.preprocess.size, drop_path)


def _on_grid(level: Tensor, size: torch.Size) -> Tensor:
    """Return a level on the grid of the first one."""
    if level.shape[2:] == size:
        return level
    return nn.functional.interpolate(level, size=size, mode="bilinear", align_corners=False)
