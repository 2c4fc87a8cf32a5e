"""How well a whole classifier names pictures that none of its networks has seen."""

from __future__ import annotations

from model.detectors.classifier import Classifier
from model.errors import DatasetError
from model.learning.classifier_figures import ClassFigures, FoldFigures, confusion_of, macro_f1
from model.learning.material import Material
from model.learning.watch import Watch
from model.predictor import predict_with


def tested_on(detector: Classifier, material: Material, watch: Watch) -> ClassFigures:
    """Return the figures of the ensemble on pictures apart, as one fold.

    Args:
        detector: The classifier, on its device.
        material: Labelled pictures that it has not learned from.
        watch: Told of each picture; may stop it.

    Raises:
        DatasetError: A picture has a label that the classifier does not know.
        ModelError: A picture cannot be judged.
    """
    names = detector.class_names
    # of a single product only the states are named, whatever its folder is called here
    is_single = len({label.product for label in detector.form.labels}) == 1
    truth, named = [], []
    for number, picture in enumerate(material.checked()):
        label = material.labels[number]
        shown = label.state if is_single else label.name
        if shown not in names:
            raise DatasetError(
                f"The picture {material.names[number]} shows {shown}, which the classifier "
                "has not learned; leave such pictures out of the test."
            )
        found = predict_with(detector, detector.preprocess, detector.device, picture, names)
        truth.append(names.index(shown))
        named.append(names.index(found.class_probabilities[0][0]))
        watch.step("test", number + 1, len(material))
    confusion = confusion_of(truth, named, len(names))
    right = sum(a == b for a, b in zip(truth, named, strict=True))
    fold = FoldFigures(0, len(truth), 0, macro_f1(truth, named), right / max(1, len(truth)))
    return ClassFigures(names, (fold,), confusion)
