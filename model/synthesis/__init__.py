"""Procedural product images, defects with masks, and their captions."""
