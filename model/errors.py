"""What can go wrong in the models through no fault of the code.

Every message is one plain sentence for the person at the screen: what is wrong, what to do.
"""

from __future__ import annotations


class ModelError(Exception):
    """Root of all expected model errors; the message is shown to the user as it is."""


class CheckpointError(ModelError):
    """A checkpoint or weight file is missing, damaged or does not fit."""


class UnknownDetector(ModelError):
    """A detector name that the registry does not know; the message lists the known ones."""


class DatasetError(ModelError):
    """Images or masks that cannot be used."""


class OutOfMemory(ModelError):
    """The device has too little memory for the image or the model."""
