"""What can go wrong in the models through no fault of the code.

Every message is one plain sentence for the person at the screen: what is wrong, what to do.
"""

from __future__ import annotations


class ModelError(Exception):
    """Root of all expected model errors; the message is shown to the user as it is."""


class CheckpointError(ModelError):
    """A checkpoint or weight file is missing, damaged or does not fit.

    Attributes:
        code: Stable word for what is wrong, the same for all of a class.
    """

    code = "unusable"


class ForeignFile(CheckpointError):
    """The file is something else: a picture, another program's, weights alone."""

    code = "foreign"


class BackboneFile(ForeignFile):
    """The file holds a backbone, which a checkpoint names and which is none itself."""


class DamagedCheckpoint(CheckpointError):
    """The file is cut off, or not what was once written."""

    code = "damaged"


class HoldsCode(CheckpointError):
    """The file holds more than tensors; reading it would run code."""

    code = "code"


class AbsurdValues(CheckpointError):
    """A weight is NaN, infinite or larger than any training leaves it."""

    code = "values"


class Misfit(CheckpointError):
    """Prompts, shapes, backbone and header do not go with each other."""

    code = "misfit"


class NewerFormat(CheckpointError):
    """A newer program has written it."""

    code = "newer"


class BackboneMissing(CheckpointError):
    """The weights of the backbone that it names are not on this machine."""

    code = "backbone"


class UnknownDetector(ModelError):
    """A detector name that the registry does not know; the message lists the known ones."""


class DatasetError(ModelError):
    """Images or masks that cannot be used."""


class OutOfMemory(ModelError):
    """The device has too little memory for the image or the model."""
