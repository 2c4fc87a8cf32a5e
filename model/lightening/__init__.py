"""Detectors made lighter: fewer channels, eight bits, and what either costs."""
