"""Labelling pictures by eye: what was said, kept at once, and the data set made of it."""
