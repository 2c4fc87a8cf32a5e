"""Checkpoints that could be put to use: the shelf, the check before loading, the comparison."""
