"""Checkpoints as ONNX and OpenVINO: written, compared with the original, and run."""
