"""Learning to name product and state: an ensemble over stratified folds, limits from the folds."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

import torch

from model.backbones import Backbones
from model.detectors.classifier import Classifier, new_member
from model.device import choose_device, enough_memory
from model.layers.class_network import ClassNetwork, HeadNetwork, TimmNetwork, start_from
from model.learning.classifier_choices import ClassifierChoices
from model.learning.classifier_figures import ClassFigures, FoldFigures, confusion_of
from model.learning.classifier_folds import Fold, folds_of, rare_labels
from model.learning.classifier_inputs import PooledInputs
from model.learning.classifier_labels import labels_of
from model.learning.classifier_limits import limits_of
from model.learning.classifier_start import Start, started
from model.learning.classifier_training import Told, Trained, train_member
from model.learning.learner import Learned, Learner
from model.learning.material import Material
from model.learning.watch import Watch
from model.training.config import Epoch


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What a learning came to, with all that a report shows.

    Attributes:
        learned: Detector and limits.
        classifier: The detector once more, as what it is.
        figures: Of every network on the pictures that it has not learned from.
        curves: Epochs of each network.
    """

    learned: Learned
    classifier: Classifier
    figures: ClassFigures
    curves: tuple[tuple[Epoch, ...], ...]


class ClassifierLearner:
    """Learns from pictures labelled with product and state (classifier spec, sections 2 to 5)."""

    choices: type[Any] = ClassifierChoices
    needs_defects = True

    def learn(
        self,
        material: Material,
        choices: ClassifierChoices,
        backbones: Backbones,
        device: str,
        watch: Watch,
    ) -> Learned:
        """Learn a product; see `model.learning.learner.Learner.learn`."""
        return taught(material, choices, backbones, device, watch).learned


def taught(
    material: Material, choices: ClassifierChoices, backbones: Backbones, device: str, watch: Watch
) -> Taught:
    """Learn the labels of the material.

    Args:
        material: Pictures with labels; pictures of one group stand on one side of each split.
        choices: How.
        backbones: Where the frozen backbone is looked for.
        device: "auto", "cpu" or "cuda".
        watch: Told of progress; may stop it.

    Raises:
        DatasetError: A product has no good or no defective pictures, or a label has only one.
        CheckpointError: The backbone or the file of weights is missing or does not fit, or timm
            does not know the network.
        ModelError: A picture or a choice cannot be used.
        OutOfMemory: The device has too little memory.
        TeachingCancelled: `watch` said so.
    """
    labels = labels_of(material)
    places = {label: place for place, label in enumerate(labels)}
    targets = [places[label] for label in material.labels]
    names = [label.name for label in material.labels]
    folds = folds_of(names, choices.folds, material.seed, material.groups)
    where = choose_device(device)
    with enough_memory(where, "training the classifier"):
        start = started(material, labels, len(folds), choices, backbones, where, watch)
        lesson = _Lesson(start, choices, material.seed, targets, folds, where, watch)
        members, trained = lesson.trained()
        classifier = Classifier(start.form, start.trunk, members).to(where).eval()
        classifier.requires_grad_(False)
        calibration = limits_of(classifier, material, folds, where, watch)
    rare = rare_labels(names, len(folds))
    figures = _figures(start.form.names, targets, folds, trained, tuple(rare))
    learned = Learned(
        classifier,
        calibration,
        start.backbone.name,
        start.backbone.sha256,
        facts_of(figures),
        mean_curve([one.epochs for one in trained]),
    )
    return Taught(learned, classifier, figures, tuple(one.epochs for one in trained))


def facts_of(figures: ClassFigures) -> dict[str, Any]:
    """Return the figures as JSON values, for the checkpoint."""
    return {
        "macro_f1": figures.mean,
        "macro_f1_spread": figures.spread,
        "accuracy": figures.accuracy,
        "folds": [asdict(fold) for fold in figures.folds],
        "labels": list(figures.labels),
        "confusion": [list(row) for row in figures.confusion],
        "rare_labels": list(figures.rare),
    }


def mean_curve(curves: Sequence[Sequence[Epoch]]) -> tuple[Epoch, ...]:
    """Return one curve of several networks: the mean over those that were still learning."""
    found = []
    for number, some in enumerate(zip_longest(*curves), start=1):
        there = [epoch for epoch in some if epoch is not None]
        found.append(
            Epoch(
                number,
                there[0].learning_rate,
                _means([epoch.losses for epoch in there]),
                _means([epoch.metrics for epoch in there]),
                sum(epoch.seconds for epoch in there),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Lesson:
    """What the training of all networks shares."""

    start: Start
    choices: ClassifierChoices
    seed: int
    targets: Sequence[int]
    folds: tuple[Fold, ...]
    device: torch.device
    watch: Watch

    def trained(self) -> tuple[list[ClassNetwork], list[Trained]]:
        """Return the networks with their best weights, and what they came to."""
        members, results = [], []
        for number, fold in enumerate(self.folds):
            seed = self.seed * 1000 + number
            # New weights and stochastic depth draw from torch's own stream.
            with torch.random.fork_rng():
                torch.manual_seed(seed)
                member = self._member(fold).to(self.device)
                results.append(
                    train_member(
                        member,
                        self.start.inputs,
                        self.targets,
                        len(self.start.form.labels),
                        fold,
                        self.choices,
                        seed,
                        self._told(number),
                    )
                )
            members.append(member)
        return members, results

    def _member(self, fold: Fold) -> ClassNetwork:
        start, inputs = self.start, self.start.inputs
        member = new_member(start.form, start.trunk, self.choices.drop_path)
        if isinstance(member, HeadNetwork) and isinstance(inputs, PooledInputs):
            # (V, N, 2 C) -> (V n, 2 C): of the pictures that are learned from alone
            member.standardise(inputs.pooled[:, list(fold.train)].flatten(0, 1))
        if isinstance(member, TimmNetwork) and self.choices.weights is not None:
            start_from(member, self.choices.weights)
        return member

    def _told(self, number: int) -> Told:
        """Return what says how far all networks are; epochs that are not needed are skipped."""
        total = len(self.folds) * self.choices.epochs

        def told(epoch: int, last: Epoch | None) -> None:
            done = number * self.choices.epochs + epoch - 1
            self.watch.step("training", done, total, epoch, last)

        return told


def _figures(
    names: tuple[str, ...],
    targets: Sequence[int],
    folds: Sequence[Fold],
    trained: Sequence[Trained],
    rare: tuple[str, ...],
) -> ClassFigures:
    truth: list[int] = []
    named: list[int] = []
    figures = []
    for fold, one in zip(folds, trained, strict=True):
        truth += [targets[number] for number in fold.held]
        named += one.probabilities.argmax(dim=1).tolist()
        kept = one.epochs[one.best - 1].metrics
        figures.append(
            FoldFigures(
                len(fold.train), len(fold.held), one.best, kept["macro_f1"], kept["accuracy"]
            )
        )
    confusion = confusion_of(truth, named, len(names))
    return ClassFigures(names, tuple(figures), confusion, rare)


def _means(values: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.fmean(one[name] for one in values) for name in values[0]}


LEARNER: Learner = ClassifierLearner()
