"""Frame sources, buffers and the grabbing thread."""
