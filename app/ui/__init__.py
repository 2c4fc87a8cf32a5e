"""The window: PyQt5 widgets, which only show and ask."""
