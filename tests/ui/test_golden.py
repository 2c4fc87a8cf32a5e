"""Golden samples before people: the blocked live screen, the override, the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PyQt5.QtCore import QCoreApplication, QEvent, QSize
from PyQt5.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app import i18n, paths
from app.golden.set import GoldenSet
from app.inspection.verdict import Verdict
from app.settings.station import StationSettings
from app.station.golden_status import GoldenState
from app.station.status import StationState
from app.store.base import Query
from app.store.database import Database, open_store
from app.ui.language import Language
from app.ui.main_window import MainWindow
from app.ui.qa_desk import QaDesk
from app.ui.widgets.golden_panel import GoldenPanel
from app.ui.widgets.name_dialog import NameDialog
from app.ui.widgets.override_dialog import OverrideDialog
from app.ui.widgets.shift_dialog import ShiftDialog
from model.images import write_image
from tests.ui import golden_rig
from tests.ui.golden_rig import GUARDED, Ageing
from tests.ui.rig import Scene, make_station
from tests.ui.test_translation import foreign, visible_texts

LONG_MS = 20_000


@dataclass
class Guarded:
    """A station whose recipe wants golden samples, and the desk beside it."""

    qa: QaDesk
    store: Database
    golden: GoldenSet
    ageing: Ageing
    scene: Scene
    bot: QtBot
    window: MainWindow

    def wait(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=LONG_MS)

    @property
    def state(self) -> GoldenState:
        assert self.qa.station is not None
        return self.qa.station.status().golden.state

    def phase(self) -> StationState:
        assert self.qa.station is not None
        return self.qa.station.status().phase

    def kinds(self) -> list[str]:
        return [event.kind for event in reversed(self.store.events.find())]

    def dialog(self, kind: type) -> object:
        self.wait(lambda: self.window.findChild(kind) is not None)
        return self.window.findChild(kind)

    def sign(self, by: str) -> None:
        """Answer the question that is open with a name."""
        dialog = self.dialog(NameDialog)
        assert isinstance(dialog, NameDialog)
        dialog.field.setText(by)
        dialog.take_button.click()
        self.wait(lambda: self.window.findChild(NameDialog) is None)


@pytest.fixture
def guarded(app: QApplication, qtbot: QtBot, own_home: Path, scene: Scene) -> Iterator[Guarded]:
    home = paths.home(own_home)
    ageing = Ageing()
    station, end = make_station(home, scene, lambda _: ageing)
    store = open_store(home.database_url)
    golden = golden_rig.fill(store, home)
    qa = golden_rig.qa_desk(store, home, station)
    language = Language(app)
    window = MainWindow(station, StationSettings(), home, qa)
    window.language_wanted.connect(language.use)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_may_close", True))
    window.show()
    qtbot.waitExposed(window)
    station.begin(start=False)
    try:
        qtbot.waitUntil(lambda: station.status().checkpoint is not None, timeout=LONG_MS)
        yield Guarded(qa, store, golden, ageing, scene, qtbot, window)
    finally:
        window.close_for_good()
        end()
        store.close()
        language.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


def use(desk: Guarded, state: GoldenState) -> None:
    """Put the recipe that wants its samples into force and wait for the check."""
    assert desk.qa.station is not None
    desk.qa.station.use_recipe(GUARDED)
    desk.wait(lambda: desk.state is state)


@pytest.fixture
def panel(guarded: Guarded) -> GoldenPanel:
    panel = GoldenPanel(guarded.qa, guarded.window)
    panel.resize(QSize(1060, 640))
    panel.show()
    guarded.wait(lambda: len(panel.shelf.samples) == 2)
    return panel


def cells(panel: GoldenPanel) -> list[list[str]]:
    table = panel.layout_.table
    found = []
    for row in range(table.rowCount()):
        items = [table.item(row, column) for column in range(table.columnCount())]
        found.append([item.text() if item is not None else "" for item in items])
    return found


@pytest.mark.logs_expected
def test_a_blocked_line_says_which_sample_and_goes_on_by_name_alone(guarded: Guarded) -> None:
    guarded.ageing.by = 0.2
    use(guarded, GoldenState.MOVED)
    live = guarded.window.live
    guarded.wait(lambda: live.layout_.fault.override_button.isVisible())
    assert "“plain plate”: score 0.24 instead of 0.04: moved by +0.2" in live.layout_.fault.text
    assert live.layout_.banner.look.word == "ERROR"
    assert not guarded.window.actions_["start"].isEnabled()
    live.layout_.fault.override_button.click()
    dialog = guarded.dialog(OverrideDialog)
    assert isinstance(dialog, OverrideDialog)
    assert "red spot: score" in dialog.facts.text()
    assert not dialog.go_button.isEnabled()
    dialog.by.setText("kim")
    assert not dialog.go_button.isEnabled()
    dialog.reason.setText("   ")
    assert not dialog.go_button.isEnabled()
    dialog.reason.setText("by hand until noon")
    dialog.go_button.click()
    guarded.wait(lambda: guarded.state is GoldenState.OVERRIDDEN)
    assert not live.layout_.fault.override_button.isVisible()
    assert live.layout_.fault.text == ""
    notice = guarded.window.pages.bar.notice
    assert "overridden by kim (by hand until noon)" in notice.toolTip()
    guarded.window.start()
    guarded.wait(lambda: live.layout_.banner.look.word == "OK")
    assert notice.isVisible()
    assert "overridden by kim" in notice.text()


@pytest.mark.logs_expected
def test_keeping_it_blocked_changes_nothing(guarded: Guarded) -> None:
    guarded.ageing.by = 0.2
    use(guarded, GoldenState.MOVED)
    live = guarded.window.live
    guarded.wait(lambda: live.layout_.fault.override_button.isVisible())
    live.layout_.fault.override_button.click()
    dialog = guarded.dialog(OverrideDialog)
    assert isinstance(dialog, OverrideDialog)
    dialog.keep_button.click()
    assert guarded.state is GoldenState.MOVED
    # Read, the message stays, and the override stays possible.
    guarded.window.acknowledge()
    assert "Production is blocked" in live.layout_.fault.text
    assert live.layout_.fault.override_button.isVisible()
    # Start is possible, but only judges the samples again: nobody may read READY from afar.
    assert live.layout_.banner.look.word == "BLOCKED"


def test_the_panel_shows_expected_against_found(guarded: Guarded, panel: GoldenPanel) -> None:
    layout = panel.layout_
    assert cells(panel)[0][1:] == [
        "plain plate",
        "OK",
        "–",
        "Not checked",
        "Not in the last check.",
    ]
    assert layout.word.text() == "Not checked"
    layout.check_button.click()
    guarded.wait(lambda: layout.word.text() == "Right")
    assert layout.headline.text() == "All 2 golden samples came out as they must."
    assert "checkpoint paint" in layout.facts.text()
    assert [row[2:5] for row in cells(panel)] == [["OK", "OK", "Right"], ["NG", "NG", "Right"]]
    right = layout.sign.pixmap().toImage().copy()
    guarded.ageing.by = -0.2
    layout.check_button.click()
    guarded.wait(lambda: layout.word.text() == "Moved")
    # Not by colour alone: another shape too.
    assert layout.sign.pixmap().toImage() != right
    assert cells(panel)[0][5].startswith("Score -0.16 instead of 0.04: moved by -0.2")
    assert len(panel.shelf.history(panel.shelf.samples[0])) == 2
    assert "plain plate: score in each check" in layout.chart.title
    layout.table.selectRow(1)
    assert "red spot: score in each check" in layout.chart.title


def test_while_the_line_runs_nothing_is_judged(guarded: Guarded, panel: GoldenPanel) -> None:
    station, layout = guarded.qa.station, panel.layout_
    assert station is not None
    guarded.wait(layout.check_button.isEnabled)
    station.start()
    guarded.wait(lambda: guarded.phase() is StationState.RUNNING)
    guarded.wait(lambda: not layout.check_button.isEnabled())
    assert layout.notice.text() == "Pause the line to judge or add samples."
    assert not layout.add_button.isEnabled()
    station.pause()
    guarded.wait(layout.check_button.isEnabled)
    assert layout.notice.isHidden()


def test_a_stored_part_becomes_a_sample(guarded: Guarded, panel: GoldenPanel) -> None:
    station = guarded.qa.station
    assert station is not None
    guarded.scene.part = "ng"
    station.single_shot()
    guarded.wait(lambda: len(guarded.store.find(Query())) == 1)
    guarded.wait(panel.layout_.add_button.isEnabled)
    panel.layout_.add_button.click()
    dialog = panel._orders.dialog
    assert dialog is not None
    guarded.wait(lambda: dialog.gallery.count() == 1)
    assert not dialog.add_button.isEnabled()
    dialog.gallery.setCurrentRow(0)
    assert dialog.name.text().startswith("L-1 #")
    assert dialog.verdicts.checkedId() == 1
    dialog.name.setText("spot of today")
    # It must be OK, says a person; the machine says NG: refused, and the reason is told.
    dialog.verdicts.button(0).click()
    dialog.add_button.click()
    guarded.wait(lambda: "must be OK, but it is judged NG" in dialog.problem.text())
    dialog.verdicts.button(1).click()
    dialog.add_button.click()
    guarded.wait(lambda: len(panel.shelf.samples) == 3)
    assert [s.name for s in guarded.golden.samples("paint")][-1] == "spot of today"
    assert guarded.kinds().count("sample") == 1


def test_a_file_becomes_a_sample(guarded: Guarded, panel: GoldenPanel, tmp_path: Path) -> None:
    file = tmp_path / "clean plate.png"
    write_image(file, golden_rig.picture("ok", 77))
    panel.layout_.add_button.click()
    dialog = panel._orders.dialog
    assert dialog is not None
    dialog.choose_file(file)
    guarded.wait(lambda: dialog.picture.pixmap() is not None)
    assert dialog.name.text() == "clean plate"
    assert not dialog.add_button.isEnabled()
    dialog.verdicts.button(0).click()
    dialog.add_button.click()
    guarded.wait(lambda: len(panel.shelf.samples) == 3)
    added = guarded.golden.samples("paint")[-1]
    assert (added.name, added.verdict, added.added_by) == ("clean plate", Verdict.OK, "kim")


def test_retiring_asks_who_decides(guarded: Guarded, panel: GoldenPanel) -> None:
    panel.layout_.table.selectRow(0)
    panel.layout_.retire_button.click()
    guarded.sign("lee")
    guarded.wait(lambda: len(panel.shelf.samples) == 1)
    assert [s.name for s in guarded.golden.samples("paint")] == ["red spot"]
    (event,) = guarded.store.events.find()
    assert (event.kind, event.by, event.details["action"]) == ("sample", "lee", "retired")


def test_measured_anew_the_scores_of_now_are_those_to_compare_with(
    guarded: Guarded, panel: GoldenPanel
) -> None:
    guarded.ageing.by = 0.02
    guarded.wait(panel.layout_.measure_button.isEnabled)
    panel.layout_.measure_button.click()
    guarded.sign("lee")
    guarded.wait(lambda: panel.layout_.word.text() == "Right")
    assert all(s.added_by == "lee" for s in guarded.golden.samples("paint"))
    result = panel.shelf.result(panel.shelf.samples[0])
    assert result is not None
    assert result.moved == pytest.approx(0)


def test_a_recipe_wants_its_samples_by_a_new_version(guarded: Guarded, panel: GoldenPanel) -> None:
    required = panel.layout_.required
    guarded.wait(required.isChecked)
    required.click()
    assert required.isChecked()
    guarded.sign("lee")
    guarded.wait(lambda: not required.isChecked())
    assert not guarded.qa.recipes.load("paint").golden_required
    assert guarded.qa.recipes.load("paint").version == 2
    station = guarded.qa.station
    assert station is not None
    guarded.wait(lambda: station.status().recipe.version == 2)


def test_a_picture_that_is_gone_is_said_not_shown(guarded: Guarded, panel: GoldenPanel) -> None:
    for sample in guarded.golden.samples("paint"):
        (guarded.golden.folder / sample.image).unlink()
    panel.layout_.check_button.click()
    guarded.wait(lambda: panel.layout_.word.text() == "Moved")
    panel.read()
    guarded.wait(lambda: cells(panel)[0][0] == "–")
    assert cells(panel)[0][3:] == [
        "–",
        "Not judged",
        "The picture is not in the golden folder.",
    ]


def test_on_an_office_pc_it_says_that_it_needs_the_station(guarded: Guarded) -> None:
    office = golden_rig.qa_desk(guarded.store, guarded.qa.home, None)
    panel = GoldenPanel(office, guarded.window)
    panel.show()
    guarded.wait(lambda: len(panel.shelf.samples) == 2)
    layout = panel.layout_
    assert "this is an office PC" in layout.notice.text()
    assert not layout.check_button.isEnabled()
    assert not layout.add_button.isEnabled()
    assert layout.retire_button.isEnabled()


def test_an_empty_set_says_what_it_is_for(guarded: Guarded, panel: GoldenPanel) -> None:
    for sample in guarded.golden.samples("paint"):
        guarded.golden.retire(sample)
    panel.read()
    guarded.wait(lambda: panel.layout_.empty.isVisible())
    assert not panel.layout_.table.isVisible()
    panel.show_recipe("other")
    guarded.wait(lambda: "samples of another one are not judged" in panel.layout_.notice.text())


@pytest.mark.logs_expected
def test_everything_is_korean_at_once(guarded: Guarded, panel: GoldenPanel) -> None:
    guarded.ageing.by = 0.2
    panel.layout_.check_button.click()
    guarded.wait(lambda: panel.layout_.word.text() == "Moved")
    guarded.window.change_language()
    assert i18n.language() == "ko"
    texts = visible_texts(panel) + [text for row in cells(panel) for text in row]
    header = panel.layout_.table.horizontalHeader()
    model = panel.layout_.table.model()
    assert header is not None
    assert model is not None
    texts += [str(model.headerData(n, header.orientation())) for n in range(header.count())]
    assert panel.layout_.word.text() == "변동"
    assert foreign(texts) - {"plain", "plate", "spot"} == set()
    check = panel.shelf.last_check
    assert check is not None
    dialog = OverrideDialog(check, "", guarded.window)
    assert foreign(visible_texts(dialog)) - {"plain", "plate", "spot"} == set()
    assert any("생산" in label.text() for label in dialog.findChildren(QLabel))
    dialog.close()
    panel.layout_.add_button.click()
    adding = panel._orders.dialog
    assert adding is not None
    guarded.wait(lambda: adding.problem.text() != "")
    assert foreign(visible_texts(adding)) == set()
    adding.reject()


def test_another_shift_begins_at_the_screen_with_a_check(guarded: Guarded) -> None:
    use(guarded, GoldenState.PASSED)
    live = guarded.window.live
    assert live.layout_.shift_button.text() == "Shift –"
    live.layout_.shift_button.click()
    dialog = guarded.dialog(ShiftDialog)
    assert isinstance(dialog, ShiftDialog)
    assert dialog.note.parent() is dialog
    dialog.shift.setText(" B  early ")
    dialog.operator.setText("Q&A")
    dialog.take_button.click()
    guarded.wait(lambda: guarded.state is GoldenState.PASSED)
    station = guarded.qa.station
    assert station is not None
    context = station.status().context
    assert (context.lot, context.shift, context.operator) == ("L-1", "B early", "Q&A")
    assert live.layout_.shift_button.text() == "Shift B early · Q&&A"
