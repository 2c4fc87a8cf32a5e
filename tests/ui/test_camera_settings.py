"""A camera that does not take what its recipe sets."""

from __future__ import annotations

import pytest

from tests.ui.conftest import Desk
from tests.ui.rig import SceneCamera

REFUSED = "scene did not take these settings: gain 4; correct them in the recipe."


@pytest.mark.logs_expected
def test_what_was_not_taken_stands_on_the_screen_while_parts_are_judged(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SceneCamera, "refused", REFUSED, raising=False)
    desk.run_until("OK")
    fault = desk.window.live.layout_.fault
    desk.wait(lambda: fault.isVisible())
    assert fault.text == REFUSED
