"""Networks that name what a picture shows: a head on frozen features, or any network of timm."""

from __future__ import annotations

from abc import abstractmethod
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import timm
import torch
from torch import Tensor, nn

from model.errors import CheckpointError
from model.layers.grad_cam import channel_weights
from model.weight_file import clip_state, fill, read_tensors

_SAME = 1e-4


class ClassNetwork(nn.Module):
    """From an input to a feature map, and from there to logits."""

    @abstractmethod
    def features(self, given: Tensor) -> Tensor:
        """Return the last feature map of a batch, in the network's own layout."""

    @abstractmethod
    def logits(self, features: Tensor) -> Tensor:
        """Return (B, L) logits of `features`."""

    @abstractmethod
    def as_picture(self, features: Tensor) -> Tensor:
        """Return `features` as (B, C, h, w)."""

    @abstractmethod
    def evidence(self, features: Tensor, direction: Tensor) -> Tensor:
        """Return (B, C) weights of Grad-CAM.

        Args:
            features: Of `features`.
            direction: (B, L); which mixture of the logits is explained.
        """

    def forward(self, given: Tensor) -> Tensor:
        """Return (B, L) logits."""
        return self.logits(self.features(given))


class HeadNetwork(ClassNetwork):
    """A linear head on the mean and the peaks of frozen features.

    The mean says what the whole picture looks like, the peak of each channel what is at its most
    remarkable place: a small defect vanishes in a mean.

    Args:
        channels: Of the features.
        labels: Number of logits.

    Attributes:
        centre: (2 C,) buffer: mean of the pooled features over the training pictures.
        spread: (2 C,) buffer: their standard deviation.
        linear: The only part that learns.
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, channels: int, labels: int) -> None:
        super().__init__()
        self.channels = channels
        self.register_buffer("centre", torch.zeros(2 * channels))
        self.register_buffer("spread", torch.ones(2 * channels))
        self.linear = nn.Linear(2 * channels, labels)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    @staticmethod
    def pooled(given: Tensor) -> Tensor:
        """Return (B, 2 C): mean and peak of each channel of (B, C, h, w)."""
        return torch.cat([given.mean(dim=(2, 3)), given.amax(dim=(2, 3))], dim=1)

    def standardise(self, pooled: Tensor) -> None:
        """Take mean and spread from (N, 2 C) pooled features of the training pictures."""
        self.centre.copy_(pooled.mean(dim=0))
        self.spread.copy_(pooled.std(dim=0, correction=0).clamp_min(1e-4))

    def pooled_logits(self, pooled: Tensor) -> Tensor:
        """Return (B, L) logits of (B, 2 C) pooled features."""
        logits: Tensor = self.linear((pooled - self.centre) / self.spread)
        return logits

    def features(self, given: Tensor) -> Tensor:
        """Return (B, C, h, w) as it comes from the frozen network."""
        return given

    def logits(self, features: Tensor) -> Tensor:
        """Return (B, L) logits."""
        return self.pooled_logits(self.pooled(features))

    def as_picture(self, features: Tensor) -> Tensor:
        """Return the features less their usual mean: only what is unusual explains anything."""
        return features - self.centre[: self.channels, None, None]

    def evidence(self, features: Tensor, direction: Tensor) -> Tensor:
        """Return (B, C): the gradient of mean and peak in closed form."""
        del features
        # (B, L) x (L, 2 C) -> (B, 2 C)
        both = direction @ (self.linear.weight / self.spread)
        return both[:, : self.channels] + both[:, self.channels :]


class TimmNetwork(ClassNetwork):
    """A network of timm with its own classifier; no weights are ever fetched.

    Args:
        name: As timm calls it, such as "efficientnet_b4".
        labels: Number of logits.
        size: Side of the input, pixels; for networks that are built for one size.
        drop_path: Rate of stochastic depth in training, for networks that have it.

    Attributes:
        is_linear: Its head is a mean over the places and one linear layer, for which Grad-CAM has
            a closed form (it is then the class activation map).

    Raises:
        CheckpointError: timm knows no such network, or builds none of that size.
    """

    def __init__(self, name: str, labels: int, size: int, drop_path: float = 0.0) -> None:
        super().__init__()
        self.name = name
        self.network: Any = _built(name, labels, size, drop_path)
        self.is_linear = _is_linear(self.network)

    def features(self, given: Tensor) -> Tensor:
        """Return the last feature map of (B, 3, S, S), in timm's layout for this network."""
        features: Tensor = self.network.forward_features(given)
        return features

    def logits(self, features: Tensor) -> Tensor:
        """Return (B, L) logits."""
        logits: Tensor = self.network.forward_head(features)
        return logits

    def as_picture(self, features: Tensor) -> Tensor:
        """Return (B, C, h, w) of timm's layouts: NCHW, NHWC or tokens (B, N, C)."""
        if features.ndim == 4:
            is_last = str(getattr(self.network, "output_fmt", "NCHW")).endswith("NHWC")
            # (B, h, w, C) -> (B, C, h, w)
            return features.permute(0, 3, 1, 2) if is_last else features
        patches = features[:, int(getattr(self.network, "num_prefix_tokens", 0)) :]
        side = round(patches.shape[1] ** 0.5)
        # (B, N, C) -> (B, C, N) -> (B, C, h, w); the input is square
        return patches.transpose(1, 2).reshape(len(patches), -1, side, side)

    def evidence(self, features: Tensor, direction: Tensor) -> Tensor:
        """Return (B, C) in closed form where there is one, else by a backward pass.

        Raises:
            RuntimeError: A graph is being drawn, which cannot hold a backward pass.
        """
        if self.is_linear:
            linear: nn.Linear = self.network.get_classifier()
            # (B, L) x (L, C) -> (B, C)
            return direction @ linear.weight
        if torch.compiler.is_exporting():
            raise RuntimeError(
                f"the explaining map of {self.name} needs a backward pass, which no graph holds; "
                "efficientnet and resnet do without"
            )
        return channel_weights(self.logits, features, direction, self.as_picture)


def check_network(name: str, size: int) -> None:
    """Try a network out on an empty picture, before hours are spent on it.

    Args:
        name: As timm calls it.
        size: Side of the input, pixels.

    Raises:
        CheckpointError: timm does not know it, or it sees no pictures of that size, or what it
            sees is no feature map.
    """
    network = TimmNetwork(name, 2, size).eval()
    try:
        with torch.no_grad():
            features = network.features(torch.zeros(1, 3, size, size))
            network.logits(features)
            places = network.as_picture(features)
    except (AssertionError, RuntimeError, ValueError, TypeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise CheckpointError(
            f"{name} cannot name pictures of {size} pixels ({reason}); choose another size or "
            "network."
        ) from error
    if places.ndim != 4:
        raise CheckpointError(f"{name} has no feature map; choose another network.")


def start_from(network: TimmNetwork, file: Path) -> None:
    """Fill a network with weights of a file, all but the classifier, which has other labels.

    Args:
        network: On the CPU.
        file: timm's weights for this name as safetensors or as a torch file of plain tensors.

    Raises:
        CheckpointError: The file is missing, damaged, holds code, or is for another network.
    """
    inner: Any = network.network
    own = inner.state_dict()
    found = clip_state(read_tensors(file))
    heads = tuple(f"{name}." for name in _head_names(network.name))
    kept = {key: value for key, value in own.items() if key.startswith(heads)}
    # Counters of batches are left out of many files; nothing is computed from them.
    counters = {key: value for key, value in own.items() if key.endswith("num_batches_tracked")}
    body = {key: value for key, value in found.items() if not key.startswith(heads)}
    fill(inner, counters | body | kept, f"The weights {file} do not fit {network.name}")


def _head_names(name: str) -> tuple[str, ...]:
    config = timm.get_pretrained_cfg(name)
    given = None if config is None else config.classifier
    return (given,) if isinstance(given, str) else tuple(given or ("fc", "head", "classifier"))


def check_timm_name(name: str) -> None:
    """Refuse a name that timm does not know.

    Raises:
        CheckpointError: It does not; the sentence names the nearest ones.
    """
    if not timm.is_model(name):
        near = get_close_matches(name, timm.list_models(), 3)
        hint = f"; did you mean {', '.join(near)}" if near else ""
        raise CheckpointError(f"timm has no network called {name!r}{hint}.")


def _built(name: str, labels: int, size: int, drop_path: float) -> Any:
    check_timm_name(name)
    given: dict[str, Any] = {"pretrained": False, "num_classes": labels}
    config = timm.get_pretrained_cfg(name)
    if config is not None and config.fixed_input_size:
        given["img_size"] = size
    wishes: list[dict[str, Any]] = [{"drop_path_rate": drop_path}, {}] if drop_path else [{}]
    for wish in wishes:
        try:
            network: Any = timm.create_model(name, **given, **wish)
        except TypeError:
            # It has no stochastic depth.
            continue
        except (AssertionError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"{name} cannot be built for {size} pixels ({error}).") from error
        if getattr(network, "global_pool", "") == "token":
            # A class token leaves nothing to explain at the places.
            network.reset_classifier(labels, global_pool="avg")
        return network
    raise CheckpointError(f"{name} is no network that can name pictures; choose another one.")


def _is_linear(network: Any) -> bool:
    """Tell whether the head is a mean over the places and one linear layer; tried out."""
    linear = network.get_classifier()
    if not isinstance(linear, nn.Linear) or getattr(network, "output_fmt", "NCHW") != "NCHW":
        return False
    generator = torch.Generator().manual_seed(0)
    probe = torch.randn(1, linear.in_features, 2, 3, generator=generator)
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad():
            found = network.forward_head(probe)
            wanted = linear(probe.mean(dim=(2, 3)))
    except (RuntimeError, ValueError, TypeError, IndexError):
        # It wants features of another form.
        return False
    finally:
        network.train(was_training)
    return found.shape == wanted.shape and bool((found - wanted).abs().max() < _SAME)
