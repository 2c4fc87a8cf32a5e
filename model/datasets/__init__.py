"""Data sets on disk: layouts, meta.json, what is wrong with them."""
