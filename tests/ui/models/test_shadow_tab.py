"""The shadow in the window: agreement, disagreements with pictures, Review, promote, stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PyQt5.QtCore import Qt

from app.inspection.review import Review
from app.station.shadow_status import Disagreement, ShadowState, ShadowStatus
from app.ui.screens import models_shadow_words as words
from app.ui.screens.models_layout import SHADOW
from app.ui.screens.review import ReviewPage
from app.ui.widgets.checkpoint_sign_dialog import SignDialog
from app.ui.widgets.record_dialog import RecordDialog
from app.ui.widgets.shadow_table import CANDIDATE, IN_FORCE, PICTURE, REVIEWED
from tests.ui.models.conftest import Bench
from tests.ui.rig import INFO


def begin(bench: Bench) -> None:
    """Run a real candidate in shadow on parts that only it calls NG."""
    (path,) = bench.write("plates")
    page = bench.enter()
    page._on_shadow_wanted(path)
    bench.wait(lambda: bench.station.shadow.status.state is ShadowState.WATCHING)
    bench.judge("ok", 2)
    bench.judge("review", 2)
    bench.wait(lambda: bench.station.shadow.status.disagreements)
    bench.wait(lambda: bench.layout.shadow.model.rowCount() > 0)


def word_of(bench: Bench, one: Disagreement) -> str:
    """Return what the list says of a part; newer parts may have moved it down."""
    model = bench.layout.shadow.model
    return str(model.index(model.rows.index(one), REVIEWED).data())


def test_agreement_and_list_grow_while_the_line_runs(bench: Bench) -> None:
    begin(bench)
    panel = bench.layout.shadow
    assert bench.layout.tabs.currentIndex() == SHADOW
    assert panel.state.text() == "plates runs in shadow"
    bench.wait(lambda: panel.number.text().endswith("%"))
    bench.wait(lambda: "95 % sure: between" in panel.interval.text())
    assert bench.layout.tabs.tabText(SHADOW).startswith("Shadow ◇")
    row = panel.model.index(0, IN_FORCE)
    assert str(row.data()).startswith("REVIEW")
    assert str(panel.model.index(0, CANDIDATE).data()).startswith("NG")
    bench.wait(lambda: panel.model.index(0, PICTURE).data(Qt.ItemDataRole.DecorationRole))
    assert panel.plot.isVisible()
    assert len(panel.plot.marks["other"].data) > 0
    panel.large_button.click()
    bench.wait(lambda: bench.page.findChild(RecordDialog))
    facts = bench.page.findChild(RecordDialog).facts._facts
    assert ("Candidate", "plates") in facts


def test_a_part_opens_in_review(bench: Bench) -> None:
    begin(bench)
    panel = bench.layout.shadow
    chosen = panel.chosen
    assert chosen is not None
    panel.review_button.click()
    review = bench.window.pages.page
    assert isinstance(review, ReviewPage)
    bench.wait(lambda: review.walk.part is not None)
    bench.wait(lambda: review.walk.record_id == chosen.record_id)
    assert 0 < review.layout_.model.rowCount() <= panel.model.rowCount()
    assert "Only the chosen parts" in review.layout_.notice.text()
    bench.store.add_review(
        Review(chosen.record_id, datetime.now(UTC), "Kim", "false-call", "", "", None)
    )
    bench.window.pages.show_page("models")
    bench.wait(lambda: word_of(bench, chosen) == "false call")


def test_promote_asks_who_and_why(bench: Bench) -> None:
    begin(bench)
    bench.layout.shadow.promote_button.click()
    dialog = bench.page.findChild(SignDialog)
    assert "parts judged alike" in dialog.facts.text()
    dialog.reason.setText("Finds more")
    dialog.do_button.click()
    bench.wait(lambda: bench.layout.bar.sentence.text() == "● plates judges now")
    bench.wait(lambda: "Finds more" in bench.layout.bar.details.text())
    assert bench.layout.bar.back_button.text() == "Roll back to paint"


def test_a_stopped_shadow_keeps_its_figures_and_the_list_survives_a_restart(bench: Bench) -> None:
    begin(bench)
    panel = bench.layout.shadow
    panel.stop_button.click()
    bench.wait(lambda: not bench.station.shadow.status.is_on)
    bench.wait(lambda: not panel.promote_button.isVisible())
    assert panel.number.isVisible()
    bench.page.shadow.ask_promotion()
    assert panel.obstacle.text() == "No candidate judges in shadow now."
    # What a program started later knows: nothing but the events in the store.
    from app.ui.screens.models_shadow import read_earlier

    bench.wait(lambda: read_earlier(bench.qa, bench.station.status().context.station))
    earlier = read_earlier(bench.qa, bench.station.status().context.station)
    assert {one.candidate for one in earlier} == {"plates"}


def test_nothing_in_shadow_is_explained(bench: Bench) -> None:
    bench.enter()
    bench.layout.tabs.setCurrentIndex(SHADOW)
    panel = bench.layout.shadow
    assert panel.state.text() == "No candidate runs in shadow"
    assert "press “Run in shadow”" in panel.sentence.text()
    assert not panel.promote_button.isVisible()
    assert not panel.table.isVisible()
    assert panel.empty.isVisible()


WATCHING = ShadowStatus(ShadowState.WATCHING, replace(INFO, name="plates"), 400, 100, 396)


def test_figures_are_shares_with_their_range() -> None:
    share, of, sure, skipped, speed = words.figures(WATCHING)
    assert share == "99.0 %"
    assert of == "of 400 parts judged alike"
    assert sure == "95 % sure: between 97.5 % and 99.73 %"
    assert skipped.startswith("20.0 % of 500 parts skipped")
    assert speed == ""


@pytest.mark.parametrize(
    ("share", "text"), [(1.0, "100"), (0.99999, "99.99"), (0.995, "99.50"), (0.5, "50.0")]
)
def test_only_all_is_a_hundred_percent(share: float, text: str) -> None:
    assert words.percent(share) == text


def test_few_parts_are_said_to_be_few() -> None:
    few = replace(WATCHING, judged=5, agreed=5, skipped=0)
    assert "Few parts" in words.figures(few)[2]
    assert words.figures(replace(few, judged=0, agreed=0)) == (
        "", "No part judged by both yet.", "", "", "",
    )  # fmt: skip
