"""Widgets of the station's window; each knows how to show one thing, none knows the station."""
