"""From a file to its numbers with the real processes: check, then compare on stored parts."""

from __future__ import annotations

import shutil

from app.ui.screens.models_candidate import Stage
from model.backbone import TINY
from tests.model.tiny_clip import backbone
from tests.ui.models.conftest import Bench
from tests.ui.rig import recipe


def test_a_file_is_checked_and_compared_on_stored_parts(bench: Bench) -> None:
    judge, candidate = bench.write("judge", "plates")
    shutil.copy(backbone().file, bench.home.checkpoints / f"{TINY}.safetensors")
    bench.qa.recipes.save(
        recipe(checkpoint=str(judge), review_limit=None), author="Kim", reason="test"
    )
    bench.judge("ng", 2)
    bench.station.stop()
    page = bench.enter()
    page.try_candidate(candidate, "plates")
    done = (Stage.COMPARED, Stage.ALONE, Stage.REFUSED)
    bench.bot.waitUntil(lambda: page.candidate.stage in done, timeout=240_000)
    assert page.candidate.stage is Stage.COMPARED, page.candidate.report
    found = page.candidate.comparison
    assert found is not None
    assert found.current.name == "judge"
    assert found.candidate.name == "plates"
    assert len(found.pairs) >= 2
    assert not any(one.differs for one in found.pairs)
    assert bench.layout.candidate.facts.summary.text().startswith("Both judged")
