"""The pictures on which two checkpoints differ, by the way in which they do."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSlot
from PyQt5.QtGui import QImage

from app.candidates.comparison import Comparison, Pair
from app.i18n import N_, tr
from app.inspection.verdict import Verdict
from app.ui.screens.models_pictures import PartPictures
from app.ui.verdict_look import LOOKS
from app.ui.widgets.change_strip import ChangeStrip, Choice
from app.ui.widgets.fact_list import Facts

_TILES = 24
_EXPECTED = {
    Verdict.OK: N_("reviewed: good"),
    Verdict.NG: N_("reviewed: defective"),
}


class Differences(QObject):
    """Fills the strip below the chart; a picture opens large with both verdicts."""

    def __init__(self, strip: ChangeStrip, pictures: PartPictures, parent: QObject) -> None:
        super().__init__(parent)
        self._strip, self._pictures = strip, pictures
        self._comparison: Comparison | None = None
        self._pairs: dict[str, Pair] = {}
        strip.chosen.connect(self._show_kind)
        strip.opened.connect(self._on_opened)
        pictures.read.connect(self._on_read)

    def show(self, comparison: Comparison | None) -> None:
        """Show where the two differ; None for nothing."""
        self._comparison = comparison
        found = () if comparison is None else comparison.pairs
        self._pairs = {key_of(pair): pair for pair in found}
        self._show_kind(self._strip.current)

    @pyqtSlot(object)
    def open_pair(self, pair: Pair) -> None:
        """Show a picture large, with what both said of it."""
        if self._comparison is None:
            return
        facts = pair_facts(pair, self._comparison)
        if pair.kind == "part":
            self._pictures.open_part(pair.id, facts)
        else:
            self._pictures.open_file(pair.picture, facts)

    @pyqtSlot(str)
    def _show_kind(self, current: str) -> None:
        differing = [pair for pair in self._pairs.values() if pair.differs]
        kinds = list(dict.fromkeys(kind_of(pair) for pair in differing))
        current = current if current in kinds else next(iter(kinds), "")
        choices = [
            _choice(kind, [one for one in differing if kind_of(one) == kind]) for kind in kinds
        ]
        self._strip.show_changes(self._summary(differing), choices, current)
        self._show_tiles([one for one in differing if kind_of(one) == current][:_TILES])

    def _summary(self, differing: Sequence[Pair]) -> str:
        if self._comparison is None:
            return ""
        if not differing:
            return tr("No verdict differs.")
        return tr("Verdicts that differ: in force → candidate")

    def _show_tiles(self, pairs: Sequence[Pair]) -> None:
        self._strip.show_tiles([(key_of(pair), caption_of(pair)) for pair in pairs])
        for pair in pairs:
            if pair.kind == "part":
                self._pictures.want_part(pair.id, key_of(pair))
            else:
                self._pictures.want_file(key_of(pair), pair.picture)

    @pyqtSlot(str, object, str)
    def _on_read(self, key: str, image: QImage | None, problem: str) -> None:
        if key in self._pairs and not sip.isdeleted(self._strip):
            self._strip.set_image(key, image, problem)

    @pyqtSlot(str)
    def _on_opened(self, key: str) -> None:
        if key in self._pairs:
            self.open_pair(self._pairs[key])


def key_of(pair: Pair) -> str:
    """Return what stands for a picture."""
    return f"{pair.kind}:{pair.id}"


def kind_of(pair: Pair) -> str:
    """Return what stands for a way of differing."""
    return f"{pair.current.verdict.value}-{pair.candidate.verdict.value}"


def caption_of(pair: Pair) -> str:
    """Return two short lines: both scores on the common scale, and what is known of the part."""
    shares = [
        "–" if seen.share is None else f"{seen.share:.2f}"
        for seen in (pair.current, pair.candidate)
    ]
    return f"{shares[0]} → {shares[1]}\n{expected_text(pair)}"


def expected_text(pair: Pair) -> str:
    """Return what a person knows of a picture, in a word or two."""
    if pair.kind == "golden":
        return tr("golden sample")
    if pair.expected in _EXPECTED:
        return tr(_EXPECTED[pair.expected])
    return tr("not reviewed")


def pair_facts(pair: Pair, comparison: Comparison) -> Facts:
    """Return what both said of a picture, (name, value), translated."""
    found = [(N_("Picture"), pair.name)]
    for side, seen in ((comparison.current, pair.current), (comparison.candidate, pair.candidate)):
        score = "–" if seen.score is None else f"{seen.score:.4g}"
        limit = tr("none") if side.ng_limit is None else f"{side.ng_limit:.4g}"
        text = tr("{verdict}: score {score}, NG limit {limit}, {ms} ms").format(
            verdict=tr(LOOKS[seen.verdict].word),
            score=score,
            limit=limit,
            ms=f"{seen.model_ms:.0f}",
        )
        found.append((side.name, text))
    return (*found, (N_("Known"), expected_text(pair)))


def _choice(kind: str, pairs: Sequence[Pair]) -> Choice:
    before, after = pairs[0].current.verdict, pairs[0].candidate.verdict
    text = f"{tr(LOOKS[before].word)} → {tr(LOOKS[after].word)}: {len(pairs):,}"
    good = sum(pair.expected is Verdict.OK for pair in pairs)
    defective = sum(pair.expected is Verdict.NG for pair in pairs)
    said = tr("Reviewed as good: {good}, as defective: {defective}, not reviewed: {open}.").format(
        good=f"{good:,}", defective=f"{defective:,}", open=f"{len(pairs) - good - defective:,}"
    )
    return Choice(kind, text, said)
