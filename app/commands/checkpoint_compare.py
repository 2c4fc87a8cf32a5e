"""`checkpoint compare`: a candidate beside the checkpoint in force, on the same pictures."""

from __future__ import annotations

import argparse


def run(options: argparse.Namespace) -> int:
    """Compare and print."""
    raise NotImplementedError
