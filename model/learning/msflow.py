"""MSFlow learned from good pictures: frozen features, flows, and limits from held-out pictures."""

from __future__ import annotations

import torch
from torch import Tensor

from model.backbones import NO_BACKBONE, Backbones
from model.detectors.msflow import MSFlow
from model.device import choose_device, enough_memory
from model.errors import ModelError
from model.learning.flow_limits import judge_normals
from model.learning.flow_training import FlowTrainer, train_flows
from model.learning.learner import Learned
from model.learning.level_features import LevelFeatures
from model.learning.material import Material
from model.learning.msflow_choices import MSFlowChoices, blank
from model.learning.watch import Watch
from model.training.config import Epoch

_HELD_OUT = 0.2
_FEWEST = 2


class MSFlowLearner:
    """Trains flows on good pictures; see `model.learning.learner.Learner`."""

    choices = MSFlowChoices
    needs_defects = False

    def learn(
        self,
        material: Material,
        choices: MSFlowChoices,
        backbones: Backbones,
        device: str,
        watch: Watch,
    ) -> Learned:
        """Return the detector and limits from a fifth of the pictures, which are held out."""
        learned, held_out = material.good.split(_HELD_OUT, _FEWEST)
        if choices.backbone == NO_BACKBONE:
            raise ModelError("MSFlow needs a backbone, such as adclip-tiny or resnet18.")
        # building a network draws first weights that its file replaces
        with torch.random.fork_rng(devices=[]):
            found = backbones.load(choices.backbone)
        where = choose_device(device)
        with enough_memory(where, "training the flows"):
            detector = blank(found.module, choices, material.seed).to(where).eval()
            epochs = _train(detector, learned, choices, watch)
            detector.eval().requires_grad_(False)
            limits = judge_normals(detector, held_out, len(material.good), watch)
        extra = {
            "pictures": len(learned),
            "held_out": len(held_out),
            "depths": choices.depths,
            "epochs": len(epochs),
        }
        return Learned(detector, limits, found.name, found.sha256, extra, epochs)


def _train(
    detector: MSFlow, learned: Material, choices: MSFlowChoices, watch: Watch
) -> tuple[Epoch, ...]:
    """Let start and flows of a detector learn and return the curve."""

    def see(images: Tensor) -> tuple[Tensor, ...]:
        return detector.features(images.to(detector.device))

    features = LevelFeatures(
        learned, choices.copies_of(len(learned)), detector.preprocess, see, watch
    )
    with torch.no_grad():
        detector.start.learn(
            features.batch(range(first, min(first + choices.batch, len(features))))
            for first in range(0, len(features), choices.batch)
        )
    plan = choices.plan(len(features), learned.seed)
    detector.flows.train()
    trainer = FlowTrainer(detector.flows, detector.start, plan)
    return train_flows(trainer, features, plan, detector.device, watch)


LEARNER = MSFlowLearner()
