"""Shift, lot and checkpoint reports: facts, charts, PDF, HTML, tables."""
