"""A made-up month of production, for tests, demonstrations and measurements."""

from __future__ import annotations

from app.month.filling import fill
from app.month.records import TrueRates, true_rates
from app.month.timetable import FLAT, Month, Troubles

__all__ = ["FLAT", "Month", "Troubles", "TrueRates", "fill", "true_rates"]
