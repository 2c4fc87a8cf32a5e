"""The line at the top: what judges, since when, by whom and why; activate and roll back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.inspection.event import Event
from app.ui.screens.models_in_force import Origin, origin_of
from app.ui.widgets.checkpoint_badges import Badge
from app.ui.widgets.checkpoint_sign_dialog import SignDialog
from tests.ui.models.conftest import Bench

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def event(minutes: int, sha256: str, by: str = "", why: str = "") -> Event:
    details = {"name": "x", "sha256": sha256, "why": why}
    return Event(NOW + timedelta(minutes=minutes), "checkpoint", "s", by=by, details=details)


def test_the_origin_is_the_person_who_signed_not_the_last_start() -> None:
    events = [event(50, "a"), event(40, "a"), event(30, "a", "Kim", "new lamp"), event(20, "b")]
    assert origin_of(events, "a") == Origin("a", events[2].at, "Kim", "new lamp")
    assert origin_of(events, "b") is None


def test_without_a_person_it_is_in_force_since_it_first_was() -> None:
    events = [event(50, "a"), event(40, "a"), event(20, "b"), event(10, "a", "Kim", "old")]
    assert origin_of(events, "a") == Origin("a", events[1].at)
    assert origin_of([], "a") is None


def sentence(bench: Bench) -> str:
    return bench.layout.bar.sentence.text()


def sign(dialog: SignDialog | None, why: str) -> None:
    assert dialog is not None
    assert not dialog.do_button.isEnabled()
    next(button for button in dialog.reasons if button.text() == why).click()
    assert dialog.do_button.isEnabled()
    dialog.do_button.click()


def badges(bench: Bench, path: Path) -> tuple[Badge, ...]:
    model = bench.layout.list.model
    return model.badges(model.row_of(path))


def test_it_says_whether_the_line_judges(bench: Bench) -> None:
    bench.enter()
    assert sentence(bench) == "◌ paint is in force; the line does not judge now"
    bench.judge("ok")
    bench.wait(lambda: sentence(bench) == "● paint judges now")
    bench.wait(lambda: bench.layout.bar.details.text().startswith("In force since"))
    assert not bench.layout.bar.back_button.isEnabled()
    assert bench.layout.bar.back_button.text() == "Nothing to roll back to"


@pytest.mark.logs_expected
def test_it_says_that_the_line_has_fallen(bench: Bench) -> None:
    bench.enter()
    bench.judge("ok")
    bench.station.stop()
    bench.wait(lambda: bench.station.status().phase.value == "idle")
    bench.station.report_bug("The disk is full; free some space.")
    bench.wait(lambda: "The disk is full" in sentence(bench))
    assert sentence(bench).startswith("▲ paint is in force, but the line has a fault")


def test_a_change_is_told_with_who_and_why_and_taken_back_by_one_press(bench: Bench) -> None:
    (path,) = bench.write("plates")
    page = bench.enter()
    bench.judge("ok")
    bench.station.activate(path, "Choi", "New lamp")
    bench.wait(lambda: sentence(bench) == "● plates judges now")
    bench.wait(lambda: "by Choi" in bench.layout.bar.details.text())
    assert "New lamp" in bench.layout.bar.details.text()
    assert badges(bench, path)[0] is Badge.IN_FORCE
    back = bench.layout.bar.back_button
    assert back.text() == "Roll back to paint"
    back.click()
    dialog = page.findChild(SignDialog)
    assert dialog.by.text() == "Kim"
    assert "paint judges again" in dialog.facts.text()
    sign(dialog, "Too many false calls")
    bench.wait(lambda: sentence(bench) == "● paint judges now")
    bench.wait(lambda: "by Kim" in bench.layout.bar.details.text())
    assert "Too many false calls" in bench.layout.bar.details.text()
    bench.wait(lambda: badges(bench, path)[0] is Badge.PREVIOUS)
    assert back.text() == "Roll back to plates"


def test_a_dialog_needs_name_and_reason(bench: Bench) -> None:
    (path,) = bench.write("plates")
    page = bench.enter()
    bench.station.activate(path, "Choi", "New lamp")
    bench.wait(lambda: bench.layout.bar.back_button.isEnabled())
    dialog = page.in_force.ask_roll_back()
    assert dialog is not None
    dialog.by.clear()
    dialog.reason.setText("because")
    assert not dialog.do_button.isEnabled()
    assert dialog.missing.text() == "Name and reason are needed."
    dialog.leave_button.click()
    assert sentence(bench).startswith("◌ plates")


@pytest.mark.logs_expected
def test_a_refusal_is_said_and_the_old_one_goes_on(bench: Bench) -> None:
    bench.enter()
    bench.judge("ok")
    bench.station.activate(bench.home.checkpoints / "gone.safetensors", "", "")
    bench.wait(lambda: bench.layout.bar.news.property("alarm"))
    assert bench.layout.bar.news.isVisible()
    assert sentence(bench) == "● paint judges now"
