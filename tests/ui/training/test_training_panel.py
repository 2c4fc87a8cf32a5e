"""The panel on a real queue: the form, a real training, its curve, its epochs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from PyQt5.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PyQt5.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app import i18n, paths
from app.jobs.book import JobBook
from app.jobs.job import Job, JobState
from app.jobs.training_order import job_of
from app.settings.keeper import SettingsKeeper
from app.settings.recipes import RecipeBook
from app.station.job_queue import JobQueue
from app.store.database import open_store
from app.store.evidence import EvidenceStore
from app.ui.qa_desk import QaDesk
from app.ui.widgets.training_panel import TrainingPanel
from tests.rigs.job_program import WORDS, job
from tests.rigs.learned import learned_file
from tests.rigs.product_set import make_product_set

WAIT_MS = 150_000
ROOT = Path(__file__).parents[3]


@dataclass
class Place:
    """The panel, its queue and what it said."""

    panel: TrainingPanel
    queue: JobQueue
    desk: QaDesk
    bot: QtBot
    chosen: list[Path]

    def until(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=WAIT_MS)

    def press(self, button: QPushButton) -> None:
        assert button.isVisible()
        assert button.isEnabled()
        self.bot.mouseClick(button, Qt.LeftButton)

    def state(self, job_id: str) -> JobState | None:
        found = self.queue.job(job_id)
        return found and found.state

    def add(self, one: Job) -> None:
        self.queue.add(one)
        self.panel.queue.choose(one.id)

    def cell(self, column: int, row: int = 0) -> str:
        item = self.panel.queue.item(row, column)
        return "" if item is None else item.text()


@pytest.fixture
def place(app: QApplication, qtbot: QtBot, own_home: Path) -> Iterator[Place]:
    home = paths.home(own_home)
    store = open_store(home.database_url)
    keeper = SettingsKeeper(home.settings)
    keeper.change(reviewer="kim")
    queue = JobQueue(JobBook(home.jobs), home.database_url)
    desk = QaDesk(store, EvidenceStore(home.evidence), RecipeBook(store), keeper, home, jobs=queue)
    queue.start()
    panel = TrainingPanel(desk)
    panel.resize(1260, 580)
    qtbot.addWidget(panel)
    panel.show()
    made = Place(panel, queue, desk, qtbot, [])
    panel.epoch_chosen.connect(made.chosen.append)
    made.until(lambda: bool(panel.form.name.text()))
    yield made
    queue.close()
    QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
    store.close()


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.station.job_process.program", lambda: WORDS)


def texts(panel: TrainingPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def small_set(folder: Path) -> Path:
    return make_product_set(folder / "plate", train=3, good=2, spot=3, cut=1)


def fill_in(place: Place, data: Path) -> None:
    form = place.panel.form
    form.name.setText("tiny")
    form.folder.path.setText(str(data))
    form.numbers["good"].setValue(2)
    form.numbers["defective"].setValue(2)
    form.numbers["epochs"].setValue(2)
    form.numbers["keep_every"].setValue(1)
    form.numbers["validation"].setValue(0.5)
    form.numbers["image_size"].setValue(48)
    form.ticks["augments"].setChecked(False)


def test_from_the_form_to_an_epoch_that_can_be_tried(place: Place, tmp_path: Path) -> None:
    panel = place.panel
    fill_in(place, small_set(tmp_path))
    place.until(lambda: "5 good and 4 defective" in panel.form.notice.text())
    place.press(panel.form.start_button)
    place.until(lambda: place.queue.look() is not None)
    (one,) = place.queue.jobs()
    assert (one.name, one.by, panel.queue.current_id()) == ("tiny", "kim", one.id)
    place.until(lambda: place.state(one.id) is not JobState.RUNNING)
    done = place.queue.job(one.id)
    assert done is not None
    assert (done.state, done.sentence) == (JobState.DONE, "")
    assert (place.desk.home.checkpoints / "tiny.safetensors").is_file()
    facts = texts(panel)
    assert "Best epoch" in facts
    assert "Image AUROC" in facts
    assert [point.number for point in place.queue.book.epochs(done).read()] == [1, 2]
    place.press(panel.outcome.try_button)
    panel.outcome.curves.picked.emit(2)
    assert "limits are not set" in panel.outcome.figures.text()
    place.press(panel.outcome.try_button)
    assert [file.name for file in place.chosen] == ["tiny.safetensors", "epoch_2.safetensors"]
    assert all(file.is_file() for file in place.chosen)
    assert panel.form.name.text() != "tiny"


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_a_killed_program_leaves_a_training_that_goes_on(place: Place, tmp_path: Path) -> None:
    fill_in(place, small_set(tmp_path))
    form = place.panel.form
    form.numbers["epochs"].setValue(5000)
    form.numbers["keep_every"].setValue(5000)
    place.queue.close()
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from PyQt5.QtCore import QCoreApplication\n"
        "from app.jobs.book import JobBook\n"
        "from app.jobs.job import Job\n"
        "from app.station.job_queue import JobQueue\n"
        "app = QCoreApplication([])\n"
        "queue = JobQueue(JobBook(Path(sys.argv[1])))\n"
        "queue.epoch_told.connect(lambda *_: print('epoch', flush=True))\n"
        "queue.add(Job.model_validate_json(sys.argv[2]))\n"
        "app.exec()\n"
    )
    home = place.desk.home
    one = job_of(form.order(), home, "kim", home.evidence)
    program = subprocess.Popen(
        [sys.executable, "-c", script, str(home.jobs), one.model_dump_json()],
        stdout=subprocess.PIPE, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert program.stdout is not None
    assert program.stdout.readline() == b"epoch\n"
    os.kill(program.pid, signal.SIGKILL)
    program.wait()
    program.stdout.close()
    (kept,) = JobBook(home.jobs).load()
    assert kept.state is JobState.RUNNING
    worker = kept.pid
    queue = JobQueue(JobBook(home.jobs))
    queue.start()
    assert not psutil.pid_exists(worker) or psutil.Process(worker).status() == "zombie"
    assert queue.job(one.id).state is JobState.INTERRUPTED  # type: ignore[union-attr]
    before = len(queue.book.epochs(one).read())
    told: list[int] = []
    queue.epoch_told.connect(lambda _, point: told.append(point.number))
    queue.resume(one.id)
    place.until(lambda: bool(told) and told[-1] > before)
    # what was trained before is told again, then it goes on: nothing began anew
    assert told == list(range(1, len(told) + 1))
    assert len(told) > before
    queue.stop(one.id)
    place.until(lambda: queue.job(one.id).state is JobState.STOPPED)  # type: ignore[union-attr]
    queue.close()


def test_nothing_begins_before_the_form_is_right(place: Place, tmp_path: Path) -> None:
    form = place.panel.form
    form.name.setText("a/b")
    form.numbers["learning_rate"].setValue(0.5)
    place.press(form.start_button)
    place.until(lambda: bool(form.rows["name"].problem))
    assert "Choose the folder" in form.rows["folder"].problem
    assert "Not yet right" in texts(place.panel)
    assert place.queue.jobs() == ()
    form.folder.path.setText(str(tmp_path))
    place.until(lambda: bool(form.rows["folder"].problem) and not form.notice.isVisible())
    assert form.start_button.isEnabled()


def test_an_empty_number_means_as_usual(place: Place) -> None:
    form = place.panel.form
    field = form.numbers["good"]
    assert field.text() == "all there are"
    field.setFocus()
    field.selectAll()
    place.bot.keyClicks(field, "12")
    assert form.order().good == 12
    field.selectAll()
    place.bot.keyClick(field, Qt.Key_Delete)
    place.bot.keyClick(field, Qt.Key_Tab)
    assert form.order().good is None
    assert form.order().seed == 111
    assert "500" in form.numbers["epochs"].text()
    form.boxes["recipe"].setCurrentIndex(1)
    assert "15" in form.numbers["epochs"].text()


def test_the_buttons_do_what_they_say(place: Place, stand_in: None, tmp_path: Path) -> None:
    buttons = place.panel.orders.buttons
    work = tmp_path / "work"
    work.mkdir()
    one = job("step", "training", "1", "4", "epoch", "1", "wait", folder=str(work), epochs=3)
    place.add(one)
    place.until(lambda: place.cell(1) == "learns" and place.panel.outcome.curves.isVisible())
    place.press(buttons["hold"])
    place.until(lambda: place.cell(1) == "held by hand")
    place.press(buttons["go"])
    place.until(lambda: place.cell(1) == "learns")
    place.press(buttons["stop"])
    place.until(lambda: place.cell(1) == "stopped")
    assert "It was stopped." in texts(place.panel)
    place.press(buttons["resume"])
    place.until(lambda: place.cell(1) == "learns")
    place.press(buttons["stop"])
    place.until(lambda: place.cell(1) == "stopped")
    place.press(buttons["anew"])
    assert work.is_dir()
    assert place.state(one.id) is JobState.STOPPED
    place.press(buttons["anew"])
    place.until(lambda: place.cell(1) == "learns")
    assert not work.exists()
    place.press(buttons["stop"])
    place.until(lambda: buttons["remove"].isVisible())
    place.press(buttons["remove"])
    assert place.panel.queue.rowCount() == 0
    assert "No training yet" in texts(place.panel)


def test_an_epoch_is_picked_by_a_click_in_the_curve(place: Place, stand_in: None) -> None:
    one = job("epoch", "1", "epoch", "2", "epoch", "3", "end", epochs=3)
    place.add(one)
    place.until(lambda: place.state(one.id) is JobState.DONE)
    plot = place.panel.outcome.curves.losses
    place.bot.wait(50)
    at = plot.getPlotItem().vb.mapViewToScene(QPointF(2.1, 1.0))
    place.bot.mouseClick(plot.viewport(), Qt.LeftButton, pos=plot.mapFromScene(at))
    place.until(lambda: place.panel.outcome.chosen == 2)
    assert "no file of this epoch" in place.panel.outcome.figures.text()
    assert not place.panel.outcome.try_button.isEnabled()


def test_the_limit_is_kept(place: Place) -> None:
    place.panel.orders.limit.setValue(35)
    assert place.queue.limit == pytest.approx(0.35)
    assert place.desk.keeper.settings.slowdown_limit == pytest.approx(0.35)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_nothing_is_clipped_and_everything_is_translated(
    place: Place, stand_in: None, language: str
) -> None:
    i18n.set_language(language)
    place.panel.retranslate()
    place.panel.form.more.setChecked(True)
    one = job("epoch", "1", "error", "No room.", epochs=3)
    place.add(one)
    place.until(lambda: place.state(one.id) is JobState.FAILED)
    place.bot.wait(20)
    for button in place.panel.findChildren(QPushButton):
        assert not button.isVisible() or button.width() >= button.minimumSizeHint().width()
        assert not button.isVisible() or button.height() >= 40, button.text()
    assert place.panel.width() <= 1260
    english = json.dumps(texts(place.panel))
    assert ("Learn from" in english) == (language == "en")


def test_without_a_station_nothing_can_be_started(
    app: QApplication, qtbot: QtBot, place: Place
) -> None:
    desk = place.desk
    bare = QaDesk(desk.store, desk.evidence, desk.recipes, desk.keeper, desk.home)
    panel = TrainingPanel(bare)
    qtbot.addWidget(panel)
    assert not panel.form.start_button.isEnabled()
    assert "Trainings run on the station" in panel.message.text()


def test_a_detector_is_taught_by_the_queue(place: Place, tmp_path: Path) -> None:
    form = place.panel.form
    recipes = form.boxes["recipe"]
    recipes.setCurrentIndex(recipes.findData("few_shot_clip"))
    place.until(lambda: "rows=8000" in texts(place.panel))
    assert not form.rows["epochs"].isVisible()
    assert not form.rows["defective"].isVisible()
    form.name.setText("tiny")
    form.folder.path.setText(str(small_set(tmp_path)))
    form.choices.setText("rows=none")
    place.press(form.start_button)
    place.until(lambda: "must be a whole number" in form.rows["choices"].problem)
    form.choices.setText("rows=100,copies=0")
    place.press(form.start_button)
    place.until(lambda: bool(place.queue.jobs()))
    (made,) = place.queue.jobs()
    place.until(lambda: place.state(made.id) not in (JobState.WAITING, JobState.RUNNING))
    done = place.queue.job(made.id)
    assert done is not None
    assert done.state is JobState.DONE, done.sentence
    assert done.result["pictures"] == {"train_good": 3, "train_defective": 0}
    place.until(lambda: "its limits are set" in texts(place.panel))
    place.press(place.panel.outcome.try_button)
    assert place.chosen == [Path(done.result["checkpoint"])]


def test_only_what_a_training_can_go_on_with_is_offered(place: Place) -> None:
    folder = place.desk.home.checkpoints
    folder.mkdir(parents=True)
    for name in ("patchcore", "few_shot_clip"):
        shutil.copy(learned_file(name), folder / f"{name}.safetensors")
    (folder / "broken.safetensors").write_bytes(b"nothing of use")
    place.panel.hide()
    place.panel.show()
    starts = place.panel.form.boxes["start"]

    def offered() -> list[str]:
        return [starts.itemText(number) for number in range(starts.count())]

    place.until(lambda: "few_shot_clip" in offered())
    assert {"default", "demo"} <= set(offered())
    assert not {"patchcore", "broken", "adclip-tiny"} & set(offered())
