"""The review of stored parts: queue, decisions, export as a training set."""
