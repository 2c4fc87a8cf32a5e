"""How much memory a loaded checkpoint holds."""

from __future__ import annotations

from model.predictor import Predictor


def weight_bytes(predictor: Predictor) -> int:
    """Return what a model's weights and buffers hold in memory, shared ones counted once."""
    detector = predictor.detector
    storages = [
        tensor.untyped_storage() for tensor in (*detector.parameters(), *detector.buffers())
    ]
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())
