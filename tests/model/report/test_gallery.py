from __future__ import annotations

import base64
import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from model.images import read_image, write_image
from model.opencv import cv2
from model.report.gallery import heat_of, overlay, scale_of, tile, verdict_of, worst_first
from model.types import Calibration
from tests.model.judged import judged, on_disk

LIMITS = Calibration(0.1, 0.5, 0.2, 0.6, 4, 0, "made up")


def test_escapes_and_false_calls_stand_first() -> None:
    some = [judged(0.2), judged(0.9, "dent"), judged(0.7), judged(0.1, "dent"), judged(0.5, "a")]
    bad, good = worst_first(some)
    assert [one.score for one in bad] == [0.1, 0.5, 0.9]
    assert [one.score for one in good] == [0.7, 0.2]
    assert [verdict_of(one, 0.5) for one in (*bad, *good)] == [
        "escape",
        "found",
        "found",
        "false call",
        "passed",
    ]
    assert verdict_of(bad[0], math.nan) == ""


def test_the_scale_is_absolute() -> None:
    values = np.array([[0.1, 0.2, 0.4, 0.6, 9.0]], np.float32)
    assert heat_of(values, 0.2, 0.6).tolist() == [[0, 0, 127, 255, 255]]
    assert scale_of([judged(0.9, "dent")], LIMITS) == (0.2, 0.6)


def test_without_limits_all_pictures_share_the_scale_of_the_set() -> None:
    some = [judged(0.1), judged(0.2), judged(2.0, "dent")]
    low, high = scale_of(some, Calibration())
    assert low == pytest.approx(0.1)
    assert high > 2
    assert scale_of([], Calibration()) == (0.0, 1.0)
    low, high = scale_of([judged(0.1)], Calibration())
    assert high > low


def test_a_typical_part_stays_as_it_is_and_a_defect_is_coloured() -> None:
    picture = np.full((40, 60, 3), 120, np.uint8)
    cold = np.full((16, 16), 0.2, np.float32)
    assert np.array_equal(overlay(picture, cold, 0.2, 0.6), picture)
    hot = cold.copy()
    hot[:, 8:] = 0.7
    shown = overlay(picture, hot, 0.2, 0.6)
    assert np.array_equal(shown[:, :20], picture[:, :20])
    yellow = cv2.applyColorMap(np.full((1, 1), 255, np.uint8), cv2.COLORMAP_CIVIDIS)[0, 0]
    assert shown[20, 50] == pytest.approx(0.25 * 120 + 0.75 * yellow, abs=1)


def test_a_tile_holds_picture_heat_and_outline(tmp_path: Path) -> None:
    one = on_disk(judged(0.9, "dent", folder=tmp_path / "dent"))
    mask = np.zeros((40, 60), np.uint8)
    mask[10:30, 20:40] = 255
    write_image(tmp_path / "mask.png", mask)
    sample = dataclasses.replace(one.sample, mask=tmp_path / "mask.png")
    cold = np.zeros((16, 16), np.float32)
    seen = tile(dataclasses.replace(one, sample=sample, anomaly_map=cold), 0.5, 0.2, 0.6)
    assert (seen.name, seen.kind, seen.verdict) == ("dent/dent_0.9.png", "dent", "found")
    shown = decoded(seen.overlay)
    assert decoded(seen.picture).std() < 2
    assert shown[20, 18:23].max() > 200  # the left edge of the outline
    assert abs(int(shown[20, 30, 0]) - 120) < 12  # inside the defect the picture is seen
    assert abs(int(shown[4, 50, 0]) - 120) < 12


def test_a_picture_that_has_gone_leaves_a_note(tmp_path: Path) -> None:
    seen = tile(judged(0.9, "dent", folder=tmp_path), 0.5, 0.2, 0.6)
    assert "dent_0.9.png" in seen.note


def decoded(address: str) -> np.ndarray:
    kind, _, data = address.partition(",")
    assert kind == "data:image/jpeg;base64"
    return cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)


def test_large_pictures_become_small_tiles(tmp_path: Path) -> None:
    one = judged(0.9, "dent", folder=tmp_path)
    write_image(one.sample.path, np.full((900, 1200, 3), 90, np.uint8))
    assert decoded(tile(one, 0.5, 0.2, 0.6).overlay).shape == (225, 300, 3)
    assert read_image(one.sample.path).shape == (900, 1200, 3)
