from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from PyQt5.QtCore import QCoreApplication, QEvent, Qt
from PyQt5.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app import i18n, paths
from app.inspection.recipe import Recipe
from app.settings.keeper import SettingsKeeper
from app.settings.recipes import RecipeBook
from app.store.database import open_store
from app.store.evidence import EvidenceStore
from app.teaching.draft import place_of
from app.teaching.outcome import CHECKPOINT, Outcome, Tried, drawing_of, write_outcome
from app.teaching.steps import STEPS, number_of
from app.ui import theme
from app.ui.qa_desk import QaDesk
from app.ui.screens.teach import TeachFlow
from app.ui.widgets.frame_editor import Tool
from tests.app.teaching.parts import RECIPE, blot_mask, draft
from tests.rigs import plates

LONG_MS = 20_000
# What stands in for the program: it reports, then does what the case says.
PROGRAM = """
import json, os, sys
said = lambda **values: print(json.dumps(values), flush=True)
said(stage="pictures", done=1, total=2)
said(stage="learn", done=1, total=2)
{case}
"""
WAITS = "os.read(0, 1); sys.stderr.write('error: stopped\\n'); sys.exit(2)"
FAILS = "sys.stderr.write('error: The disk is full.\\n'); sys.exit(2)"


@dataclass
class Bench:
    """The flow on a desk without a line; a folder of plates is the camera."""

    flow: TeachFlow
    desk: QaDesk
    bot: QtBot
    parts: Path
    behave: Callable[[str], None]

    def wait(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=LONG_MS)

    def press(self, key: Qt.Key) -> None:
        self.bot.keyClick(self.flow.step, key)

    def go_on(self, key: str) -> None:
        self.wait(self.flow.next_button.isEnabled)
        self.flow.next_button.click()
        self.wait(lambda: STEPS[self.flow.number].key == key)

    def begin(self) -> None:
        """Open a draft with seven good parts on the disk, and one defective."""
        place = draft(self.desk.home, good=7, defective=1)
        place.save_reference(plates.plate(0, shift=(0, 0)))
        kept = place.load()
        camera = kept.recipe.model_copy(update={"camera": f"folder:{self.parts}"})
        place.save(kept.model_copy(update={"recipe": camera}))
        self.flow.entered()
        step = self.flow.camera_step
        self.wait(lambda: step.begun.count() == 1)
        step.resume_button.click()
        self.wait(lambda: self.flow.state.is_open)

    def taught(self) -> Outcome:
        """Put what a lesson makes where it makes it."""
        place = self.flow.state.place
        outcome = Outcome(
            way="memory", name="plate", sha256="b" * 64, limit=1.0, typical=0.2, map_limit=1.0,
            learned_good=5, learned_defective=0, left_out=0, seconds=2.0,
            tried=(Tried("0001.png", False, 0.4), Tried("0002.png", False, 0.6),
                   Tried("0001.png", True, 2.5)),
            drawing=drawing_of(self.flow.state.recipe),
        )  # fmt: skip
        place.lesson.mkdir(parents=True, exist_ok=True)
        (place.lesson / CHECKPOINT).write_bytes(b"weights")
        write_outcome(outcome, place.lesson)
        return outcome

    def texts(self) -> str:
        labels = self.flow.step.findChildren(QLabel)
        return "\n".join(label.text() for label in labels if label.isVisibleTo(self.flow))


@pytest.fixture
def bench(
    app: QApplication, qtbot: QtBot, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    home = paths.home(own_home)
    home.root.mkdir(parents=True)
    store = open_store(home.database_url)
    keeper, book = SettingsKeeper(home.settings), RecipeBook(store)
    desk = QaDesk(store, EvidenceStore(home.evidence), book, keeper, home)
    parts, script = own_home / "parts", own_home / "program.py"
    for number in range(20, 24):
        plates.write(parts, f"{number}", plates.plate(number))

    def behave(case: str) -> None:
        script.write_text(PROGRAM.format(case=case), encoding="utf-8")

    monkeypatch.setattr("app.station.job_process.program", lambda: [sys.executable, str(script)])
    flow = TeachFlow(desk)
    qtbot.addWidget(flow, before_close_func=lambda _: flow.rest())
    flow.resize(1280, 744)
    flow.show()
    try:
        yield Bench(flow, desk, qtbot, parts, behave)
    finally:
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
        store.close()


def test_a_new_product_needs_a_name_and_a_camera(bench: Bench) -> None:
    flow = bench.flow
    flow.entered()
    assert flow.message.text() == "Give the product a name."
    flow.camera_step.name.setText("a/b")
    assert "must not hold" in flow.message.text()
    flow.camera_step.name.setText("plate")
    assert not flow.next_button.isEnabled()
    flow.camera_step.picker.set_camera(f"folder:{bench.parts}")
    bench.go_on("draw")
    bench.wait(lambda: flow.state.reference is not None)
    place = place_of(bench.desk.home, "plate")
    bench.wait(place.reference_file.is_file)
    bench.wait(lambda: place.file.is_file() and place.load().step == "draw")
    assert place.load().recipe.camera == f"folder:{bench.parts}"


def test_a_known_recipe_is_taught_anew_and_keeps_its_rest(bench: Bench) -> None:
    bench.desk.recipes.save(Recipe(name="plate", camera="sim:", min_area_px=77))
    flow = bench.flow
    flow.entered()
    bench.wait(lambda: bool(flow.camera_step._found.recipes))
    flow.camera_step.name.setText("plate")
    assert "makes its next version" in flow.camera_step.note.text()
    flow.camera_step.picker.set_camera(f"folder:{bench.parts}")
    bench.go_on("draw")
    assert flow.state.recipe.min_area_px == 77


def test_one_goes_on_where_one_was(bench: Bench) -> None:
    bench.begin()
    flow = bench.flow
    assert STEPS[flow.number].key == "draw"
    assert flow.rail.product.text() == "plate"
    assert flow.state.reference is not None
    assert flow.rail.buttons[number_of("learn")].isEnabled()
    assert not flow.rail.buttons[number_of("result")].isEnabled()
    flow.leave()
    assert not flow.state.is_open
    bench.wait(lambda: place_of(bench.desk.home, "plate").load().step == "draw")


def test_what_is_drawn_is_kept_at_once(bench: Bench) -> None:
    bench.begin()
    editor = bench.flow.step.editor
    editor.set_tool(Tool.RECTANGLE)
    canvas = editor.canvas
    canvas.sketch.press((60, 60), 5)
    canvas.sketch.move((150, 140))
    canvas.sketch.release(5)
    canvas.tell()
    place = place_of(bench.desk.home, "plate")
    bench.wait(lambda: len(place.load().recipe.regions) == 2)
    assert "2 regions are judged" in bench.texts()


def test_space_keeps_a_part_and_says_why_not(bench: Bench) -> None:
    bench.begin()
    flow = bench.flow
    flow.go_to(number_of("collect"))
    step = flow.step
    bench.wait(lambda: flow.state.good == 7)
    bench.wait(step.good_button.isEnabled)
    bench.press(Qt.Key.Key_Space)
    bench.wait(lambda: flow.state.good == 8)
    assert "Kept: picture 8" in step.answer.text()
    flow.state.feed.stop()
    bench.press(Qt.Key.Key_Space)
    bench.wait(lambda: step.answer.text().startswith("✗ The same as picture"))
    assert flow.state.good == 8
    assert "8 good parts" in bench.texts()


def test_a_defective_part_gets_its_mask(bench: Bench) -> None:
    bench.begin()
    flow = bench.flow
    flow.go_to(number_of("collect"))
    step = flow.step
    bench.wait(step.defective_button.isEnabled)
    bench.wait(lambda: not step.pictures.is_busy)
    bench.press(Qt.Key.Key_D)
    bench.wait(lambda: step.editor.is_active)
    assert not flow.next_button.isEnabled()
    step.editor.canvas.sketch.change(lambda drawing: drawing.with_outlines(blot_mask()))
    step.editor.finish()
    bench.wait(lambda: (flow.state.defective, flow.state.marked) == (2, 2))
    assert not step.editor.is_active


def test_cancel_stops_the_learning(bench: Bench) -> None:
    bench.begin()
    bench.behave(WAITS)
    flow = bench.flow
    flow.state.set_counts(7, 1, 1)
    flow.go_to(number_of("learn"))
    step = flow.step
    step.teach_button.click()
    bench.wait(lambda: step.stage.text() == "Learning")
    assert not flow.next_button.isEnabled()
    step.cancel_button.click()
    bench.wait(lambda: not step.process.is_running)
    assert "nothing has changed" in flow.message.text()


def test_a_failure_is_a_sentence_and_a_lesson_leads_on(bench: Bench) -> None:
    bench.begin()
    bench.behave(FAILS)
    flow = bench.flow
    flow.state.set_counts(7, 1, 1)
    flow.go_to(number_of("learn"))
    flow.step.teach_button.click()
    bench.wait(lambda: flow.message.text() == "The disk is full.")
    outcome = bench.taught()
    told = json.dumps(json.dumps({"result": asdict(outcome)}))
    bench.behave(f"print({told}, flush=True)")
    flow.step.teach_button.click()
    bench.wait(lambda: flow.state.outcome == outcome)
    bench.go_on("result")
    assert "1 of 1 defective parts are found" in bench.texts()


def saved(bench: Bench) -> Recipe:
    flow = bench.flow
    flow.state.set_counts(7, 1, 1)
    flow.state.set_outcome(bench.taught())
    flow.go_to(number_of("save"))
    assert "needs an author" in flow.message.text()
    flow.save_step.author.setText("kim")
    with bench.bot.waitSignal(flow.finished, timeout=LONG_MS) as caught:
        flow.next_button.click()
    assert caught.args == ["plate"]
    return bench.desk.recipes.load("plate")


def test_the_recipe_is_saved_with_its_checkpoint_and_limit(bench: Bench) -> None:
    bench.begin()
    recipe = saved(bench)
    assert (recipe.version, recipe.ng_limit) == (1, 1.0)
    assert recipe.region_of_interest == RECIPE.region_of_interest
    file = bench.desk.home.checkpoints / recipe.checkpoint
    assert file.read_bytes() == b"weights"
    assert bench.desk.reviewer == "kim"
    assert "Change over to it on the station." in bench.texts()


def test_a_limit_by_hand_is_kept_and_taken_back(bench: Bench) -> None:
    bench.begin()
    flow = bench.flow
    flow.state.set_counts(7, 1, 1)
    flow.state.set_outcome(bench.taught())
    flow.go_to(number_of("result"))
    flow.step.scores.limit_moved.emit(0.5)
    assert flow.state.draft.limit == 0.5
    assert "1 of 2 good pictures" in bench.texts()
    flow.step.proposed_button.click()
    assert flow.state.draft.limit is None


def test_a_new_drawing_asks_for_a_new_lesson(bench: Bench) -> None:
    bench.begin()
    flow = bench.flow
    flow.state.set_counts(7, 1, 1)
    flow.state.set_outcome(bench.taught())
    flow.state.change_recipe(
        flow.state.recipe.model_copy(update={"region_of_interest": (0, 0, 90, 90)})
    )
    flow.go_to(number_of("save"))
    assert STEPS[flow.number].key == "learn"
    assert "teach again" in flow.message.text()


@pytest.mark.parametrize(("size", "language"), [((1280, 739), "ko"), ((1920, 1019), "en")])
def test_every_step_fits_its_window(bench: Bench, size: tuple[int, int], language: str) -> None:
    i18n.set_language(language)
    scale = theme.scale_for(size[0], size[1] + 61)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    application.setStyleSheet(theme.style_sheet(scale))
    bench.begin()
    flow = bench.flow
    flow.retranslate()
    flow.set_scale(scale)
    flow.state.set_counts(7, 1, 1)
    flow.state.set_outcome(bench.taught())
    for number, step in enumerate(STEPS):
        flow.go_to(number)
        bench.bot.wait(1)
        need = flow.minimumSizeHint()
        assert need.width() <= size[0], step.key
        assert need.height() <= size[1], step.key


def test_another_detector_can_be_chosen_and_is_kept(bench: Bench) -> None:
    bench.begin()
    flow = bench.flow
    flow.state.set_counts(7, 1, 1)
    flow.go_to(number_of("learn"))
    cards = flow.step.ways
    assert cards.buttons["memory"].isChecked()
    assert not cards.buttons["msflow"].isVisibleTo(flow)
    cards.more.click()
    assert cards.buttons["msflow"].isVisibleTo(flow)
    assert not cards.buttons["classifier"].isEnabled()
    assert "5 defective parts" in cards.whats["classifier"].text()
    cards.buttons["msflow"].click()
    place = flow.state.place
    bench.wait(lambda: place.load().way == "msflow")
    assert flow.step.teach_button.isEnabled()
    assert not cards.buttons["memory"].isChecked()
