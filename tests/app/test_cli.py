"""Parsing and the mapping of errors to exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import cli
from app.cli_codes import BAD_INPUT, DONE, FAULT
from app.errors import UsageError
from model.errors import CheckpointError


def test_no_command_is_the_station() -> None:
    options = cli.parse([])
    assert options.command is None
    assert (options.headless, options.source, options.count) == (False, None, None)


def test_underscores_and_dashes_are_the_same() -> None:
    assert cli.parse(["--quit_after", "2"]).quit_after == 2
    assert cli.parse(["inspect", "a_b.png", "--fail_on_ng"]).paths == [Path("a_b.png")]


@pytest.mark.parametrize("words", [["--json", "records"], ["records", "--json"]])
def test_shared_options_stand_before_or_after_the_command(words: list[str]) -> None:
    options = cli.parse(words)
    assert (options.command, options.json, options.verbose) == ("records", True, False)


@pytest.mark.parametrize(
    "words",
    [["--count", "0"], ["--count", "x"], ["nonsense"], ["teach", "--shots", "x"], ["--recipe"]],
)
def test_impossible_options_end_with_code_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parse(words)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("error", [UsageError("No such thing."), CheckpointError("No such thing.")])
def test_expected_errors_are_one_sentence(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> int:
        raise error

    assert cli.guarded(fail) == BAD_INPUT
    assert capsys.readouterr().err == "error: No such thing.\n"


@pytest.mark.logs_expected
def test_a_bug_is_logged_with_its_stack(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> int:
        raise ZeroDivisionError("oops")

    assert cli.guarded(fail) == FAULT
    assert caplog.records[-1].exc_info is not None
    assert cli.guarded(lambda: DONE) == DONE
