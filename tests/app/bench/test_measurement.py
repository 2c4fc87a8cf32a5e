"""Figures and their ratios."""

from __future__ import annotations

from app.bench.measurement import Measurement, median, p99, peak_memory_mib, timed_ms


def test_ratio_is_against_the_baseline() -> None:
    assert Measurement("a", 6.0, "ms", "plain", 4.0).ratio == 1.5
    assert Measurement("a", 6.0, "ms").ratio is None
    assert Measurement("a", 6.0, "ms", "plain", 0.0).ratio is None


def test_warm_up_is_not_counted() -> None:
    calls: list[int] = []
    spent = timed_ms(lambda: calls.append(1), repeats=5, warm_up=2)
    assert len(calls) == 7
    assert len(spent) == 5
    assert all(ms >= 0 for ms in spent)


def test_percentiles() -> None:
    values = [float(v) for v in range(101)]
    assert median(values) == 50
    assert p99(values) == 99


def test_peak_memory_grows_with_what_is_held() -> None:
    before = peak_memory_mib()
    held = bytearray(int(before * 2**20) + 2**26)
    held[::4096] = b"x" * len(held[::4096])
    after = peak_memory_mib()
    assert after > before
