from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import StoreError
from app.labelling.journal import FILE, Label, LabelJournal
from app.labelling.outbox import LabelOutbox

LABELS = st.lists(
    st.builds(
        Label, st.sampled_from(("a.png", "나.png", "c")), st.sampled_from(("", "good", "홀"))
    ),
    max_size=8,
)


@given(st.lists(LABELS, max_size=4))
@settings(deadline=None, max_examples=25)
def test_the_last_word_counts(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Label]]
) -> None:
    folder = tmp_path_factory.mktemp("labels")
    expected: dict[str, str] = {}
    for batch in batches:
        LabelJournal(folder).append(batch)
        expected |= {one.name: one.state for one in batch}
    found = LabelJournal(folder).load()
    assert found == {name: state for name, state in expected.items() if state}


@pytest.mark.parametrize("cut", range(2, 40, 6))
def test_a_line_that_a_crash_cut_off_costs_no_other(tmp_path: Path, cut: int) -> None:
    journal = LabelJournal(tmp_path, "Lee")
    journal.append([Label("a", "good"), Label("b", "skip")])
    data = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(data[:-cut])
    assert journal.load() == {"a": "good"}
    journal.append([Label("c", "defective")])
    assert journal.load() == {"a": "good", "c": "defective"}


def test_who_said_what_and_when_is_kept(tmp_path: Path) -> None:
    LabelJournal(tmp_path, "Lee").append([Label("a", "good"), Label("a", "")])
    lines = [json.loads(line) for line in (tmp_path / FILE).read_text("utf-8").splitlines()]
    assert [(one["tile"], one["state"], one["by"]) for one in lines] == [
        ("a", "good", "Lee"),
        ("a", None, "Lee"),
    ]
    assert lines[0]["at"].endswith("+00:00")


def test_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(
        b'\xff\n[]\n{"tile": 3, "state": "good"}\n{"tile": "a"}\n\nnull\n'
    )
    assert LabelJournal(tmp_path).load() == {}
    (tmp_path / FILE).unlink()
    assert LabelJournal(tmp_path).load({"z": "good"}) == {"z": "good"}


def test_what_was_taken_back_is_taken_from_what_was_known_before(tmp_path: Path) -> None:
    LabelJournal(tmp_path).append([Label("a", "")])
    assert LabelJournal(tmp_path).load({"a": "good", "b": "hole"}) == {"b": "hole"}


def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        LabelJournal(tmp_path).load()
    with pytest.raises(StoreError, match="cannot be written"):
        LabelJournal(tmp_path).append([Label("a", "good")])


def test_labels_wait_while_the_disk_fails(tmp_path: Path) -> None:
    folder = tmp_path / "away"
    outbox = LabelOutbox(LabelJournal(folder))
    outbox.put([Label("a", "good")])
    with pytest.raises(StoreError):
        outbox.deliver()
    outbox.put([Label("b", "good"), Label("a", "skip")])
    assert outbox.waiting == 3
    folder.mkdir()
    outbox.deliver()
    assert outbox.waiting == 0
    assert LabelJournal(folder).load() == {"a": "skip", "b": "good"}
    outbox.deliver()
    assert len((folder / FILE).read_bytes().splitlines()) == 3
