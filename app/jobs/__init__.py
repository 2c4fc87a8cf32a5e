"""Work that takes minutes or hours beside the line: what is to be done, what came of it."""
