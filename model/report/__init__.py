"""Figures drawn for people: curves, plots, galleries, pages."""
