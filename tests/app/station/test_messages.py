"""Sentences reach whoever listens, also those said before."""

from __future__ import annotations

import logging

import pytest
from pytestqt.qtbot import QtBot

from app.errors import ExpectedError
from app.station.messages import Message, Messages, sentence_of
from model.errors import CheckpointError

pytestmark = pytest.mark.logs_expected


def test_early_sentences_are_kept_in_order_and_told_once(qtbot: QtBot) -> None:
    messages, heard = Messages(), list[Message]()
    messages.info("one")
    messages.warning("two")
    messages.listen(heard.append)
    messages.error("three")
    assert [message.text for message in heard] == ["one", "two", "three"]
    assert [m.level for m in heard] == [logging.INFO, logging.WARNING, logging.ERROR]
    assert all(message.at.tzinfo is not None for message in heard)


def test_every_sentence_is_logged(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    Messages().warning("100 % of it")
    assert [record.getMessage() for record in caplog.records] == ["100 % of it"]


def test_nobody_listening_for_long_does_not_pile_up(qtbot: QtBot) -> None:
    messages, heard = Messages(), list[Message]()
    for number in range(500):
        messages.info(str(number))
    messages.listen(heard.append)
    assert len(heard) == 50
    assert heard[-1].text == "499"


@pytest.mark.parametrize("error", [ExpectedError("Plug it in."), CheckpointError("Plug it in.")])
def test_an_expected_error_is_its_own_sentence(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    assert sentence_of(error) == "Plug it in."
    assert caplog.records == []


def test_a_bug_is_logged_with_its_stack(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(KeyError) as caught:
        raise KeyError
    assert "KeyError" in sentence_of(caught.value)
    assert caplog.records[0].exc_info is not None
