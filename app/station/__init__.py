"""The running station: state machine, inference thread, jobs (PyQt5.QtCore only)."""
