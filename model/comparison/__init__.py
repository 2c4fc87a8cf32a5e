"""Detectors compared on one split of one data set: learned, judged and timed apart."""
