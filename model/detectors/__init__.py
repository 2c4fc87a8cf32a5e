"""One anomaly detector a file; `model.registry` knows their names."""
