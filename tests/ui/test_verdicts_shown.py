from __future__ import annotations

import pytest
from PyQt5.QtGui import QColor, QImage

from tests.ui.conftest import Desk
from tests.ui.rig import GREY, HEIGHT, SPOT, WIDTH


def grabbed(desk: Desk) -> QImage:
    return desk.window.live.layout_.view.grab().toImage()


def on_view(desk: Desk, x: float, y: float) -> QColor:
    """Return the colour drawn where pixel (x, y) of the picture is."""
    target = desk.window.live.layout_.view.target()
    at_x = target.left() + round((x + 0.5) * target.width() / WIDTH)
    at_y = target.top() + round((y + 0.5) * target.height() / HEIGHT)
    return grabbed(desk).pixelColor(at_x, at_y)


def is_plain(colour: QColor) -> bool:
    """Grey, within sensor noise and interpolation."""
    return all(abs(c - GREY) <= 6 for c in (colour.red(), colour.green(), colour.blue()))


@pytest.mark.parametrize(
    ("part", "word", "count"),
    [("ok", "OK", "ok"), ("ng", "NG", "ng"), ("review", "REVIEW", "review")],
)
def test_the_banner_says_the_verdict_and_the_counter_counts(
    desk: Desk, part: str, word: str, count: str
) -> None:
    desk.scene.part = part
    desk.run_until(word)
    desk.wait(lambda: getattr(desk.window.live.layout_.counters.counts, count) > 0)
    record = desk.window.live.shown_record()
    assert record is not None
    assert record.verdict.value == word


@pytest.mark.logs_expected
def test_a_part_that_the_model_refuses_is_an_error_with_its_reason(desk: Desk) -> None:
    desk.scene.part = "broken"
    desk.run_until("ERROR")
    assert "cannot judge this picture" in desk.window.live.layout_.reason.text()
    desk.wait(lambda: desk.window.live.layout_.counters.counts.error > 0)
    assert desk.window.live.layout_.counters.counts.ok == 0


def test_heat_is_drawn_on_the_defect_alone(desk: Desk) -> None:
    desk.scene.part = "ng"
    desk.run_until("NG")
    desk.press("contours")
    x, y, width, height = SPOT
    middle = on_view(desk, x + width / 2, y + height / 2)
    assert middle.red() > middle.blue() + 60, "cividis is yellow at the limit"
    assert middle.green() > GREY + 15, "the red paint alone would leave green as it is"
    for far in ((20, 20), (x - 40, y), (x, y - 40), (20, HEIGHT - 20)):
        assert is_plain(on_view(desk, *far)), far


def test_a_good_part_is_shown_plain(desk: Desk) -> None:
    desk.run_until("OK")
    picture = desk.window.live.layout_.view.picture
    assert picture is not None
    assert not picture.contours
    for x in range(10, WIDTH, 38):
        for y in range(10, HEIGHT, 38):
            assert is_plain(on_view(desk, x, y)), (x, y)


def test_the_contour_surrounds_the_defect(desk: Desk) -> None:
    desk.scene.part = "ng"
    desk.run_until("NG")
    picture = desk.window.live.layout_.view.picture
    assert picture is not None
    (contour,) = picture.contours
    xs, ys = [x for x, _ in contour], [y for _, y in contour]
    x, y, width, height = SPOT
    assert min(xs) == pytest.approx(x, abs=2)
    assert max(xs) == pytest.approx(x + width, abs=2)
    assert min(ys) == pytest.approx(y, abs=2)
    assert max(ys) == pytest.approx(y + height, abs=2)


def whitest(desk: Desk) -> int:
    """Return the darkest channel of the whitest pixel across the spot's left edge."""
    x, y, _, height = SPOT
    colours = [on_view(desk, x + step / 2, y + height / 2) for step in range(-6, 7)]
    return max(min(c.red(), c.green(), c.blue()) for c in colours)


def test_contours_can_be_hidden(desk: Desk) -> None:
    desk.scene.part = "ng"
    desk.run_until("NG")
    assert whitest(desk) > 200
    desk.press("contours")
    assert whitest(desk) < 200


def test_the_reason_names_regions_and_their_size(desk: Desk) -> None:
    desk.scene.part = "ng"
    desk.run_until("NG")
    assert desk.window.live.layout_.reason.text() == "1 region, 24.0 mm²"


def test_the_limit_is_visible_with_its_meaning(desk: Desk) -> None:
    desk.run_until("OK")
    score, meaning = desk.window.live.layout_.gauge.texts()
    assert score.startswith("Score 0.0")
    assert meaning == "From 0.300 on: check. From 0.600 on: NG."


def test_opacity_changes_the_drawing_without_a_new_overlay(desk: Desk) -> None:
    desk.scene.part = "ng"
    desk.run_until("NG")
    view = desk.window.live.layout_.view
    shown = view.picture
    before = on_view(desk, SPOT[0] + 30, SPOT[1] + 20)
    desk.window.live.layout_.opacity.setValue(10)
    view.show_picture(shown)
    assert view.picture is shown
    after = on_view(desk, SPOT[0] + 30, SPOT[1] + 20)
    assert after.green() < before.green() - 15
