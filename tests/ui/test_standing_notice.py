from __future__ import annotations

from app.i18n import tr
from app.station.drift_watch import DriftWatch
from app.ui.standing_notice import StandingNotice
from tests.ui.conftest import Desk


class Told(DriftWatch):
    """A watch whose alarms are set by the test."""

    standing: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(tr(text) for text in self.standing)

    def stand(self, *sentences: str) -> None:
        self.standing = sentences
        self.changed.emit(self.sentences)


def watched(desk: Desk) -> tuple[Told, StandingNotice]:
    store = desk.window.pages._desk.store  # type: ignore[union-attr]
    watch = Told(desk.station, store, desk.window)
    return watch, StandingNotice(desk.station, watch, desk.window.pages.bar, desk.window)


def test_an_alarm_stands_on_every_screen_until_it_is_over(desk: Desk) -> None:
    notice = desk.window.pages.bar.notice
    assert not notice.isVisible()
    watch, _ = watched(desk)
    watch.stand("Darker", "Less sharp")
    assert notice.isVisible()
    assert notice.text() == "▲ Darker (+1)"
    assert notice.toolTip() == "Darker\nLess sharp"
    watch.stand()
    assert not notice.isVisible()


def test_a_long_sentence_is_cut_with_its_whole_text_in_the_tip(desk: Desk) -> None:
    watch, _ = watched(desk)
    text = "The pictures are getting darker since 10:15, " * 6
    watch.stand(text)
    bar = desk.window.pages.bar
    desk.bot.wait(50)
    bar.show_notice([text])
    assert bar.notice.text().endswith("…")
    assert bar.notice.toolTip() == text
    desk.window.resize(1280, 800)
    desk.wait(lambda: desk.window.width() == 1280)
    assert bar.minimumSizeHint().width() < 1024


def test_the_notice_follows_the_language(desk: Desk) -> None:
    watch, own = watched(desk)
    watch.stand("Camera lost")
    desk.language.use("ko")
    own.refresh()
    assert desk.window.pages.bar.notice.text() == "▲ 카메라 끊김"
